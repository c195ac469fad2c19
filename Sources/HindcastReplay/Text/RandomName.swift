internal import HindcastFormat

/// A name nobody else uses: the text of a random (version 4) uuid.
enum RandomName {
  static func make() -> String {
    var bytes = (0..<16).map { _ in UInt8.random(in: 0...255) }
    bytes[6] = bytes[6] & 0x0F | 0x40
    bytes[8] = bytes[8] & 0x3F | 0x80
    return UUIDText.format(bytes)
  }
}
