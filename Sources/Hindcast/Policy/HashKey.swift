internal import Crypto

/// The key of a field's keyed hash.
struct HashKey: Sendable {
  private let key: SymmetricKey

  init(_ bytes: [UInt8]) { key = SymmetricKey(data: bytes) }

  /// Bytes of a hash as text.
  static let textByteCount = 32

  /// The first half of the HMAC-SHA-256 of the bytes, in hexadecimal.
  func text(of bytes: UnsafeRawBufferPointer) -> [UInt8] {
    var hash = HMAC<SHA256>(key: key)
    hash.update(data: bytes)
    let digits: StaticString = "0123456789abcdef"
    var text: [UInt8] = []
    text.reserveCapacity(Self.textByteCount)
    for byte in hash.finalize().prefix(Self.textByteCount / 2) {
      text.append(digits.utf8Start[Int(byte >> 4)])
      text.append(digits.utf8Start[Int(byte & 15)])
    }
    return text
  }
}
