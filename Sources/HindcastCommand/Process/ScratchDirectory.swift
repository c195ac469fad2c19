internal import HindcastStorage

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// A new directory for files that nobody needs afterwards.
struct ScratchDirectory {
  let path: String

  /// In `parent`, or else where the system keeps temporary files.
  init(in parent: String?) throws {
    let parent = parent ?? getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(parent)/hindcast-bench.XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw CommandError("no directory can be made in \(parent): \(String(cString: strerror(errno))); see --directory")
    }
    path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  }

  /// What cannot be removed stays.
  func remove() { Self.remove(path, disk: PosixDisk()) }

  private static func remove(_ directory: String, disk: PosixDisk) {
    for name in (try? disk.list(directory)) ?? [] {
      let path = "\(directory)/\(name)"
      if (try? disk.status(path))??.isDirectory == true {
        remove(path, disk: disk)
      } else {
        try? disk.remove(path)
      }
    }
    rmdir(directory)
  }
}
