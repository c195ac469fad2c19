#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Keeps other replays of this machine from filling the same sink; given up when it is dropped or the process ends.
///
/// The file is made if it is missing and stays behind: removing it would let two processes hold locks on two files of one
/// name.
final class FileLock {
  private let descriptor: Int32

  /// Throws `busy` if somebody else holds it. `sink` names what is protected.
  init(_ path: String, sink: String) throws(ReplayError) {
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw Posix.error("cannot open for locking", path) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let number = errno
      _ = close(descriptor)
      if number == EWOULDBLOCK {
        throw ReplayError(
          .busy, "\(sink) is being filled by another replay, which holds \(path); wait until it has ended")
      }
      throw Posix.error("cannot lock", path, number)
    }
  }

  deinit { _ = close(descriptor) }
}
