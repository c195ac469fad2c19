#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// What the operating system does for a program that only writes: `pwritev` of some frames, then `fdatasync`, over and over.
struct BareFile {
  enum Failure: Error { case system(String, Int32) }

  let path: String
  let frameBytes: Int
  let frames: Int
  let framesPerSync: Int
  /// Whether the file is filled with zeros beforehand, outside of the time.
  let isFilled: Bool

  /// Seconds for all frames.
  func run() throws -> Double {
    let descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC, 0o600)
    guard descriptor >= 0 else { throw Failure.system("open \(path)", errno) }
    defer {
      close(descriptor)
      unlink(path)
    }
    if isFilled {
      let zeros = [UInt8](repeating: 0, count: 1 << 20)
      var offset = 0
      while offset < frameBytes * frames {
        guard pwrite(descriptor, zeros, zeros.count, off_t(offset)) == zeros.count else {
          throw Failure.system("fill", errno)
        }
        offset += zeros.count
      }
      guard fdatasync(descriptor) == 0 else { throw Failure.system("fdatasync", errno) }
    }
    var frame = (0..<frameBytes).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
    return try frame.withUnsafeMutableBytes { bytes in
      let vectors = [iovec](
        repeating: iovec(iov_base: bytes.baseAddress, iov_len: bytes.count), count: framesPerSync)
      let began = seconds()
      var offset = 0
      for _ in 0..<(frames / framesPerSync) {
        let count = pwritev(descriptor, vectors, Int32(framesPerSync), off_t(offset))
        guard count == frameBytes * framesPerSync else { throw Failure.system("pwritev", errno) }
        guard fdatasync(descriptor) == 0 else { throw Failure.system("fdatasync", errno) }
        offset += count
      }
      return seconds() - began
    }
  }
}

/// Of a clock that only goes forward.
func seconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
