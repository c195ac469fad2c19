internal import HindcastFormat

/// What the spool's directories and files are called. Nothing else in the user's directory is touched.
///
/// `<producer>.producer/` holds the files of one producer: `lock`, `<number>.blocks` and `<number>.progress`.
enum SpoolNames {
  static let lock = "lock"
  private static let producerEnding = ".producer"

  enum File: Equatable {
    case blocks(UInt32)
    case progress(UInt32)

    var name: String {
      switch self {
      case .blocks(let number): Self.digits(number) + ".blocks"
      case .progress(let number): Self.digits(number) + ".progress"
      }
    }

    init?(name: String) {
      let parts = name.split(separator: ".", omittingEmptySubsequences: false)
      guard parts.count == 2, let number = UInt32(parts[0]), number > 0 else { return nil }
      switch parts[1] {
      case "blocks": self = .blocks(number)
      case "progress": self = .progress(number)
      default: return nil
      }
      guard self.name == name else { return nil }
    }

    private static func digits(_ number: UInt32) -> String {
      let text = String(number)
      return String(repeating: "0", count: 10 - text.utf8.count) + text
    }
  }

  static func directory(_ producer: ProducerID) -> String {
    producer.bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() + producerEnding
  }

  static func producer(directory name: String) -> ProducerID? {
    guard name.hasSuffix(producerEnding) else { return nil }
    let digits = Array(name.utf8.dropLast(producerEnding.utf8.count))
    guard digits.count == 32 else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: 32, by: 2) {
      guard let byte = UInt8(String(decoding: digits[index..<index + 2], as: UTF8.self), radix: 16) else { return nil }
      bytes.append(byte)
    }
    guard let producer = ProducerID(bytes: bytes), directory(producer) == name else { return nil }
    return producer
  }
}
