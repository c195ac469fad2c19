internal import Synchronization

/// Counts the bytes of received blocks that are held in memory, over all streams.
///
/// A stream that is ahead of the disk is held back by its own window (`AppendWindow`) long before this limit; this one
/// keeps many streams together from taking the machine's memory.
final class Admission: Sendable {
  let byteLimit: Int
  private let held = Mutex(0)

  init(byteLimit: Int) { self.byteLimit = byteLimit }

  var heldBytes: Int { held.withLock { $0 } }

  /// Whether the bytes fit; if so they are held until `release`.
  func reserve(_ byteCount: Int) -> Bool {
    held.withLock { held in
      guard byteCount <= byteLimit - held else { return false }
      held += byteCount
      return true
    }
  }

  func release(_ byteCount: Int) {
    held.withLock { held in
      held -= byteCount
      precondition(held >= 0, "released more bytes than were reserved")
    }
  }
}
