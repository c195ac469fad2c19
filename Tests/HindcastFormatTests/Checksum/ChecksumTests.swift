import CHindcastCodec
import Testing

@testable import HindcastFormat

struct ChecksumTests {
  @Test("CRC-32C gives the values of RFC 3720")
  func crc32cVectors() {
    let vectors: [([UInt8], UInt32)] = [
      ([], 0),
      (Array("123456789".utf8), 0xE306_9283),
      (Array(repeating: 0, count: 32), 0x8A91_36AA),
      (Array(repeating: 0xFF, count: 32), 0x62A8_AB43),
      (Array(0..<32), 0x46DD_794E),
      (Array((0..<32).reversed()), 0x113F_DB5C),
    ]
    for (bytes, expected) in vectors { #expect(bytes.withUnsafeBytes { Checksum.crc32c($0) } == expected) }
  }

  @Test("the CPU's CRC-32C and the portable one agree on every length and alignment")
  func portableCRC32C() {
    var generator = SeededGenerator(seed: 1)
    let bytes = (0..<300).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    bytes.withUnsafeBytes { all in
      for start in 0..<9 {
        for count in 0...(all.count - start) {
          let slice = UnsafeRawBufferPointer(rebasing: all[start..<start + count])
          #expect(Checksum.crc32c(slice) == hindcast_crc32c_portable(slice.baseAddress, slice.count))
        }
      }
    }
  }

  @Test("XXH3-64 gives the values of its reference implementation")
  func xxh3Vectors() {
    #expect(Checksum.xxh3([]) == 0x2D06_8005_38D3_94C2)
    #expect(Checksum.xxh3("a") == 0xE6C6_32B6_1E96_4E1F)
    #expect(Checksum.xxh3("abc") == 0x78AF_5F94_892F_3950)
    #expect(Checksum.xxh3(Array("abc".utf8)) == Checksum.xxh3("abc"))
  }
}
