/// What names one event, and joins an actual to its prediction: the text it was logged with, or a UUID of version 7 that
/// the logger made.
public struct EventID: Sendable, Hashable, CustomStringConvertible, ExpressibleByStringLiteral {
  enum Storage: Sendable, Hashable {
    case text(String)
    case generated(UUIDBits)
  }

  let storage: Storage

  init(_ storage: Storage) { self.storage = storage }

  /// An id of the caller's own.
  public init(_ text: String) { storage = .text(text) }

  /// An id of the caller's own.
  public init(stringLiteral text: String) { storage = .text(text) }

  /// The id as text; a generated one in the usual form, 36 lower-case characters.
  public var text: String {
    switch storage {
    case .text(let text): text
    case .generated(let bits): bits.text
    }
  }

  /// The same as `text`.
  public var description: String { text }

  /// Ids are the same if their texts are.
  public static func == (left: EventID, right: EventID) -> Bool {
    switch (left.storage, right.storage) {
    case (.generated(let left), .generated(let right)): left == right
    default: left.text == right.text
    }
  }

  /// Hashes the text.
  public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

/// The 128 bits of a UUID, most significant first.
struct UUIDBits: Sendable, Hashable {
  var high: UInt64
  var low: UInt64

  init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// The UUID of 16 bytes, in the order of the text form.
  init(bytes: UnsafeRawBufferPointer) {
    high = UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self))
    low = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
  }

  /// Hands over the 16 bytes in the order of the text form.
  @inline(__always)
  func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { body($0) }
  }

  var text: String {
    String(unsafeUninitializedCapacity: 36) { buffer in
      write(to: buffer)
      return 36
    }
  }

  /// Writes the 36 characters of the text form.
  func write(to buffer: UnsafeMutableBufferPointer<UInt8>) {
    let digits: StaticString = "0123456789abcdef"
    var position = 0
    withBytes { bytes in
      for (index, byte) in bytes.enumerated() {
        if index == 4 || index == 6 || index == 8 || index == 10 {
          buffer[position] = UInt8(ascii: "-")
          position += 1
        }
        buffer[position] = digits.utf8Start[Int(byte >> 4)]
        buffer[position + 1] = digits.utf8Start[Int(byte & 15)]
        position += 2
      }
    }
  }
}

/// Makes UUIDs of version 7 (RFC 9562, section 5.7): the milliseconds, then 12 bits of the fraction of one (its method
/// 3), then 62 random bits. The random numbers are xoshiro256** seeded by the system: unique, not unguessable.
struct EventIDGenerator: Sendable {
  private var state: (UInt64, UInt64, UInt64, UInt64)

  init() {
    var system = SystemRandomNumberGenerator()
    state = (system.next(), system.next(), system.next(), system.next() | 1)
  }

  mutating func next(at time: Timestamp) -> UUIDBits {
    let microseconds = UInt64(max(0, time.microsecondsSince1970))
    let (milliseconds, rest) = microseconds.quotientAndRemainder(dividingBy: 1_000)
    let fraction = rest * 4_096 / 1_000
    let high = (milliseconds & 0xffff_ffff_ffff) << 16 | 0x7000 | fraction
    return UUIDBits(high: high, low: (nextRandom() >> 2) | 0x8000_0000_0000_0000)
  }

  private mutating func nextRandom() -> UInt64 {
    let product = state.1 &* 5
    let result = (product << 7 | product >> 57) &* 9
    let shifted = state.1 << 17
    state.2 ^= state.0
    state.3 ^= state.1
    state.1 ^= state.2
    state.0 ^= state.3
    state.2 ^= shifted
    state.3 = state.3 << 45 | state.3 >> 19
    return result
  }
}
