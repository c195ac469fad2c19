internal import HindcastFormat
internal import Synchronization

/// A file of the log, shared by the store and the cursors that may still read it. Compaction marks a file that it has
/// replaced; the file is then removed when its last owner lets go.
final class RetainedFile: Sendable {
  let path: String
  private let disk: any Disk
  private let removal = Mutex(Removal.none)

  enum Removal: Sendable {
    case none
    case remove
    /// Damaged files are set aside rather than removed.
    case move(to: String)
  }

  init(path: String, disk: any Disk) {
    self.path = path
    self.disk = disk
  }

  deinit {
    // A failure leaves a file that the manifest has released; the next exclusive open removes it.
    switch removal.withLock({ $0 }) {
    case .none: break
    case .remove: try? disk.remove(path)
    case .move(let place): try? disk.rename(path, to: place)
    }
  }

  func whenReleased(_ what: Removal) { removal.withLock { $0 = what } }

  func open() throws(DiskError) -> any DiskFile { try disk.open(path, .read) }
}
