import Hindcast

/// The calendar of the simulated world: half a year of applications, then two months in which only outcomes come in. The
/// last outcomes are still to come when the simulation ends, as they always are.
enum SimulatedTime {
  /// 2026-01-01T00:00:00 UTC, in microseconds since 1970.
  static let start: Int64 = 1_767_225_600_000_000
  static let dayMicroseconds: Int64 = 86_400_000_000
  /// Days on which applications come in.
  static let scoringDays = 180
  /// Days on which outcomes become known.
  static let days = scoringDays + 60

  /// The applications that come in on a day, out of `count` spread evenly over all days.
  static func applications(ofDay day: Int, count: Int) -> Range<Int> {
    guard day < scoringDays else { return count..<count }
    return first(onDay: day, count)..<first(onDay: day + 1, count)
  }

  private static func first(onDay day: Int, _ count: Int) -> Int {
    (day * count + scoringDays - 1) / scoringDays
  }

  /// When application `index` comes in; `jitter` from 0 to 1 moves it up to where the next one may be.
  static func ofApplication(_ index: Int, count: Int, jitter: Double) -> Timestamp {
    let share = (Double(index) + jitter) / Double(count)
    return after(days: share * Double(scoringDays))
  }

  static func after(days: Double) -> Timestamp {
    Timestamp(microsecondsSince1970: start + Int64(days * Double(dayMicroseconds)))
  }

  /// Days since the start, with their fraction.
  static func days(to time: Timestamp) -> Double {
    Double(time.microsecondsSince1970 - start) / Double(dayMicroseconds)
  }

  /// How far the world has turned away from the one that the model was fitted to: 0 for three months, then within ten
  /// days to 1, and no way back.
  static func drift(at time: Timestamp) -> Double {
    min(1, max(0, (days(to: time) - 85) / 10))
  }
}
