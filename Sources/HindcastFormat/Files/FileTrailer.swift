/// The last 16 bytes of a sealed file: where its footer frame starts. `proto/FORMAT.md` has the table.
package struct FileTrailer: Sendable, Equatable {
  package static let byteCount = 16
  package static let magic: UInt32 = 0x5446_4348  // "HCFT" in file order

  package enum Offset {
    package static let footerOffset = 0  // u64
    package static let magic = 8  // u32
    package static let checksum = 12  // u32, CRC-32C of bytes 0..<12
  }

  package var footerOffset: UInt64

  package init(footerOffset: UInt64) { self.footerOffset = footerOffset }

  package func append(to output: inout [UInt8]) {
    let start = output.count
    output.appendLittleEndian(footerOffset)
    output.appendLittleEndian(Self.magic)
    let checksum = output.withUnsafeBytes { Checksum.crc32c(UnsafeRawBufferPointer(rebasing: $0[start...])) }
    output.appendLittleEndian(checksum)
  }

  /// nil when the bytes are no trailer: the file is not sealed, or its end is damaged.
  package init?(parsing bytes: UnsafeRawBufferPointer) {
    guard bytes.count == Self.byteCount,
      UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: Offset.magic, as: UInt32.self)) == Self.magic,
      UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: Offset.checksum, as: UInt32.self))
        == Checksum.crc32c(UnsafeRawBufferPointer(rebasing: bytes[0..<Offset.checksum]))
    else { return nil }
    footerOffset = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: Offset.footerOffset, as: UInt64.self))
  }
}
