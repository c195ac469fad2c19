internal import HindcastFormat

/// Encoded columns as `proto/FORMAT.md` says them, one value at a time: slow, simple, and written from that page, so that
/// the decoder that is fast can be held to it, on bytes that are right and on others.
struct ReferenceDecoder {
  static let valuesMax = 1 << 16
  private static let textBytesMax = 16 << 20

  var tree: ReferenceBytes
  var data: ReferenceBytes
  var depth = 0
  var steps = 0
  /// Of the relation at hand, which says it before its children.
  var exceptionCount = 0

  /// The bytes of `Column.encoded`. `block`: the columns that it may be computed from.
  static func column(
    _ encoded: [UInt8], _ schema: ColumnSchema, rowCount: Int, of block: [Column] = []
  ) throws(ReferenceRefusal) -> Column {
    var bytes = ReferenceBytes(encoded)
    guard try bytes.varint() == UInt64(rowCount) else { throw .wrong("another number of rows") }
    let tree = ReferenceBytes(try bytes.take(try bytes.count(upTo: encoded.count)))
    var decoder = ReferenceDecoder(tree: tree, data: ReferenceBytes(bytes.rest()))
    let column = try decoder.root(schema, rowCount, block)
    guard decoder.tree.isAtEnd, decoder.data.isAtEnd else { throw .wrong("something is left at the end") }
    return column
  }

  private mutating func root(
    _ schema: ColumnSchema, _ rowCount: Int, _ block: [Column]
  ) throws(ReferenceRefusal) -> Column {
    var peek = tree
    switch try peek.byte() {
    case 0x01:
      return try nullable(schema, rowCount) { decoder, rows throws(ReferenceRefusal) in
        try decoder.values(schema, rows.count)
      }
    case 0x02: return try related(schema, rowCount, block)
    default: return Column(schema, try values(schema, rowCount))
    }
  }

  /// `values`: of the rows that have one.
  mutating func nullable(
    _ schema: ColumnSchema, _ rowCount: Int,
    _ values: (inout ReferenceDecoder, _ rows: [Int]) throws(ReferenceRefusal) -> ColumnValues
  ) throws(ReferenceRefusal) -> Column {
    try step { decoder, _, _ throws(ReferenceRefusal) in
      let presence = try decoder.integers(rowCount)
      guard presence.allSatisfy({ $0 == 0 || $0 == 1 }) else { throw .wrong("a presence that is no bit") }
      var validity = Bitmap(repeating: false, count: rowCount)
      for (row, value) in presence.enumerated() where value == 1 { validity[row] = true }
      let dense = try values(&decoder, presence.indices.filter { presence[$0] == 1 })
      return Column(schema, dense.spread(over: validity, dimension: schema.dimension), validity: validity)
    }
  }

  mutating func values(_ schema: ColumnSchema, _ count: Int) throws(ReferenceRefusal) -> ColumnValues {
    switch schema.type {
    case .bool:
      let integers = try integers(count)
      guard integers.allSatisfy({ $0 == 0 || $0 == 1 }) else { throw .wrong("a bool that is no bit") }
      return .bool(integers.map { UInt8($0) })
    case .int64, .timestamp: return .int64(try integers(count))
    case .float32: return .float32(try float32s(count))
    case .float64: return .float64(try float64s(count))
    case .string, .bytes: return .strings(Self.joined(try strings(count, isText: schema.type == .string)))
    case .uuid: return .uuid(try uuids(count))
    case .vector: return .float32(try vectors(count, dimension: schema.dimension))
    case .stringList:
      let (offsets, elements) = try list(count) { decoder, count throws(ReferenceRefusal) in
        try decoder.strings(count, isText: true)
      }
      return .stringList(offsets: offsets, elements: Self.joined(elements))
    case .doubleList:
      let (offsets, elements) = try list(count) { decoder, count throws(ReferenceRefusal) in
        try decoder.float64s(count)
      }
      return .doubleList(offsets: offsets, elements: elements)
    }
  }

  private static func joined(_ strings: [[UInt8]]) -> ByteStrings {
    var joined = ByteStrings()
    for string in strings { joined.append(string) }
    return joined
  }

  /// Reads a step's code and its parameter, if it has one, and lets `body` read the rest.
  mutating func step<Result>(
    _ body: (inout ReferenceDecoder, _ code: UInt8, _ parameter: UInt8) throws(ReferenceRefusal) -> Result
  ) throws(ReferenceRefusal) -> Result {
    depth += 1
    steps += 1
    guard depth <= 8, steps <= 1_024 else { throw .wrong("too many steps") }
    let code = try tree.byte()
    let parameter = [0x21, 0x22, 0x27, 0x33, 0x61, 0x62].contains(code) ? try tree.byte() : 0
    let result = try body(&self, code, parameter)
    depth -= 1
    return result
  }

  func bounded(_ count: Int) throws(ReferenceRefusal) -> Int {
    guard count <= Self.valuesMax else { throw .tooMany }
    return count
  }

  // MARK: Bytes

  mutating func bytes(_ count: Int) throws(ReferenceRefusal) -> [UInt8] {
    guard count <= 16 * Self.valuesMax else { throw .tooMany }
    return try step { decoder, code, _ throws(ReferenceRefusal) in
      switch code {
      case 0x00 where count == 0: return []
      case 0x10: return try decoder.data.take(count)
      case 0x11: return Array(repeating: try decoder.data.byte(), count: count)
      case 0x12, 0x13:
        let length = try decoder.data.varint()
        guard let length = Int(exactly: length) else { throw .wrong("the bytes end") }
        let compressed = try decoder.data.take(length)
        let codec: ByteCodec = code == 0x12 ? .zlib : .zstd
        let bytes = compressed.withUnsafeBytes { compressed in
          accepted { () throws(FormatError) in
            try ByteCompressor().decompress(compressed, codec: codec, expectedByteCount: count)
          }
        }
        guard let bytes else { throw .wrong("damaged compressed bytes") }
        return bytes
      default: throw .wrong("step \(code) gives no bytes")
      }
    }
  }

  // MARK: Strings

  private mutating func strings(_ count: Int, isText: Bool) throws(ReferenceRefusal) -> [[UInt8]] {
    let count = try bounded(count)
    let strings = try step { decoder, code, _ throws(ReferenceRefusal) -> [[UInt8]] in
      switch code {
      case 0x00 where count == 0: return []
      case 0x40:
        var sum = 0
        let lengths = try decoder.integers(count)
        for length in lengths {
          guard length >= 0, length <= Self.textBytesMax else { throw .wrong("a length of \(length)") }
          sum += Int(length)
        }
        var bytes = ReferenceBytes(try decoder.bytes(sum))
        var strings: [[UInt8]] = []
        for length in lengths { strings.append(try bytes.take(Int(length))) }
        return strings
      case 0x41:
        let entryCount = try decoder.data.count(upTo: count)
        let entries = try decoder.strings(entryCount, isText: isText)
        return try Self.lookedUp(try decoder.integers(count), in: entries)
      case 0x42: return try decoder.integers(count).map { Array("\($0)".utf8) }
      case 0x43:
        let uuids = try decoder.uuids(count)
        return (0..<count).map { row in
          var text = ""
          for place in 0..<16 {
            if [4, 6, 8, 10].contains(place) { text += "-" }
            let byte = uuids[row * 16 + place]
            text += String(byte / 16, radix: 16) + String(byte % 16, radix: 16)
          }
          return Array(text.utf8)
        }
      default: throw .wrong("step \(code) gives no strings")
      }
    }
    if isText {
      for string in strings where String(validating: string, as: UTF8.self) == nil {
        throw .wrong("text that is not UTF-8")
      }
    }
    return strings
  }

  static func lookedUp<Entry>(_ codes: [Int64], in entries: [Entry]) throws(ReferenceRefusal) -> [Entry] {
    var values: [Entry] = []
    for code in codes {
      guard code >= 0, code < entries.count else { throw .wrong("code \(code) of \(entries.count) entries") }
      values.append(entries[Int(code)])
    }
    return values
  }

  // MARK: Uuids, vectors, lists

  private mutating func uuids(_ count: Int) throws(ReferenceRefusal) -> [UInt8] {
    let count = try bounded(count)
    return try step { decoder, code, _ throws(ReferenceRefusal) in
      switch code {
      case 0x00 where count == 0: return []
      case 0x48: return try decoder.bytes(16 * count)
      case 0x49:
        let times = try decoder.integers(count)
        var rest = ReferenceBytes(try decoder.bytes(10 * count))
        var uuids: [UInt8] = []
        for time in times {
          for place in stride(from: 40, through: 0, by: -8) { uuids.append(UInt8(truncatingIfNeeded: time >> place)) }
          uuids += try rest.take(10)
        }
        return uuids
      default: throw .wrong("step \(code) gives no uuids")
      }
    }
  }

  private mutating func vectors(_ rows: Int, dimension: Int) throws(ReferenceRefusal) -> [Float] {
    let count = try bounded(rows * dimension)
    return try step { decoder, code, _ throws(ReferenceRefusal) in
      switch code {
      case 0x00 where rows == 0: return []
      case 0x50:
        let values = try decoder.float32s(count)
        return (0..<count).map { values[$0 % dimension * rows + $0 / dimension] }
      default: throw .wrong("step \(code) gives no vectors")
      }
    }
  }

  private mutating func list<Element>(
    _ count: Int, _ elements: (inout ReferenceDecoder, Int) throws(ReferenceRefusal) -> [Element]
  ) throws(ReferenceRefusal) -> (offsets: [UInt32], elements: [Element]) {
    let count = try bounded(count)
    return try step { decoder, code, _ throws(ReferenceRefusal) in
      if code == 0x00, count == 0 { return ([0], []) }
      guard code == 0x51 else { throw .wrong("step \(code) gives no lists") }
      var offsets: [UInt32] = [0]
      for length in try decoder.integers(count) {
        guard length >= 0 else { throw .wrong("a list of \(length) elements") }
        guard length <= Self.valuesMax else { throw .tooMany }
        offsets.append(offsets.last! + UInt32(length))
      }
      return (offsets, try elements(&decoder, Int(offsets.last!)))
    }
  }
}
