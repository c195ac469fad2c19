internal import CHindcastCodec

/// The two checksums of the format: CRC-32C for headers, XXH3-64 for payloads.
package enum Checksum {
  /// CRC-32C (Castagnoli), with the CPU's instruction where it has one.
  package static func crc32c(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    hindcast_crc32c(bytes.baseAddress, bytes.count)
  }

  package static func xxh3(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    hindcast_xxh3_64(bytes.baseAddress, bytes.count)
  }

  /// XXH3-128, for tables that keep a hash in the place of a key. Not part of the format.
  package static func xxh3Wide(_ bytes: UnsafeRawBufferPointer) -> (low: UInt64, high: UInt64) {
    var low: UInt64 = 0
    var high: UInt64 = 0
    hindcast_xxh3_128(bytes.baseAddress, bytes.count, &low, &high)
    return (low, high)
  }

  package static func xxh3(_ bytes: [UInt8]) -> UInt64 { bytes.withUnsafeBytes { xxh3($0) } }

  package static func xxh3(_ string: String) -> UInt64 {
    var string = string
    return string.withUTF8 { xxh3(UnsafeRawBufferPointer($0)) }
  }
}
