import Hindcast

/// What the run came to, for people and for scripts.
struct Summary: Sendable {
  /// Summed over the tasks.
  var total: ScoringTask.Report
  var counters: HindcastClient.Counters
  var taskCount: Int
  /// From the first `log` until the server had everything on disk.
  var seconds: Double

  /// Whether the server has every event.
  var isComplete: Bool { counters.acknowledged == counters.logged }

  private var eventsPerSecond: Double { Double(counters.acknowledged) / seconds }
  private var sentBytesPerEvent: Double { Double(counters.acknowledgedBytes) / Double(max(counters.acknowledged, 1)) }

  /// Below so long this share of the timed calls of `log` stayed.
  private func callNanoseconds(_ share: Double) -> Int {
    let sorted = total.callDurations.sorted()
    guard !sorted.isEmpty else { return 0 }
    return Int(sorted[Int(Double(sorted.count - 1) * share)] / .nanoseconds(1))
  }

  var text: String {
    let sizes = (total.predictionSizes, total.actualSizes)
    return """
      logged       \(grouped(total.predictions)) predictions and \(grouped(total.actuals)) outcomes, from \(taskCount) tasks
      durable      after \(rounded(seconds)) s, \(grouped(Int(eventsPerSecond))) events/s
      log()        \(grouped(callNanoseconds(0.5))) ns at the median, \(grouped(callNanoseconds(0.99))) ns at the 99th percentile
      sent         \(grouped(counters.sent)) events, \(grouped(counters.resent)) of them again, \(rounded(sentBytesPerEvent)) bytes each
      acknowledged \(grouped(counters.acknowledged))
      lost         \(grouped(counters.dropped)) dropped, \(grouped(counters.rejected)) rejected
      prediction   \(rounded(sizes.0.rawBytesPerEvent)) bytes raw, \(rounded(sizes.0.jsonBytesPerEvent)) as a line of JSON
      outcome      \(rounded(sizes.1.rawBytesPerEvent)) bytes raw, \(rounded(sizes.1.jsonBytesPerEvent)) as a line of JSON

      """
  }

  /// One object.
  var json: String {
    let members: [(String, String)] = [
      ("predictions", "\(total.predictions)"), ("actuals", "\(total.actuals)"), ("tasks", "\(taskCount)"),
      ("logged", "\(counters.logged)"), ("sent", "\(counters.sent)"), ("resent", "\(counters.resent)"),
      ("acknowledged", "\(counters.acknowledged)"), ("dropped", "\(counters.dropped)"),
      ("rejected", "\(counters.rejected)"),
      ("seconds", "\(seconds)"), ("events_per_second", "\(eventsPerSecond)"),
      ("log_nanoseconds_median", "\(callNanoseconds(0.5))"), ("log_nanoseconds_p99", "\(callNanoseconds(0.99))"),
      ("sent_bytes_per_event", "\(sentBytesPerEvent)"),
      ("raw_bytes_per_prediction", "\(total.predictionSizes.rawBytesPerEvent)"),
      ("json_bytes_per_prediction", "\(total.predictionSizes.jsonBytesPerEvent)"),
      ("raw_bytes_per_actual", "\(total.actualSizes.rawBytesPerEvent)"),
      ("json_bytes_per_actual", "\(total.actualSizes.jsonBytesPerEvent)"),
    ]
    return "{\(members.map { "\"\($0)\":\($1)" }.joined(separator: ","))}\n"
  }

  /// One decimal.
  private func rounded(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }

  /// 1234567 as 1,234,567.
  private func grouped(_ value: Int) -> String {
    var text = ""
    for (index, digit) in String(value).enumerated() {
      if index > 0, (String(value).count - index) % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return text
  }
}
