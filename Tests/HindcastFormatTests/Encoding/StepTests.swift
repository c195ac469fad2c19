import Testing

@testable import HindcastFormat

/// Each step by hand-written bytes, as `proto/FORMAT.md` lays them out: an encoder is not needed to know what they mean.
struct StepTests {
  /// The encoded bytes of a column: row count, length of the tree, tree, data.
  static func encoded(_ rows: Int, _ tree: [UInt8], _ data: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.appendVarint(rows)
    bytes.appendVarint(tree.count)
    return bytes + tree + data
  }

  private static func column(_ type: ColumnType, _ rows: Int, dimension: Int = 0) -> Column {
    var values = ColumnValues.empty(type)
    if case .float32 = values { values = .float32(Array(repeating: 0, count: rows * max(dimension, 1))) }
    if case .int64 = values { values = .int64(Array(repeating: 0, count: rows)) }
    if case .float64 = values { values = .float64(Array(repeating: 0, count: rows)) }
    if case .bool = values { values = .bool(Array(repeating: 0, count: rows)) }
    if case .uuid = values { values = .uuid(Array(repeating: 0, count: rows * 16)) }
    let offsets = [UInt32](repeating: 0, count: rows + 1)
    if case .strings = values { values = .strings(ByteStrings(offsets: offsets, bytes: [])) }
    if case .stringList = values { values = .stringList(offsets: offsets, elements: ByteStrings()) }
    if case .doubleList = values { values = .doubleList(offsets: offsets, elements: []) }
    return feature("x", type, values, dimension: dimension)
  }

  private static func values(
    _ type: ColumnType, _ rows: Int, _ tree: [UInt8], _ data: [UInt8], dimension: Int = 0
  ) throws -> ColumnValues {
    try decode(encoded(rows, tree, data), column(type, rows, dimension: dimension)).values
  }

  private static func error(_ type: ColumnType, _ rows: Int, _ tree: [UInt8], _ data: [UInt8]) -> FormatError? {
    thrown { () throws(FormatError) in _ = try decode(encoded(rows, tree, data), column(type, rows)) }
  }

  @Test("integers: constant, bit_packed, byte_planes, delta, dictionary, runs, multiples")
  func integers() throws {
    // constant -3
    #expect(try Self.values(.int64, 3, [0x20], [5]) == .int64([-3, -3, -3]))
    // bit_packed, 3 bits, base 10: 0, 1, 2, 7
    #expect(try Self.values(.int64, 4, [0x21, 3, 0x10], [20, 0b1000_1000, 0b1110]) == .int64([10, 11, 12, 17]))
    // byte_planes, 2 planes, base 1: low bytes 1 2, high bytes 0 1
    #expect(try Self.values(.int64, 2, [0x22, 2, 0x10, 0x10], [2, 1, 2, 0, 1]) == .int64([2, 259]))
    // the same with the high bytes by fill
    #expect(try Self.values(.int64, 2, [0x22, 2, 0x10, 0x11], [2, 1, 2, 1]) == .int64([258, 259]))
    // delta: first 5, then constant +2
    #expect(try Self.values(.int64, 3, [0x23, 0x20], [10, 4]) == .int64([5, 7, 9]))
    // dictionary of 2: entries by delta from 100, +7; codes 1 bit: 1 0 1
    #expect(
      try Self.values(.int64, 3, [0x24, 0x23, 0x20, 0x21, 1, 0x10], [2, 200, 1, 14, 0, 0b101])
        == .int64([107, 100, 107]))
    // runs, 2: values 0 then 1, lengths constant 2
    #expect(try Self.values(.int64, 4, [0x25, 0x21, 1, 0x10, 0x20], [2, 0, 0b10, 4]) == .int64([0, 0, 1, 1]))
    // multiples of 60 from 1: quotients constant 2
    #expect(try Self.values(.int64, 2, [0x26, 0x20], [2, 60, 4]) == .int64([121, 121]))
    // wide bit packing wraps around
    #expect(
      try Self.values(.int64, 1, [0x21, 64, 0x10], [1] + Array(repeating: 0xFF, count: 8)) == .int64([-2]))
  }

  @Test("nullable: presence, then only the values there are")
  func nullable() throws {
    let column = try decode(Self.encoded(4, [0x01, 0x21, 1, 0x10, 0x20], [0, 0b0101, 14]), Self.column(.int64, 4))
    #expect(column.values == .int64([7, 0, 7, 0]))
    #expect((0..<4).map(column.isNull) == [false, true, false, true])
    // all null: nothing below
    let empty = try decode(Self.encoded(2, [0x01, 0x20, 0x00], [0]), Self.column(.string, 2))
    #expect(empty.nullCount == 2 && empty.rowCount == 2)
  }

  @Test("floats: ordered32, ordered64, float32, decimal with exceptions")
  func floats() throws {
    func integer(_ value: Int64) -> [UInt8] {
      var bytes: [UInt8] = []
      bytes.appendZigzag(value)
      return bytes
    }
    #expect(try Self.values(.float32, 1, [0x30, 0x20], integer(0x3F80_0000)) == .float32([1]))
    #expect(try Self.values(.float32, 1, [0x30, 0x20], integer(-0x3F80_0001)) == .float32([-1]))
    #expect(try Self.values(.float64, 1, [0x31, 0x20], integer(0x3FF0_0000_0000_0000)) == .float64([1]))
    #expect(try Self.values(.float64, 1, [0x31, 0x20], integer(-0x3FF0_0000_0000_0001)) == .float64([-1]))
    #expect(try Self.values(.float64, 1, [0x32, 0x20], integer(0x3F00_0000)) == .float64([0.5]))
    // decimal 2: one exception at value 1 with the bits of 2.0; mantissas constant 150
    let bits = integer(0x4000_0000_0000_0000)
    #expect(
      try Self.values(.float64, 3, [0x33, 2, 0x20, 0x20, 0x20], [1] + integer(1) + bits + integer(150))
        == .float64([1.5, 2, 1.5]))
  }

  @Test("strings: text, text_dictionary, text_integers, text_uuids")
  func strings() throws {
    #expect(
      try Self.values(.string, 2, [0x40, 0x21, 2, 0x10, 0x10], [2, 0b0100] + Array("abc".utf8))
        == .strings(ByteStrings(["a", "bc"])))
    #expect(
      try Self.values(.string, 3, [0x41, 0x40, 0x20, 0x10, 0x21, 1, 0x10], [2, 2] + Array("xy".utf8) + [0, 0b101])
        == .strings(ByteStrings(["y", "x", "y"])))
    #expect(try Self.values(.string, 3, [0x42, 0x23, 0x20], [19, 20]) == .strings(ByteStrings(["-10", "0", "10"])))
    let uuid = [UInt8](0..<16)
    #expect(
      try Self.values(.string, 1, [0x43, 0x48, 0x10], uuid)
        == .strings(ByteStrings(["00010203-0405-0607-0809-0a0b0c0d0e0f"])))
  }

  @Test("uuids: as they are, and with the time of version 7 apart")
  func uuids() throws {
    let uuid = [UInt8](0..<16)
    #expect(try Self.values(.uuid, 1, [0x48, 0x10], uuid) == .uuid(uuid))
    var time: [UInt8] = []
    time.appendZigzag(0x0001_0203_0405)
    #expect(try Self.values(.uuid, 1, [0x49, 0x20, 0x10], time + uuid[6...]) == .uuid(uuid))
  }

  @Test("vectors by component, lists by length")
  func vectorsAndLists() throws {
    var data: [UInt8] = []
    for value in [1, 2, 10, 20] as [Float] { data.appendLittleEndian(UInt32(value.bitPattern)) }
    #expect(
      try Self.values(.vector, 2, [0x50, 0x30, 0x21, 32, 0x10], [0] + data, dimension: 2) == .float32([1, 10, 2, 20]))
    #expect(
      try Self.values(.stringList, 2, [0x51, 0x21, 2, 0x10, 0x40, 0x20, 0x10], [0, 0b1000, 2] + Array("pq".utf8))
        == .stringList(offsets: [0, 0, 2], elements: ByteStrings(["p", "q"])))
    #expect(
      try Self.values(.doubleList, 1, [0x51, 0x20, 0x33, 0, 0x00, 0x00, 0x20], [4, 0, 6])
        == .doubleList(offsets: [0, 2], elements: [3, 3]))
  }

  @Test("bytes: zlib and zstd")
  func compressors() throws {
    let text = [UInt8](repeating: 0x61, count: 100)
    for (codec, code) in [(ByteCodec.zlib, 0x12), (.zstd, 0x13)] as [(ByteCodec, UInt8)] {
      let compressed = text.withUnsafeBytes { ByteCompressor().compress($0, codec: codec, level: 1) }
      var data: [UInt8] = []
      data.appendZigzag(100)
      data.appendVarint(compressed.count)
      let values = try Self.values(.string, 1, [0x40, 0x20, code], data + compressed)
      #expect(values == .strings(ByteStrings([String(decoding: text, as: UTF8.self)])))
      var wrong = data + compressed
      wrong[wrong.count - 3] ^= 0xFF
      #expect(Self.error(.string, 1, [0x40, 0x20, code], wrong)?.code == .corrupt)
    }
  }

  @Test("an unknown step is unsupported and named")
  func unknownStep() {
    let error = Self.error(.int64, 1, [0x7E], [])
    #expect(error?.code == .unsupported)
    #expect(error?.message == "encoding step 126 is not known to this reader; update hindcast")
    let summary = thrown { () throws(FormatError) in
      var tree = ByteCursor(UnsafeRawBufferPointer(start: nil, count: 0))
      _ = try StepDescription.text(tree: &tree)
    }
    #expect(summary?.code == .truncated)
  }

  @Test("steps nested deeper than the limit are refused")
  func depth() {
    let tree = [UInt8](repeating: 0x26, count: Limits.stepDepthMax) + [0x20]
    #expect(Self.error(.int64, 1, tree, Array(repeating: 0, count: 99))?.code == .overLimit)
  }

  @Test("a step in the domain of another, a bad parameter, a code outside, a bad run and bytes left over are corrupt")
  func corrupt() {
    #expect(Self.error(.int64, 1, [0x40, 0x20, 0x10], [0])?.message == "encoding step text cannot give integers")
    #expect(Self.error(.string, 1, [0x20], [0])?.message == "encoding step constant cannot give strings")
    #expect(Self.error(.int64, 1, [0x00], [])?.message == "encoding step empty cannot give integers")
    for parameter: UInt8 in [0, 65, 255] {
      #expect(Self.error(.int64, 1, [0x21, parameter, 0x10], [0, 0])?.code == .corrupt)
    }
    for parameter: UInt8 in [0, 9] {
      #expect(Self.error(.int64, 1, [0x22, parameter, 0x10], [0, 0])?.code == .corrupt)
    }
    #expect(Self.error(.float64, 1, [0x33, 16, 0x00, 0x00, 0x20], [0, 0])?.code == .corrupt)
    #expect(
      Self.error(.float64, 1, [0x33, 1, 0x20, 0x20, 0x20], [1, 2, 0, 0])?.message.contains("exception at value 1")
        == true)
    #expect(Self.error(.int64, 1, [0x24, 0x20, 0x20], [1, 0, 2])?.code == .corrupt)
    #expect(Self.error(.int64, 1, [0x24, 0x20, 0x20], [1, 0, 1])?.code == .corrupt)
    #expect(Self.error(.string, 1, [0x41, 0x40, 0x20, 0x10, 0x20], [1, 2, 0x61, 2])?.code == .corrupt)
    for length: UInt8 in [0, 1, 6] {
      #expect(Self.error(.int64, 2, [0x25, 0x20, 0x20], [1, 0, length])?.code == .corrupt)
    }
    #expect(Self.error(.bool, 1, [0x20], [4])?.message == "a bool is neither 0 nor 1")
    #expect(Self.error(.int64, 2, [0x01, 0x20, 0x20], [4, 0])?.code == .corrupt)
    #expect(Self.error(.int64, 1, [0x20], [0, 0])?.message == "1 bytes are left behind the last step")
    #expect(Self.error(.int64, 1, [0x20, 0x20], [0])?.code == .corrupt)
    #expect(Self.error(.string, 1, [0x40, 0x20, 0x10], [1])?.code == .overLimit)
  }

  @Test("every step has a word of its own, and says how many children it has")
  func words() {
    #expect(Set(EncodingStep.allCases.map(\.word)).count == EncodingStep.allCases.count)
    #expect(EncodingStep.bytePlanes.childCount(parameter: 5) == 5)
  }
}
