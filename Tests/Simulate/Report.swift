internal import HindcastSimulation

/// What a run found, for people and for programs.
enum Report {
  static func text(_ state: SimulationBatch.State, from: UInt64, seconds: Double) -> String {
    """
    \(state.seedsDone) seeds from \(from) in \(rounded(seconds)) s, \(rounded(Double(state.seedsDone) / seconds)) a second: \
    \(state.failures.count) failed
    \(text(state.counts))
    """
  }

  static func text(_ counts: SimulationCounts) -> String {
    let faults = FaultKind.allCases.compactMap { kind in counts.faults[kind].map { "\(kind.rawValue) \($0)" } }
    return """
      \(counts.crashes) crashes at \(counts.crashPoints.count) distinct points (call, file, phase), \
      \(counts.calls) disk calls
      faults: \(faults.isEmpty ? "none" : faults.joined(separator: ", "))
      \(counts.acknowledged) blocks acknowledged, \(counts.readings) readings of the whole log checked, \
      \(counts.compactions) compactions, \(counts.trimmedRows) rows trimmed
      of blocks on damaged media: \(counts.lost) reported as lost (summed over readings), \
      \(counts.vanished) gone with every trace of them
      """
  }

  // MARK: JSON

  static func json(_ state: SimulationBatch.State, from: UInt64, seconds: Double, _ defect: Defect?) -> String {
    let failures = state.failures.map { "{\"seed\": \($0.seed), \"message\": \(quoted($0.message))}" }
    return "{\"seeds\": \(state.seedsDone), \"from\": \(from), \"seconds\": \(rounded(seconds)), "
      + "\"seeds_per_second\": \(rounded(Double(state.seedsDone) / seconds)), "
      + (defect.map { "\"defect\": \(quoted($0.rawValue)), " } ?? "")
      + "\(members(state.counts)), \"failures\": [\(failures.joined(separator: ", "))]}"
  }

  static func json(seed: UInt64, _ result: Simulation.Result) -> String {
    let failure = result.failure.map { quoted($0.message) } ?? "null"
    let trace = result.trace.map(quoted).joined(separator: ", ")
    return "{\"seed\": \(seed), \"trace_hash\": \"\(String(result.traceHash, radix: 16))\", \(members(result.counts)), "
      + "\"failure\": \(failure), \"trace\": [\(trace)]}"
  }

  private static func members(_ counts: SimulationCounts) -> String {
    let points = counts.crashPoints.sorted { $0.key < $1.key }.map { "\(quoted($0.key.description)): \($0.value)" }
    let faults = FaultKind.allCases.map { "\"\($0.rawValue)\": \(counts.faults[$0] ?? 0)" }
    return "\"crashes\": \(counts.crashes), \"distinct_crash_points\": \(counts.crashPoints.count), "
      + "\"disk_calls\": \(counts.calls), \"blocks_acknowledged\": \(counts.acknowledged), "
      + "\"readings\": \(counts.readings), \"compactions\": \(counts.compactions), \"rows_trimmed\": \(counts.trimmedRows), "
      + "\"lost_reported\": \(counts.lost), \"lost_without_trace\": \(counts.vanished), "
      + "\"faults\": {\(faults.joined(separator: ", "))}, \"crash_points\": {\(points.joined(separator: ", "))}"
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\\(scalar)"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  static func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }
}
