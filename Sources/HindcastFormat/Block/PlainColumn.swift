internal import CHindcastProto

/// A Column message with plain lists, to and from protobuf-c's structs.
enum PlainColumn {
  /// The column has been validated.
  static func pack(_ column: Column) -> [UInt8] {
    let arena = ProtobufArena()
    var message = Hindcast__V1__Column()
    hindcast__v1__column__init(&message)
    message.name = arena.string(column.schema.name)
    message.role = Hindcast__V1__Role(rawValue: .init(column.schema.role.rawValue))
    message.type = Hindcast__V1__Type(rawValue: .init(column.schema.type.rawValue))
    message.dimension = UInt32(column.schema.dimension)
    if let validity = column.validity { message.validity = arena.bytes(validity.bytes) }

    func list<From, To: BitwiseCopyable>(
      _ values: [From], _ transform: (From) -> To
    ) -> (Int, UnsafeMutablePointer<To>?) {
      let copy = arena.allocate(To.self, count: values.count)
      for (index, value) in values.enumerated() { copy[index] = transform(value) }
      return (values.count, copy.baseAddress)
    }
    func strings(_ values: ByteStrings) -> (Int, UnsafeMutablePointer<ProtobufCBinaryData>?) {
      let all = arena.bytes(values.bytes)
      let copy = arena.allocate(ProtobufCBinaryData.self, count: values.count)
      for row in 0..<values.count {
        let start = Int(values.offsets[row])
        copy[row] = ProtobufCBinaryData(len: Int(values.offsets[row + 1]) - start, data: all.data.map { $0 + start })
      }
      return (values.count, copy.baseAddress)
    }
    func lengths(_ offsets: [UInt32]) -> (Int, UnsafeMutablePointer<UInt32>?) {
      list(UncheckedLoops.lengths(offsets)) { UInt32($0) }
    }

    switch column.values {
    case .bool(let values): (message.n_bools, message.bools) = list(values) { protobuf_c_boolean($0) }
    case .int64(let values): (message.n_int64s, message.int64s) = list(values) { $0 }
    case .float32(let values): (message.n_float32s, message.float32s) = list(values) { $0 }
    case .float64(let values): (message.n_float64s, message.float64s) = list(values) { $0 }
    case .strings(let values) where column.schema.type == .bytes:
      (message.n_byte_strings, message.byte_strings) = strings(values)
    case .strings(let values): (message.n_strings, message.strings) = strings(values)
    case .uuid(let values):
      let offsets = (0...values.count / 16).map { UInt32($0 * 16) }
      (message.n_byte_strings, message.byte_strings) = strings(ByteStrings(offsets: offsets, bytes: values))
    case .stringList(let offsets, let elements):
      (message.n_list_lengths, message.list_lengths) = lengths(offsets)
      (message.n_strings, message.strings) = strings(elements)
    case .doubleList(let offsets, let elements):
      (message.n_list_lengths, message.list_lengths) = lengths(offsets)
      (message.n_float64s, message.float64s) = list(elements) { $0 }
    }
    return withExtendedLifetime(arena) {
      packProtobuf(&message, size: hindcast__v1__column__get_packed_size, pack: hindcast__v1__column__pack)
    }
  }

  static func unpack(
    _ column: ColumnParts, rowCount: Int, budget: inout DecodeBudget
  ) throws(FormatError) -> Column {
    let arena = ProtobufArena(forMessageOf: column.message.count, bytesMax: budget.limits.columnBytesMax)
    let message = try arena.unpack(column.message, what: "a plain column") {
      hindcast__v1__column__unpack($0, $1, $2)
    }.pointee
    let schema = column.schema
    try checkLists(message, schema, rowCount)
    try budget.expect(rowCount * max(schema.dimension, 1), stride: schema.bytesPerValueAtLeast)
    try budget.take(rowCount, stride: schema.bytesPerRowAtLeast)
    let values: ColumnValues
    switch schema.type {
    case .bool:
      values = .bool(UnsafeBufferPointer(start: message.bools, count: message.n_bools).map { $0 != 0 ? 1 : 0 })
    case .int64, .timestamp: values = .int64(Array(UnsafeBufferPointer(start: message.int64s, count: message.n_int64s)))
    case .float32, .vector:
      values = .float32(Array(UnsafeBufferPointer(start: message.float32s, count: message.n_float32s)))
    case .float64: values = .float64(doubles(message))
    case .string:
      values = .strings(try strings(message.strings, message.n_strings, &budget))
      try values.checkText()
    case .bytes: values = .strings(try strings(message.byte_strings, message.n_byte_strings, &budget))
    case .uuid: values = .uuid(try uuids(message))
    case .stringList:
      try budget.expect(message.n_strings, stride: 4)
      let elements = try strings(message.strings, message.n_strings, &budget)
      try elements.checkUTF8()
      values = .stringList(offsets: try offsets(message, elementCount: elements.count), elements: elements)
    case .doubleList:
      try budget.expect(message.n_float64s, stride: 8)
      try budget.take(message.n_float64s, stride: 8)
      values = .doubleList(offsets: try offsets(message, elementCount: message.n_float64s), elements: doubles(message))
    }
    guard message.validity.len > 0 else { return Column(schema, values) }
    guard message.validity.len == (rowCount + 7) / 8 else {
      throw FormatError(
        .invalid, "its validity has \(message.validity.len) bytes; \(rowCount) rows need \((rowCount + 7) / 8)")
    }
    let validity = Bitmap(bytes: message.validity.buffer, count: rowCount)
    guard validity.setCount < rowCount else { return Column(schema, values) }
    // Whatever stood in the places of rows without a value becomes zero or empty.
    return Column(
      schema,
      values.packed(by: validity, dimension: schema.dimension).spread(over: validity, dimension: schema.dimension),
      validity: validity)
  }

  /// Exactly the list that belongs to the type, with a value a row.
  private static func checkLists(
    _ message: Hindcast__V1__Column, _ schema: ColumnSchema, _ rowCount: Int
  ) throws(FormatError) {
    let lists = [
      ("bools", message.n_bools), ("int64s", message.n_int64s), ("float32s", message.n_float32s),
      ("float64s", message.n_float64s), ("strings", message.n_strings), ("byte_strings", message.n_byte_strings),
      ("list_lengths", message.n_list_lengths),
    ]
    let isList = schema.type == .stringList || schema.type == .doubleList
    let own = schema.type.plainList
    for (name, count) in lists where count > 0 && name != own && !(isList && name == "list_lengths") {
      throw FormatError(
        .invalid, "it is of type \(schema.typeText), whose values go into \(own), but \(name) holds \(count)")
    }
    let counted = isList ? "list_lengths" : own
    let count = lists.first { $0.0 == counted }?.1 ?? 0
    let perRow = max(schema.dimension, 1)
    guard count == rowCount * perRow else {
      if perRow > 1 {
        throw FormatError(
          .invalid,
          "\(counted) holds \(count) values, but \(rowCount) rows of dimension \(perRow) need \(rowCount * perRow)")
      }
      throw BlockValidation.wrongRowCount(count, rowCount)
    }
  }

  private static func doubles(_ message: Hindcast__V1__Column) -> [Double] {
    Array(UnsafeBufferPointer(start: message.float64s, count: message.n_float64s))
  }

  private static func strings(
    _ list: UnsafeMutablePointer<ProtobufCBinaryData>?, _ count: Int, _ budget: inout DecodeBudget
  ) throws(FormatError) -> ByteStrings {
    let list = UnsafeBufferPointer(start: list, count: count)
    var total = 0
    for (row, string) in list.enumerated() {
      guard string.len <= Limits.valueBytesMax else {
        throw FormatError(.overLimit, "value \(row) has \(string.len) bytes; the most is \(Limits.valueBytesMax)")
      }
      total += string.len
    }
    try budget.expect(textBytes: total)
    try budget.take(total)
    try budget.take(count, stride: 4)
    var strings = ByteStrings()
    strings.offsets.reserveCapacity(count + 1)
    strings.bytes.reserveCapacity(total)
    for string in list { strings.append(string.buffer) }
    return strings
  }

  private static func uuids(_ message: Hindcast__V1__Column) throws(FormatError) -> [UInt8] {
    var uuids: [UInt8] = []
    uuids.reserveCapacity(message.n_byte_strings * 16)
    let validity = message.validity
    for (row, uuid) in UnsafeBufferPointer(start: message.byte_strings, count: message.n_byte_strings).enumerated() {
      // A row without a value may have any, an empty one too.
      let isNull = row / 8 < validity.len && validity.data[row / 8] >> UInt8(row % 8) & 1 == 0
      guard uuid.len == 16 || isNull else {
        throw FormatError(.invalid, "uuid \(row) has \(uuid.len) bytes; a uuid has 16, in the order of its text")
      }
      if uuid.len == 16 {
        uuids.append(contentsOf: uuid.buffer)
      } else {
        uuids.append(contentsOf: repeatElement(0, count: 16))
      }
    }
    return uuids
  }

  private static func offsets(_ message: Hindcast__V1__Column, elementCount: Int) throws(FormatError) -> [UInt32] {
    var offsets: [UInt32] = [0]
    offsets.reserveCapacity(message.n_list_lengths + 1)
    var total = 0
    for length in UnsafeBufferPointer(start: message.list_lengths, count: message.n_list_lengths) {
      total += Int(length)
      guard total <= elementCount else { break }
      offsets.append(UInt32(total))
    }
    guard total == elementCount else {
      throw FormatError(.invalid, "its list_lengths add up to \(total) or more, but there are \(elementCount) elements")
    }
    return offsets
  }
}

extension ColumnType {
  /// The list of a Column message that holds plain values of this type.
  fileprivate var plainList: String {
    switch self {
    case .bool: "bools"
    case .int64, .timestamp: "int64s"
    case .float32, .vector: "float32s"
    case .float64, .doubleList: "float64s"
    case .string, .stringList: "strings"
    case .bytes, .uuid: "byte_strings"
    }
  }
}

extension ColumnValues {
  fileprivate func checkText() throws(FormatError) {
    if case .strings(let values) = self { try values.checkUTF8() }
  }
}
