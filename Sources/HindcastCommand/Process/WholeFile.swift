#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// A small file that a reader sees whole or not at all.
enum WholeFile {
  static func write(_ text: String, to path: String) throws {
    let temporary = "\(path).\(getpid())"
    guard let file = fopen(temporary, "w") else { throw failure(path) }
    let isWritten = fputs(text, file) >= 0
    guard fclose(file) == 0, isWritten, rename(temporary, path) == 0 else {
      let error = failure(path)
      unlink(temporary)
      throw error
    }
  }

  private static func failure(_ path: String) -> CommandError {
    CommandError("\(path) cannot be written: \(String(cString: strerror(errno)))")
  }
}
