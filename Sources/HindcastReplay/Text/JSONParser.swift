/// Reads JSON (RFC 8259) that nobody vouches for: any bytes give a value or an error, nesting is bounded.
package struct JSONParser {
  private let bytes: [UInt8]
  private var offset = 0
  private var depth = 0

  private static let depthMax = 64

  /// The one value that the bytes hold. `source` names them in errors.
  package static func parse(_ bytes: some Collection<UInt8>, source: String) throws(ReplayError) -> JSONValue {
    var parser = JSONParser(bytes: Array(bytes))
    do {
      let value = try parser.value()
      parser.skipSpace()
      guard parser.offset == parser.bytes.count else { throw Mismatch() }
      return value
    } catch {
      throw ReplayError(
        .damagedSink, "\(source) is not valid JSON, or holds a number out of range, at byte \(parser.offset)")
    }
  }

  private struct Mismatch: Error {}

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || (0x09...0x0D).contains(byte) && byte != 0x0B && byte != 0x0C { offset += 1 }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard next == byte else { return false }
    offset += 1
    return true
  }

  private mutating func expect(_ text: StaticString) throws(Mismatch) {
    for index in 0..<text.utf8CodeUnitCount where !take(text.utf8Start[index]) { throw Mismatch() }
  }

  private mutating func value() throws(Mismatch) -> JSONValue {
    skipSpace()
    switch next {
    case UInt8(ascii: "{"): return try nested { parser throws(Mismatch) in try parser.object() }
    case UInt8(ascii: "["): return try nested { parser throws(Mismatch) in try parser.array() }
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"):
      try expect("true")
      return .boolean(true)
    case UInt8(ascii: "f"):
      try expect("false")
      return .boolean(false)
    case UInt8(ascii: "n"):
      try expect("null")
      return .null
    default: return try number()
    }
  }

  private mutating func nested(
    _ body: (inout JSONParser) throws(Mismatch) -> JSONValue
  ) throws(Mismatch) -> JSONValue {
    guard depth < Self.depthMax else { throw Mismatch() }
    depth += 1
    offset += 1
    let value = try body(&self)
    depth -= 1
    return value
  }

  private mutating func object() throws(Mismatch) -> JSONValue {
    var members: [JSONValue.Member] = []
    skipSpace()
    if take(UInt8(ascii: "}")) { return .object(members) }
    while true {
      skipSpace()
      let name = try string()
      skipSpace()
      try expect(":")
      members.append(JSONValue.Member(name: name, value: try value()))
      skipSpace()
      if take(UInt8(ascii: "}")) { return .object(members) }
      try expect(",")
    }
  }

  private mutating func array() throws(Mismatch) -> JSONValue {
    var elements: [JSONValue] = []
    skipSpace()
    if take(UInt8(ascii: "]")) { return .array(elements) }
    while true {
      elements.append(try value())
      skipSpace()
      if take(UInt8(ascii: "]")) { return .array(elements) }
      try expect(",")
    }
  }

  private mutating func number() throws(Mismatch) -> JSONValue {
    let start = offset
    _ = take(UInt8(ascii: "-"))
    // No digit may follow a leading zero.
    if !take(UInt8(ascii: "0")) { try digits() }
    var isInteger = true
    if take(UInt8(ascii: ".")) {
      isInteger = false
      try digits()
    }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      isInteger = false
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      try digits()
    }
    let text = String(decoding: bytes[start..<offset], as: UTF8.self)
    if isInteger {
      // Not rounded to a float64: an identifier would become another one.
      guard let integer = Int64(text) else { throw Mismatch() }
      return text == "-0" ? .number(-0.0) : .integer(integer)
    }
    guard let number = Double(text), number.isFinite else { throw Mismatch() }
    return .number(number)
  }

  /// One or more.
  private mutating func digits() throws(Mismatch) {
    let start = offset
    while let byte = next, (0x30...0x39).contains(byte) { offset += 1 }
    guard offset > start else { throw Mismatch() }
  }

  private mutating func string() throws(Mismatch) -> String {
    try expect("\"")
    var text: [UInt8] = []
    while let byte = next {
      offset += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let string = String(validating: text, as: UTF8.self) else { throw Mismatch() }
        return string
      case UInt8(ascii: "\\"): try escape(into: &text)
      case 0..<0x20: throw Mismatch()
      default: text.append(byte)
      }
    }
    throw Mismatch()
  }

  private mutating func escape(into text: inout [UInt8]) throws(Mismatch) {
    guard let byte = next else { throw Mismatch() }
    offset += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"):
      var code = try fourDigits()
      if (0xD800..<0xDC00).contains(code) {
        try expect("\\u")
        let low = try fourDigits()
        guard (0xDC00..<0xE000).contains(low) else { throw Mismatch() }
        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(code) else { throw Mismatch() }
      text.append(contentsOf: UTF8.encode(scalar)!)
    default: throw Mismatch()
    }
  }

  private mutating func fourDigits() throws(Mismatch) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { throw Mismatch() }
      offset += 1
      code = code << 4 | UInt32(digit)
    }
    return code
  }
}
