internal import CHindcastCodec

/// Decompresses a gzip file as its bytes come: members one after the other, each held to its checksum.
///
/// Not part of the format; here because this module holds all that turns compressed bytes into bytes. One thread at a time.
package struct GzipDecompressor: ~Copyable {
  private let stream: OpaquePointer
  /// Whether the bytes so far end exactly at the end of a member, where a file may end.
  package private(set) var isAtMemberEnd = false

  package init() throws(FormatError) {
    guard let stream = hindcast_gunzip_create() else {
      throw FormatError(.overLimit, "no memory for decompressing gzip")
    }
    self.stream = stream
  }

  deinit { hindcast_gunzip_destroy(stream) }

  /// Takes bytes from the front of `input`, appends at most `outputBytesMax` decompressed bytes to `output`, and returns
  /// how many of `input` it took. Call until it took everything and appended less than the maximum.
  package mutating func step(
    _ input: UnsafeRawBufferPointer, into output: inout [UInt8], outputBytesMax: Int
  ) throws(FormatError) -> Int {
    var consumed = 0
    var result = HINDCAST_GUNZIP_MORE
    let before = output.count
    output.append(contentsOf: repeatElement(0, count: outputBytesMax))
    var produced = 0
    output.withUnsafeMutableBytes {
      result = hindcast_gunzip_step(
        stream, input.baseAddress, input.count, &consumed, $0.baseAddress! + before, outputBytesMax, &produced)
    }
    output.removeLast(outputBytesMax - produced)
    switch result {
    case HINDCAST_GUNZIP_MORE: if consumed > 0 || produced > 0 { isAtMemberEnd = false }
    case HINDCAST_GUNZIP_MEMBER_END: isAtMemberEnd = true
    case HINDCAST_GUNZIP_NO_MEMORY: throw FormatError(.overLimit, "no memory for decompressing gzip")
    default:
      throw FormatError(
        .corrupt, "the gzip data is damaged, or something that is not gzip follows it; copy the file again")
    }
    return consumed
  }
}
