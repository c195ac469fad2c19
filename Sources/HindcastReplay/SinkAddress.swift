/// Where a replay goes, as a user writes it.
package enum SinkAddress: Sendable, Equatable {
  /// `delta:DIR`
  case delta(directory: String)
  /// `jsonl:FILE`; `jsonl:-` is standard output.
  case jsonLines(file: String)

  package static let forms = "delta:DIR for Delta Lake tables, jsonl:FILE for JSON lines (jsonl:- for standard output)"

  package static func parse(_ text: String) throws(ReplayError) -> SinkAddress {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else { throw ReplayError(.badAddress, "\(text) does not say what to write: \(forms)") }
    guard !parts[1].isEmpty else { throw ReplayError(.badAddress, "\(text) names no place behind the colon: \(forms)") }
    let place = withoutTrailingSlashes(String(parts[1]))
    switch parts[0] {
    case "delta": return .delta(directory: place)
    case "jsonl":
      guard !parts[1].hasSuffix("/") else {
        throw ReplayError(.badAddress, "\(text) names a folder; jsonl needs a file")
      }
      return .jsonLines(file: place)
    default: throw ReplayError(.badAddress, "\(text) begins with no kind of sink: \(forms)")
    }
  }

  /// The sink, which has touched nothing yet.
  package func open() -> any ReplaySink {
    switch self {
    case .delta(let directory): DeltaSink(directory: directory)
    case .jsonLines(let file): JSONLinesSink(file)
    }
  }

  private static func withoutTrailingSlashes(_ path: String) -> String {
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    return path
  }
}
