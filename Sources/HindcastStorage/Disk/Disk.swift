/// The seam between storage and the machine: every byte that storage reads or writes goes through these two protocols, so
/// that tests can put a disk behind them which tears, loses, flips, fills up and fails.
///
/// Calls block. Paths are absolute or relative to the working directory, as the caller was given them.
package protocol Disk: Sendable {
  func open(_ path: String, _ access: DiskAccess) throws(DiskError) -> any DiskFile
  /// Names in a directory, without `.` and `..`, in no particular order.
  func list(_ directory: String) throws(DiskError) -> [String]
  /// Creates one directory; its parent exists. Not an error if it is there already.
  func makeDirectory(_ path: String) throws(DiskError)
  func rename(_ from: String, to: String) throws(DiskError)
  func remove(_ path: String) throws(DiskError)
  /// Makes creations, renames and removals in a directory durable.
  func syncDirectory(_ path: String) throws(DiskError)
  /// nil when nothing is there.
  func status(_ path: String) throws(DiskError) -> DiskStatus?
  /// Bytes an ordinary user could still write to the file system that holds `path`.
  func freeBytes(_ path: String) throws(DiskError) -> UInt64
  /// Takes the exclusive lock of a file, which is created if need be and gets this process's id as its text. The lock is
  /// held until the result is released by its last owner, or the process ends.
  func lock(_ path: String) throws(DiskError) -> any DiskLock
}

package protocol DiskFile: AnyObject, Sendable {
  var path: String { get }
  func byteCount() throws(DiskError) -> UInt64
  /// Fills `buffer` from `offset` on; less only at the end of the file. Returns the bytes read.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(DiskError) -> Int
  /// Writes all pieces one after the other from `offset` on. After an error nobody knows how much was written.
  func write(_ pieces: [UnsafeRawBufferPointer], at offset: UInt64) throws(DiskError)
  /// Makes the written bytes, and the length needed to read them, durable.
  func sync() throws(DiskError)
  /// Makes the bytes durable as `sync` does, then lets go of what the operating system keeps of them in memory, so that
  /// the next read gives what the medium holds. After an fsync that failed in an earlier process the two can differ: the
  /// system marks such pages clean and goes on serving them (Rebello et al., "Can applications recover from fsync
  /// failures?", USENIX ATC 2020).
  func reload() throws(DiskError)
  func truncate(to byteCount: UInt64) throws(DiskError)
}

/// Held while it lives.
package protocol DiskLock: AnyObject, Sendable {}

package enum DiskAccess: Sendable {
  case read
  case readWrite
  /// For reading and writing; an error if the file is there.
  case create
  /// For reading and writing; emptied if it is there.
  case replace
}

package struct DiskStatus: Sendable, Equatable {
  package var isDirectory: Bool
  package var byteCount: UInt64

  package init(isDirectory: Bool, byteCount: UInt64) {
    self.isDirectory = isDirectory
    self.byteCount = byteCount
  }
}

/// What the operating system said, with the path and the operation.
package struct DiskError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The classes that storage treats differently.
  package enum Cause: Sendable, Equatable {
    case notFound, exists, permission, full, notADirectory
    /// With the text of the lock file: the holder's process id, or empty.
    case locked(holder: String)
    /// The medium failed (EIO).
    case medium
    case other
  }

  package var cause: Cause
  package var path: String
  package var operation: String
  /// The system's text.
  package var reason: String

  package init(_ cause: Cause, path: String, operation: String, reason: String) {
    self.cause = cause
    self.path = path
    self.operation = operation
    self.reason = reason
  }

  package var description: String { "\(path): \(operation): \(reason)" }
}

extension DiskFile {
  package func write(_ bytes: [UInt8], at offset: UInt64) throws(DiskError) {
    let result: Result<Void, DiskError> = bytes.withUnsafeBytes { buffer in
      do throws(DiskError) { return .success(try write([buffer], at: offset)) } catch { return .failure(error) }
    }
    try result.get()
  }

  /// Up to `count` bytes; fewer only at the end of the file.
  package func read(at offset: UInt64, count: Int) throws(DiskError) -> [UInt8] {
    var failure: DiskError?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      do throws(DiskError) {
        initialized = try read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
      } catch {
        failure = error
        initialized = 0
      }
    }
    if let failure { throw failure }
    return bytes
  }
}
