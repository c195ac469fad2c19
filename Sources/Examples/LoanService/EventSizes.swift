/// What an event would take elsewhere: what the log's size is compared with. Measured, not estimated, on the first events.
struct EventSizes: Sendable {
  /// 8 bytes a number or time, a text's bytes, 1 a boolean, nothing for a null.
  private(set) var rawBytes = 0
  /// A line of JSON without blanks, its line end included.
  private(set) var jsonBytes = 0
  private(set) var count = 0

  var rawBytesPerEvent: Double { Double(rawBytes) / Double(max(count, 1)) }
  var jsonBytesPerEvent: Double { Double(jsonBytes) / Double(max(count, 1)) }

  mutating func add(_ application: LoanApplication, score: Double, isDefaultPredicted: Bool) {
    var features: [Member] = []
    for child in Mirror(reflecting: application).children {
      guard let name = child.label, !["reference", "time", "experiment"].contains(name) else { continue }
      features.append(Member(name, child.value))
    }
    let outputs = [Member("score", score), Member("label", isDefaultPredicted)]
    let tags = [Member("experiment", application.experiment)]
    add(
      id: application.reference, members: features + outputs + tags,
      json:
        "\"features\":\(Member.object(features)),\"outputs\":\(Member.object(outputs)),\"tags\":\(Member.object(tags))")
  }

  mutating func add(_ outcome: Outcome) {
    let label = [Member("label", outcome.hasDefaulted)]
    add(id: outcome.reference, members: label, json: "\"actuals\":\(Member.object(label))")
  }

  private mutating func add(id: String, members: [Member], json: String) {
    let line = "{\"id\":\"\(id)\",\"time\":\"2026-01-01T00:00:00.000000Z\",\(json)}\n"
    rawBytes += id.utf8.count + 8 + members.reduce(0) { $0 + $1.rawBytes }
    jsonBytes += line.utf8.count
    count += 1
  }

  mutating func add(_ other: EventSizes) {
    rawBytes += other.rawBytes
    jsonBytes += other.jsonBytes
    count += other.count
  }
}

/// A named value of an event. No text of this service needs escaping in JSON.
private struct Member {
  var json: String
  var rawBytes: Int

  /// `camelCase` names become `snake_case`, as they are logged.
  init(_ name: String, _ value: Any) {
    let text: String
    switch value {
    case let number as Double: (text, rawBytes) = ("\(number)", 8)
    case let number as Int: (text, rawBytes) = ("\(number)", 8)
    case let flag as Bool: (text, rawBytes) = ("\(flag)", 1)
    case let word as any RawRepresentable<String>: (text, rawBytes) = ("\"\(word.rawValue)\"", word.rawValue.utf8.count)
    default: (text, rawBytes) = ("null", 0)
    }
    let name = name.map { $0.isUppercase ? "_\($0.lowercased())" : String($0) }.joined()
    json = "\"\(name)\":\(text)"
  }

  static func object(_ members: [Member]) -> String {
    "{\(members.map(\.json).joined(separator: ","))}"
  }
}
