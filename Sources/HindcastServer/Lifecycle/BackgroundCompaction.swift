internal import HindcastStorage
internal import Logging

/// Compacts on a thread of its own, by the schedule, until it is stopped.
///
/// A compaction that fails or is cut off by the end of the process leaves the log as it was, and is tried again.
final class BackgroundCompaction: Sendable {
  private let task: Task<Void, Never>

  init(_ schedule: CompactionSchedule, core: ServerCore) {
    let pool = WorkerPool(name: "compaction", threads: 1)
    // How soon a journal that has grown over the limit is noticed.
    let step = min(schedule.interval, .seconds(5))
    task = Task {
      var waited = Duration.zero
      while (try? await Task.sleep(for: step)) != nil {
        waited += step
        let status = core.store.status()
        let hasNew = status.durablePosition > status.compactedPosition
        guard hasNew, waited >= schedule.interval || status.journalByteCount >= schedule.journalBytes else { continue }
        waited = .zero
        await pool.run { Self.compact(core) }
      }
    }
  }

  /// No more compactions. Returns whether the one that may be under way ended in time; one that did not is cut off with
  /// the process and leaves the log as it was.
  func stop(within duration: Duration) async -> Bool {
    task.cancel()
    return await task.ends(within: duration)
  }

  private static func compact(_ core: ServerCore) {
    do throws(StorageError) {
      let report = try core.store.compact(progress: nil)
      core.logger.info("compacted", metadata: ["report": "\(report)"])
    } catch {
      core.logger.error("compaction failed, the log is as it was", metadata: ["reason": "\(error.message)"])
      core.notice(error)
    }
  }
}
