#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// An open file. It is closed when its last owner lets go of it: a cursor that still reads a file keeps the bytes alive
/// even after the file was removed. What `close` would report was reported by `sync`, without which nothing counts.
final class PosixFile: DiskFile {
  let path: String
  let descriptor: Int32

  init(path: String, descriptor: Int32) {
    self.path = path
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  func byteCount() throws(DiskError) -> UInt64 {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw posixError(path, "fstat") }
    return UInt64(clamping: status.st_size)
  }

  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(DiskError) -> Int {
    guard let start = off_t(exactly: offset) else { return 0 }
    var done = 0
    while done < buffer.count {
      let count = pread(descriptor, buffer.baseAddress! + done, buffer.count - done, start + off_t(done))
      if count == 0 { break }
      if count > 0 {
        done += count
      } else if errno != EINTR {
        throw posixError(path, "read at offset \(offset)")
      }
    }
    return done
  }

  func write(_ pieces: [UnsafeRawBufferPointer], at offset: UInt64) throws(DiskError) {
    var vectors: [iovec] = pieces.filter { !$0.isEmpty }.map {
      iovec(iov_base: UnsafeMutableRawPointer(mutating: $0.baseAddress), iov_len: $0.count)
    }
    var first = 0
    var place = off_t(offset)
    while first < vectors.count {
      let count = vectors.withUnsafeBufferPointer { all in
        let batch = all[first...].prefix(Self.vectorsMax)
        return pwritev(descriptor, batch.base.baseAddress! + first, Int32(batch.count), place)
      }
      if count < 0 {
        if errno == EINTR { continue }
        throw posixError(path, "write at offset \(place)")
      }
      place += off_t(count)
      // A short write: pass over what is done, and go on within the piece that was cut.
      var left = count
      while first < vectors.count, left >= vectors[first].iov_len {
        left -= vectors[first].iov_len
        first += 1
      }
      if left > 0 {
        vectors[first].iov_base! += left
        vectors[first].iov_len -= left
      }
    }
  }

  func sync() throws(DiskError) {
    #if canImport(Darwin)
      // fsync on Darwin leaves the bytes in the drive's cache.
      if fcntl(descriptor, F_FULLFSYNC) != 0 { throw posixError(path, "fullfsync") }
    #else
      if fdatasync(descriptor) != 0 { throw posixError(path, "fdatasync") }
    #endif
  }

  func reload() throws(DiskError) {
    try sync()
    #if !canImport(Darwin)
      // Advice: where it cannot be followed (tmpfs has no medium behind it), memory is all there is.
      _ = posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
    #endif
  }

  func truncate(to byteCount: UInt64) throws(DiskError) {
    while ftruncate(descriptor, off_t(byteCount)) != 0 {
      if errno != EINTR { throw posixError(path, "truncate to \(byteCount) bytes") }
    }
  }

  /// IOV_MAX of Linux and Darwin.
  private static let vectorsMax = 1_024
}
