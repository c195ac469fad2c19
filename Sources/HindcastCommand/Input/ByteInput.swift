internal import HindcastFormat
internal import HindcastStorage

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// The bytes of a file or of standard input, decompressed if they are gzip, one chunk after the other.
final class ByteInput {
  static let standardInputName = "-"
  private static let chunkBytes = 1 << 20

  /// As the user gave it, for messages.
  let name: String
  /// Bytes of the file as it lies on disk; nil for pipes, whose length nobody knows.
  let storedByteCount: Int?
  /// How many of those have been read.
  private(set) var storedBytesRead = 0

  private let descriptor: CInt
  private var stored: [UInt8] = []
  private var storedOffset = 0
  private var isAtEnd = false
  private var compression = Compression.unknown

  private enum Compression: ~Copyable {
    case unknown
    case none
    case gzip(GzipDecompressor)
  }

  /// `-` is standard input.
  init(_ name: String) throws {
    if name == Self.standardInputName {
      self.name = "(standard input)"
      descriptor = dup(STDIN_FILENO)
      storedByteCount = nil
      guard descriptor >= 0 else {
        throw CommandError("standard input cannot be read: \(String(cString: strerror(errno)))")
      }
      return
    }
    self.name = name
    descriptor = open(name, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw CommandError("\(name) cannot be opened: \(String(cString: strerror(errno)))")
    }
    let end = lseek(descriptor, 0, SEEK_END)
    storedByteCount = end >= 0 && lseek(descriptor, 0, SEEK_SET) == 0 ? Int(end) : nil
    if (try? PosixDisk().status(name))??.isDirectory == true {
      close(descriptor)
      throw CommandError("\(name) is a directory; name the files in it")
    }
  }

  deinit { close(descriptor) }

  /// Puts the next bytes into `chunk`, in place of what it held. False at the end of the input.
  func read(into chunk: inout [UInt8]) throws -> Bool {
    chunk.removeAll(keepingCapacity: true)
    while chunk.isEmpty {
      if storedOffset == stored.count { try fill() }
      var current = Compression.none
      swap(&current, &compression)
      switch consume current {
      case .unknown:
        compression = try recognise()
      case .none:
        if isAtEnd, stored.isEmpty { return false }
        swap(&chunk, &stored)
        stored.removeAll(keepingCapacity: true)
        storedOffset = 0
      case .gzip(var decompressor):
        if isAtEnd, storedOffset == stored.count, decompressor.isAtMemberEnd {
          compression = .gzip(decompressor)
          return false
        }
        storedOffset += try decompress(&decompressor, into: &chunk)
        let endsEarly = isAtEnd && storedOffset == stored.count && chunk.isEmpty && !decompressor.isAtMemberEnd
        compression = .gzip(decompressor)
        if endsEarly {
          throw CommandError("\(name): the gzip data ends in the middle; the file is cut short, copy it again")
        }
      }
    }
    return true
  }

  /// How many of the stored bytes went in.
  private func decompress(_ decompressor: inout GzipDecompressor, into chunk: inout [UInt8]) throws -> Int {
    do {
      return try stored.withUnsafeBytes { stored in
        try decompressor.step(UnsafeRawBufferPointer(rebasing: stored[storedOffset...]), into: &chunk)
      }
    } catch {
      throw CommandError("\(name): \(error)")
    }
  }

  /// Decides from the first bytes. At least four are wanted, if the file has them.
  private func recognise() throws -> Compression {
    while stored.count < 4, !isAtEnd { try fill() }
    let start = stored.prefix(4)
    if start.starts(with: [0x1f, 0x8b]) { return .gzip(try GzipDecompressor()) }
    if start.starts(with: [0x28, 0xb5, 0x2f, 0xfd]) {
      throw CommandError(
        "\(name) is compressed with zstd; decompress it on the way in: zstd -dc FILE | hindcast import ... -")
    }
    if start.starts(with: [0xff, 0xfe]) || start.starts(with: [0xfe, 0xff]) {
      throw CommandError("\(name) is UTF-16; make it UTF-8 first: iconv -f UTF-16 -t UTF-8 FILE")
    }
    if start.starts(with: Array("PAR1".utf8)) {
      throw CommandError("\(name) is a Parquet file; export it as CSV or JSON lines first")
    }
    return .none
  }

  /// Adds stored bytes behind those that are left.
  private func fill() throws {
    if storedOffset > 0 {
      stored.removeFirst(storedOffset)
      storedOffset = 0
    }
    guard !isAtEnd else { return }
    var count = 0
    var code: CInt = 0
    let descriptor = descriptor
    // Not filled with zeros first: that alone takes half a second in a debug build.
    let bytes = [UInt8](unsafeUninitializedCapacity: Self.chunkBytes) { buffer, initializedCount in
      repeat {
        count = Self.readBytes(descriptor, UnsafeMutableRawPointer(buffer.baseAddress!), buffer.count)
        code = errno
      } while count < 0 && code == EINTR
      initializedCount = max(0, count)
    }
    guard count >= 0 else {
      throw CommandError("\(name) cannot be read: \(String(cString: strerror(code)))")
    }
    if stored.isEmpty { stored = bytes } else { stored += bytes }
    storedBytesRead += count
    if count == 0 { isAtEnd = true }
  }

  /// The C function, which the method of the same name hides.
  private static func readBytes(_ descriptor: CInt, _ address: UnsafeMutableRawPointer, _ count: Int) -> Int {
    #if canImport(Glibc)
      Glibc.read(descriptor, address, count)
    #elseif canImport(Musl)
      Musl.read(descriptor, address, count)
    #else
      Darwin.read(descriptor, address, count)
    #endif
  }
}
