/// The seam between the spool and the machine: every byte that the spool reads or writes goes through it, so that tests
/// can put a disk behind it which loses, fills up and fails. Calls block.
protocol SpoolDisk: Sendable {
  /// Creates a directory, and its parents, whose names are durable then. Not an error if it is there already.
  func makeDirectory(_ path: String) throws(SpoolError)
  /// Names in a directory, without `.` and `..`, in no particular order.
  func list(_ directory: String) throws(SpoolError) -> [String]
  /// For reading and writing; an error if the file is there.
  func create(_ path: String) throws(SpoolError) -> any SpoolFile
  /// For reading.
  func open(_ path: String) throws(SpoolError) -> any SpoolFile
  func byteCount(_ path: String) throws(SpoolError) -> Int
  func remove(_ path: String) throws(SpoolError)
  /// The directory is empty.
  func removeDirectory(_ path: String) throws(SpoolError)
  /// Makes creations and removals in a directory durable.
  func syncDirectory(_ path: String) throws(SpoolError)
  /// Takes the exclusive lock of a file, which is created if `creates` says so. nil: somebody else holds it, or the file
  /// is not there. The lock is held until its last owner lets go of it, or the process ends.
  func lock(_ path: String, creates: Bool) throws(SpoolError) -> (any SpoolLock)?
}

protocol SpoolFile: AnyObject, Sendable {
  func byteCount() throws(SpoolError) -> Int
  /// Up to `count` bytes; fewer only at the end of the file.
  func read(at offset: Int, count: Int) throws(SpoolError) -> [UInt8]
  /// After an error nobody knows how much was written.
  func write(_ bytes: [UInt8], at offset: Int) throws(SpoolError)
  /// Makes the written bytes, and the length needed to read them, durable. After an error nothing of the file is to be
  /// trusted: the system marks pages clean that never reached the disk (Rebello et al., USENIX ATC 2020).
  func sync() throws(SpoolError)
}

/// Held while it lives.
protocol SpoolLock: AnyObject, Sendable {}

/// What the operating system said, with the path and the operation.
struct SpoolError: Error, Sendable, CustomStringConvertible {
  var path: String
  var operation: String
  /// The system's text.
  var reason: String
  /// The file or directory is not there.
  var isAbsence = false

  var description: String { "\(path): \(operation): \(reason)" }
}
