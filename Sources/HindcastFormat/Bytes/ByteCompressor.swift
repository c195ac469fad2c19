internal import CHindcastCodec
internal import Synchronization

/// Runs of bytes through zlib or zstd. One thread at a time; the zstd contexts are kept from call to call.
package final class ByteCompressor {
  private let zstd: OpaquePointer

  package init() { zstd = hindcast_zstd_create() }
  deinit { hindcast_zstd_destroy(zstd) }

  package func compress(_ bytes: UnsafeRawBufferPointer, codec: ByteCodec, level: Int) -> [UInt8] {
    var output: [UInt8] = []
    append(bytes, codec: codec, level: level, to: &output)
    return output
  }

  /// Appends the compressed bytes and returns how many they are.
  @discardableResult
  func append(_ bytes: UnsafeRawBufferPointer, codec: ByteCodec, level: Int, to output: inout [UInt8]) -> Int {
    let bound = codec == .zstd ? hindcast_zstd_bound(bytes.count) : hindcast_zlib_bound(bytes.count)
    let compressed = [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
      let written =
        switch codec {
        case .zstd:
          hindcast_zstd_compress(zstd, buffer.baseAddress, bound, bytes.baseAddress, bytes.count, Int32(level))
        case .zlib: hindcast_zlib_compress(buffer.baseAddress, bound, bytes.baseAddress, bytes.count, Int32(level))
        }
      // With room for the bound, both compressors fail only when memory is out.
      precondition(written >= 0, "out of memory in a compressor")
      count = written
    }
    output.append(contentsOf: compressed)
    return compressed.count
  }

  /// Throws `corrupt` unless the bytes decompress to exactly `expectedByteCount`. The caller has bounded that count.
  package func decompress(
    _ bytes: UnsafeRawBufferPointer, codec: ByteCodec, expectedByteCount: Int
  ) throws(FormatError) -> [UInt8] {
    var succeeded = false
    let output = [UInt8](unsafeUninitializedCapacity: max(expectedByteCount, 1)) { buffer, count in
      let target = UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: expectedByteCount)
      succeeded = decompress(bytes, codec: codec, into: target)
      count = succeeded ? expectedByteCount : 0
    }
    guard succeeded else { throw damaged(codec, bytes.count, expectedByteCount) }
    return output
  }

  /// Fills `target` and returns true, or returns false when the bytes are damaged or give another count.
  func decompress(
    _ bytes: UnsafeRawBufferPointer, codec: ByteCodec, into target: UnsafeMutableRawBufferPointer
  ) -> Bool {
    let written =
      switch codec {
      case .zstd: hindcast_zstd_decompress(zstd, target.baseAddress, target.count, bytes.baseAddress, bytes.count)
      case .zlib: hindcast_zlib_decompress(target.baseAddress, target.count, bytes.baseAddress, bytes.count)
      }
    return written == target.count
  }

  func damaged(_ codec: ByteCodec, _ byteCount: Int, _ expected: Int) -> FormatError {
    FormatError(.corrupt, "\(byteCount) bytes of \(codec) do not decompress to the \(expected) bytes they should")
  }
}

/// Compressors for decoders, which are plain functions: a context costs more to make than a small block to decode.
enum CompressorPool {
  // A compressor is used by whoever took it out, and by nobody else until it is put back.
  private struct Idle: @unchecked Sendable { var compressors: [ByteCompressor] = [] }
  private static let idle = Mutex(Idle())
  private static let idleMax = 16

  static func take() -> ByteCompressor { idle.withLock { $0.compressors.popLast() } ?? ByteCompressor() }

  static func putBack(_ compressor: ByteCompressor) {
    let holder = Idle(compressors: [compressor])
    idle.withLock { if $0.compressors.count < idleMax { $0.compressors += holder.compressors } }
  }
}
