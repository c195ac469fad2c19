internal import HindcastStorage
internal import Logging

/// Drops what the policy need not keep, on a thread of its own, by the schedule, until it is stopped.
///
/// What cannot be dropped now is looked at again each time, and logged when it is new and when it has doubled: a cursor
/// that nobody moves any more would otherwise let the log grow without a word.
final class BackgroundRetention: Sendable {
  private typealias Held = [RetentionReport.HoldReason: UInt64]
  private let task: Task<Void, Never>

  init(_ schedule: RetentionSchedule, core: ServerCore) {
    let pool = WorkerPool(name: "retention", threads: 1)
    task = Task {
      var told: Held = [:]
      while (try? await Task.sleep(for: schedule.interval)) != nil {
        told = await pool.run { [told] in Self.trim(schedule.policy, core, told: told) }
      }
    }
  }

  /// No more trimming; waits for the one that may be under way, which takes moments. Returns whether it ended in time.
  func stop(within duration: Duration) async -> Bool {
    task.cancel()
    return await task.ends(within: duration)
  }

  private static func trim(_ policy: RetentionPolicy, _ core: ServerCore, told: Held) -> Held {
    let report: RetentionReport
    do throws(StorageError) { report = try core.store.trim(policy) } catch {
      core.logger.error("retention failed, nothing was dropped", metadata: ["reason": "\(error.message)"])
      return told
    }
    if !report.dropped.isEmpty {
      core.logger.info(
        "retention dropped files",
        metadata: [
          "files": "\(report.dropped.count)", "rows": "\(report.rowsDropped)", "bytes": "\(report.bytesDropped)",
          "by_age": "\(report.dropped.count { $0.reason == .age })", "bytes_left": "\(report.bytesAfter)",
        ])
    }
    let overruled = Set(report.dropped.flatMap(\.overruledCursors)).sorted()
    if !overruled.isEmpty {
      core.logger.warning(
        "retention dropped what cursors still needed", metadata: ["cursors": "\(overruled.joined(separator: ", "))"])
    }
    return tell(report, core, told: told)
  }

  /// Returns what is held now, by reason, with the bytes that were last told.
  private static func tell(_ report: RetentionReport, _ core: ServerCore, told: Held) -> Held {
    var held: Held = [:]
    // The newest file stays in every log that rests; that is nothing to act on.
    for file in report.kept where file.reason != .newestPositions { held[file.reason, default: 0] += file.byteCount }
    for (reason, bytes) in held.sorted(by: { $0.key.description < $1.key.description }) {
      if let before = told[reason], bytes / 2 < before {
        held[reason] = before
      } else {
        core.logger.warning("retention is held back: \(reason)", metadata: ["bytes": "\(bytes)"])
      }
    }
    if held.isEmpty, !told.isEmpty { core.logger.info("nothing holds retention back any more") }
    return held
  }
}
