import HindcastFormat
import HindcastStorage

let day: Int64 = 86_400_000_000

/// Options whose clock stands at the end of a day of `testDay`.
func options(atEndOfDay number: Int64, segmentBytes: Int = 4_096) -> LogStoreOptions {
  var options = smallOptions(segmentBytes: segmentBytes)
  options.now = { testDay(number + 1) }
  return options
}

/// Days 0 to `days` - 1 of two models, a block a day and model, at positions 1, 2, 3, ...: `loans` at the odd ones.
/// Compacted, day by day, unless told otherwise.
func fillDays(_ store: LogStore, _ days: Range<Int64>, compacting: Bool = true) async throws {
  for day in days {
    let first = Int(day) * 100
    _ = try await store.append(try predictions(first..<first + 20, onDay: day))
    _ = try await store.append(try predictions(first..<first + 10, onDay: day, model: "fraud"))
    if compacting { _ = try store.compact() }
  }
}

func query(_ change: (inout ReadQuery) -> Void) -> ReadQuery {
  var query = ReadQuery()
  change(&query)
  return query
}

extension RetentionPolicy {
  /// Older than a number of days.
  static func days(_ count: Int64) -> RetentionPolicy { RetentionPolicy(ageMax: count * day) }
}

extension [ReadGap] {
  var damaged: [ReadGap] { filter { $0.kind == .damaged } }
  var trimmed: [ReadGap] { filter { $0.kind == .trimmed } }
}
