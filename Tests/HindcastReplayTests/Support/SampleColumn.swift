import HindcastFormat

/// A column of random values of one type, and the cells that a reader of a table must find.
struct SampleColumn {
  var column: Column
  var cells: [Cell]

  init(_ type: ColumnType, rowCount: Int, nullShare: Double, seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let dimension = type == .vector ? 3 : 0
    let schema = ColumnSchema("x", role: .feature, type: type, dimension: dimension)
    var builder = BlockBuilder(
      stream: StreamKey(kind: .prediction, model: "m", version: "", environment: .production))
    let place = try! builder.column(schema)  // one column is under every limit
    cells = []
    for _ in 0..<rowCount {
      if generator.chance(nullShare) {
        cells.append(.null)
      } else {
        cells.append(Self.append(type, to: &builder, place, &generator))
      }
      builder.endRow()
    }
    // A builder leaves out a column that has no value at all.
    column =
      builder.take().columns.first
      ?? Column(
        schema, Self.zeros(type, rowCount, dimension), validity: Bitmap(repeating: false, count: rowCount))
  }

  private static func append(
    _ type: ColumnType, to builder: inout BlockBuilder, _ place: Int, _ generator: inout SeededGenerator
  ) -> Cell {
    let doubles: [Double] = [0, -0.0, .nan, .infinity, -.infinity, 1.5, .leastNonzeroMagnitude, 1e300]
    let texts = ["", "a", "é \"quoted\"", "😀\n", String(repeating: "long", count: 40)]
    let double = doubles.randomElement(using: &generator)!
    let text = texts.randomElement(using: &generator)!
    let integer = [0, -1, .min, .max, Int64.random(in: -9...9, using: &generator)].randomElement(using: &generator)!
    let count = Int.random(in: 0...3, using: &generator)
    switch type {
    case .bool:
      let value = generator.chance(0.5)
      builder.append(value, to: place)
      return .boolean(value)
    case .int64, .timestamp:
      builder.append(integer, to: place)
      return .integer(integer)
    case .float32:
      builder.append(Float(double), to: place)
      return .number(Float(double))
    case .float64:
      builder.append(double, to: place)
      return .number(double)
    case .string:
      builder.append(text, to: place)
      return .text(text)
    case .bytes:
      let bytes = Array(text.utf8) + [0xFF, 0]
      builder.append(bytes, to: place)
      return .bytes(bytes)
    case .uuid:
      builder.append(uuid: Array(0..<15) + [UInt8(count)], to: place)
      return .text("00010203-0405-0607-0809-0a0b0c0d0e0\(count)")
    case .vector:
      builder.append(vector: [Float(double), 2, Float(count)], to: place)
      return .list([.number(Float(double)), .number(Float(2)), .number(Float(count))])
    case .stringList:
      builder.append(list: Array(repeating: text, count: count), to: place)
      return .list(Array(repeating: .text(text), count: count))
    case .doubleList:
      builder.append(list: Array(repeating: double, count: count), to: place)
      return .list(Array(repeating: .number(double), count: count))
    }
  }

  private static func zeros(_ type: ColumnType, _ count: Int, _ dimension: Int) -> ColumnValues {
    let empty = ByteStrings(Array(repeating: "", count: count))
    return switch type {
    case .bool: .bool(Array(repeating: 0, count: count))
    case .int64, .timestamp: .int64(Array(repeating: 0, count: count))
    case .float32: .float32(Array(repeating: 0, count: count))
    case .vector: .float32(Array(repeating: 0, count: count * dimension))
    case .float64: .float64(Array(repeating: 0, count: count))
    case .string, .bytes: .strings(empty)
    case .uuid: .uuid(Array(repeating: 0, count: count * 16))
    case .stringList: .stringList(offsets: Array(repeating: 0, count: count + 1), elements: ByteStrings())
    case .doubleList: .doubleList(offsets: Array(repeating: 0, count: count + 1), elements: [])
    }
  }
}
