internal import CHindcastCodec

/// Decompresses a gzip file as its bytes come: members one after the other, each held to its checksum.
///
/// Not part of the format; here because this module holds all that turns compressed bytes into bytes. One thread at a time.
package struct GzipDecompressor: ~Copyable {
  /// How much one step decompresses at most.
  package static let outputBytesMax = 256 << 10

  private let stream: OpaquePointer
  /// Where a step's bytes go first: made once, and never filled with zeros.
  private let output: UnsafeMutableRawBufferPointer
  /// Whether the bytes so far end exactly at the end of a member, where a file may end.
  package private(set) var isAtMemberEnd = false

  package init() throws(FormatError) {
    guard let stream = hindcast_gunzip_create() else {
      throw FormatError(.overLimit, "no memory for decompressing gzip")
    }
    self.stream = stream
    output = .allocate(byteCount: Self.outputBytesMax, alignment: 16)
  }

  deinit {
    hindcast_gunzip_destroy(stream)
    output.deallocate()
  }

  /// Takes bytes from the front of `input`, appends at most ``outputBytesMax`` decompressed bytes to `output`, and returns
  /// how many of `input` it took. Call until it took everything and appended less than the maximum.
  package mutating func step(
    _ input: UnsafeRawBufferPointer, into output: inout [UInt8]
  ) throws(FormatError) -> Int {
    var consumed = 0
    var produced = 0
    let result = hindcast_gunzip_step(
      stream, input.baseAddress, input.count, &consumed, self.output.baseAddress, self.output.count, &produced)
    output.append(contentsOf: UnsafeRawBufferPointer(rebasing: self.output[..<produced]))
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
