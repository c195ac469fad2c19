/// The growing values of one column. Rows are counted here too, so that a column can lag behind the block by the rows
/// that have no value yet.
struct ColumnBuilder: Sendable {
  let schema: ColumnSchema
  private(set) var rowCount: Int
  // One of these is in use; separate stored properties, since appending to the payload of an enum copies it.
  private var bools: [UInt8] = []
  private var integers: [Int64] = []
  private var floats: [Float] = []
  private var doubles: [Double] = []
  private var uuids: [UInt8] = []
  private var strings = ByteStrings()
  private var listOffsets: [UInt32] = [0]
  private var validity = Bitmap()
  private var hasNulls = false
  private var hasValues = false

  init(_ schema: ColumnSchema, nulls: Int) {
    self.schema = schema
    rowCount = 0
    appendNulls(nulls)
  }

  /// Opens the place for the value of row `row`, which must be the next.
  private mutating func begin(_ row: Int, _ matches: Bool) {
    precondition(matches, "a value of another type than the column's")
    precondition(rowCount == row, "a second value for one row")
    rowCount += 1
    hasValues = true
    if hasNulls { validity.append(true) }
  }

  mutating func append(_ value: Bool, _ row: Int) {
    begin(row, schema.type == .bool)
    bools.append(value ? 1 : 0)
  }

  mutating func append(_ value: Int64, _ row: Int) {
    begin(row, schema.type == .int64 || schema.type == .timestamp)
    integers.append(value)
  }

  mutating func append(_ value: Float, _ row: Int) {
    begin(row, schema.type == .float32)
    floats.append(value)
  }

  mutating func append(_ value: Double, _ row: Int) {
    begin(row, schema.type == .float64)
    doubles.append(value)
  }

  mutating func append(string: UnsafeRawBufferPointer, _ row: Int) {
    begin(row, schema.type == .string || schema.type == .bytes)
    strings.append(string)
  }

  mutating func append(uuid: UnsafeRawBufferPointer, _ row: Int) {
    begin(row, schema.type == .uuid && uuid.count == 16)
    uuids.append(contentsOf: uuid)
  }

  /// The bytes of float32 values, wherever they lie.
  mutating func append(vector: UnsafeRawBufferPointer, _ row: Int) {
    begin(row, schema.type == .vector && vector.count == 4 * schema.dimension)
    for offset in stride(from: 0, to: vector.count, by: 4) {
      floats.append(vector.loadUnaligned(fromByteOffset: offset, as: Float.self))
    }
  }

  /// The bytes of float64 values, wherever they lie.
  mutating func append(doubles list: UnsafeRawBufferPointer, _ row: Int) {
    begin(row, schema.type == .doubleList && list.count % 8 == 0)
    for offset in stride(from: 0, to: list.count, by: 8) {
      doubles.append(list.loadUnaligned(fromByteOffset: offset, as: Double.self))
    }
    listOffsets.append(UInt32(doubles.count))
  }

  mutating func append(list: ByteStrings, _ row: Int) {
    begin(row, schema.type == .stringList)
    for index in 0..<list.count { strings.append(list[index]) }
    listOffsets.append(UInt32(strings.count))
  }

  /// Appends a value or null for each of the rows, of which the first is row `row`. Not for lists and vectors. Returns the
  /// bytes of the values.
  mutating func append(_ source: RowGather, _ row: Int) -> Int {
    precondition(rowCount == row, "a second value for one row")
    let present = source.presentCount
    if present == 0 { return 0 }
    let areAllPresent = present == source.count
    if !areAllPresent, !hasNulls {
      hasNulls = true
      validity.append(repeating: true, count: rowCount)
    }
    if hasNulls {
      if areAllPresent {
        validity.append(repeating: true, count: source.count)
      } else {
        for row in source.rows { validity.append(source.isPresent(row)) }
      }
    }
    hasValues = true
    rowCount += source.count
    switch schema.type {
    case .bool:
      source.append(to: &bools, areAllPresent: areAllPresent, zero: 0) { $0.load(as: UInt64.self) == 0 ? 0 : 1 }
      return present
    case .int64, .timestamp:
      source.append(to: &integers, areAllPresent: areAllPresent, zero: 0) { $0.load(as: Int64.self) }
      return 8 * present
    case .float32:
      source.append(to: &floats, areAllPresent: areAllPresent, zero: 0) { $0.load(as: Float.self) }
      return 4 * present
    case .float64:
      source.append(to: &doubles, areAllPresent: areAllPresent, zero: 0) { $0.load(as: Double.self) }
      return 8 * present
    case .uuid:
      for row in source.rows {
        uuids.append(contentsOf: UnsafeRawBufferPointer(start: source.base + Int(row) + source.slot, count: 16))
      }
      return 16 * present
    case .string, .bytes: return source.append(to: &strings, areAllPresent: areAllPresent) + 4 * present
    case .vector, .stringList, .doubleList: preconditionFailure("lists and vectors come row by row")
    }
  }

  /// A null, if the row that ends as number `count` got no value.
  mutating func endRow(_ count: Int) {
    if rowCount < count { appendNulls(count - rowCount) }
  }

  private mutating func appendNulls(_ count: Int) {
    guard count > 0 else { return }
    if !hasNulls {
      hasNulls = true
      validity.append(repeating: true, count: rowCount)
    }
    validity.append(repeating: false, count: count)
    rowCount += count
    switch schema.type {
    case .bool: bools.append(contentsOf: repeatElement(0, count: count))
    case .int64, .timestamp: integers.append(contentsOf: repeatElement(0, count: count))
    case .float32: floats.append(contentsOf: repeatElement(0, count: count))
    case .float64: doubles.append(contentsOf: repeatElement(0, count: count))
    case .uuid: uuids.append(contentsOf: repeatElement(0, count: count * 16))
    case .vector: floats.append(contentsOf: repeatElement(0, count: count * schema.dimension))
    case .string, .bytes: for _ in 0..<count { strings.appendEmpty() }
    case .stringList, .doubleList:
      listOffsets.append(contentsOf: repeatElement(listOffsets[listOffsets.count - 1], count: count))
    }
  }

  /// Drops a value that stands behind row `count`: at most one does.
  mutating func truncate(to count: Int) {
    guard rowCount > count else { return }
    rowCount = count
    if hasNulls { validity.removeLast() }
    switch schema.type {
    case .bool: bools.removeLast()
    case .int64, .timestamp: integers.removeLast()
    case .float32: floats.removeLast()
    case .float64: doubles.removeLast()
    case .uuid: uuids.removeLast(16)
    case .vector: floats.removeLast(schema.dimension)
    case .string, .bytes: strings.truncate(to: count)
    case .stringList:
      listOffsets.removeLast()
      strings.truncate(to: Int(listOffsets[count]))
    case .doubleList:
      listOffsets.removeLast()
      doubles.removeLast(doubles.count - Int(listOffsets[count]))
    }
  }

  /// Hands over the values, nil if no row has one, and starts again with room for as many.
  mutating func take() -> Column? {
    defer {
      rowCount = 0
      hasNulls = false
      hasValues = false
    }
    let nulls = Self.handOver(&validity)
    let values: ColumnValues =
      switch schema.type {
      case .bool: .bool(Self.handOver(&bools))
      case .int64, .timestamp: .int64(Self.handOver(&integers))
      case .float32, .vector: .float32(Self.handOver(&floats))
      case .float64: .float64(Self.handOver(&doubles))
      case .uuid: .uuid(Self.handOver(&uuids))
      case .string, .bytes: .strings(Self.handOver(&strings))
      case .stringList: .stringList(offsets: Self.handOverOffsets(&listOffsets), elements: Self.handOver(&strings))
      case .doubleList: .doubleList(offsets: Self.handOverOffsets(&listOffsets), elements: Self.handOver(&doubles))
      }
    guard hasValues else { return nil }
    return Column(schema, values, validity: hasNulls && nulls.setCount < nulls.count ? nulls : nil)
  }

  private static func handOver<T>(_ values: inout [T]) -> [T] {
    var fresh: [T] = []
    fresh.reserveCapacity(values.count)
    swap(&fresh, &values)
    return fresh
  }

  private static func handOverOffsets(_ offsets: inout [UInt32]) -> [UInt32] {
    let taken = handOver(&offsets)
    offsets.append(0)
    return taken
  }

  private static func handOver(_ strings: inout ByteStrings) -> ByteStrings {
    ByteStrings(offsets: handOverOffsets(&strings.offsets), bytes: handOver(&strings.bytes))
  }

  private static func handOver(_ bits: inout Bitmap) -> Bitmap {
    var fresh = Bitmap()
    swap(&fresh, &bits)
    return fresh
  }
}
