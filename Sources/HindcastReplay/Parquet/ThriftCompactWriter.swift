/// Writes Thrift's compact protocol, in which Parquet keeps page headers and footers. Only what those need.
///
/// Fields are written in ascending order of their ids. A struct that is a field's value is written with `structure`; an
/// element of a list of structs with `element`.
/// Source: thrift/doc/specs/thrift-compact-protocol.md.
struct ThriftCompactWriter {
  private(set) var bytes: [UInt8] = []
  /// The last field id of each open struct; field headers hold the difference.
  private var lastFields: [Int16] = [0]

  private enum WireType {
    static let booleanTrue: UInt8 = 1
    static let booleanFalse: UInt8 = 2
    static let int16: UInt8 = 4
    static let int32: UInt8 = 5
    static let int64: UInt8 = 6
    static let binary: UInt8 = 8
    static let list: UInt8 = 9
    static let structure: UInt8 = 12
  }

  mutating func boolean(_ field: Int16, _ value: Bool) {
    header(field, value ? WireType.booleanTrue : WireType.booleanFalse)
  }

  mutating func int16(_ field: Int16, _ value: Int16) {
    header(field, WireType.int16)
    zigzag(Int64(value))
  }

  mutating func int32(_ field: Int16, _ value: Int32) {
    header(field, WireType.int32)
    zigzag(Int64(value))
  }

  mutating func int64(_ field: Int16, _ value: Int64) {
    header(field, WireType.int64)
    zigzag(value)
  }

  mutating func binary(_ field: Int16, _ value: some Collection<UInt8>) {
    header(field, WireType.binary)
    binaryValue(value)
  }

  mutating func structure(_ field: Int16, _ body: (inout ThriftCompactWriter) -> Void) {
    header(field, WireType.structure)
    element(body)
  }

  mutating func int32List(_ field: Int16, _ values: [Int32]) {
    listHeader(field, count: values.count, WireType.int32)
    for value in values { zigzag(Int64(value)) }
  }

  mutating func binaryList(_ field: Int16, _ values: [String]) {
    listHeader(field, count: values.count, WireType.binary)
    for value in values { binaryValue(value.utf8) }
  }

  mutating func structureList<Element>(
    _ field: Int16, _ elements: [Element], _ body: (inout ThriftCompactWriter, Element) -> Void
  ) {
    listHeader(field, count: elements.count, WireType.structure)
    for item in elements { element { body(&$0, item) } }
  }

  /// The fields of one struct and the stop byte behind them.
  mutating func element(_ body: (inout ThriftCompactWriter) -> Void) {
    lastFields.append(0)
    body(&self)
    lastFields.removeLast()
    bytes.append(0)
  }

  /// The bytes of a struct that stands alone, such as a page header.
  static func structure(_ body: (inout ThriftCompactWriter) -> Void) -> [UInt8] {
    var writer = ThriftCompactWriter()
    writer.element(body)
    return writer.bytes
  }

  private mutating func header(_ field: Int16, _ type: UInt8) {
    let last = lastFields[lastFields.count - 1]
    precondition(field > last, "fields are written in ascending order")
    let difference = field - last
    if difference <= 15 {
      bytes.append(UInt8(difference) << 4 | type)
    } else {
      bytes.append(type)
      zigzag(Int64(field))
    }
    lastFields[lastFields.count - 1] = field
  }

  private mutating func listHeader(_ field: Int16, count: Int, _ elementType: UInt8) {
    header(field, WireType.list)
    if count < 15 {
      bytes.append(UInt8(count) << 4 | elementType)
    } else {
      bytes.append(0xF0 | elementType)
      bytes.appendUnsignedVarint(UInt64(count))
    }
  }

  private mutating func binaryValue(_ value: some Collection<UInt8>) {
    bytes.appendUnsignedVarint(UInt64(value.count))
    bytes.append(contentsOf: value)
  }

  private mutating func zigzag(_ value: Int64) {
    bytes.appendUnsignedVarint(UInt64(bitPattern: value << 1 ^ value >> 63))
  }
}

extension [UInt8] {
  /// LEB128, as Thrift's compact protocol and Parquet's run headers have it.
  mutating func appendUnsignedVarint(_ value: UInt64) {
    var rest = value
    while rest > 0x7F {
      append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    append(UInt8(truncatingIfNeeded: rest))
  }
}
