/// A field of an `EventSchema`, through which its values are set.
public struct Field<Element: FieldValue>: Sendable {
  @usableFromInline let place: UInt32
  @usableFromInline let schema: UInt32

  init(index: Int, schema: UInt32) {
    place = UInt32(index)
    self.schema = schema
  }
}

/// The types a field can have: `Bool`, `Int` (for all integers), `Float`, `Double`, `String`, `Timestamp`, `Duration`, `[UInt8]` for bytes,
/// `[Float]` for vectors, `[Double]` and `[String]` for lists. Others gain nothing from conforming.
public protocol FieldValue: Sendable {}

extension Bool: FieldValue {}
extension Int: FieldValue {}
extension Float: FieldValue {}
extension Double: FieldValue {}
extension String: FieldValue {}
extension Timestamp: FieldValue {}
extension Duration: FieldValue {}
extension Array: FieldValue where Element: FieldValue {}
extension UInt8: FieldValue {}

extension EventRow {
  /// Where the field lies in this row. A field of another schema would land in a stranger's column: it traps.
  @inlinable @inline(__always)
  func index<Element>(_ field: Field<Element>) -> Int {
    precondition(field.schema == schema, "the field is of another schema than the logger's")
    return Int(truncatingIfNeeded: field.place)
  }

  /// Sets a field to true or false.
  @inlinable @inline(__always)
  public mutating func set(_ field: Field<Bool>, _ value: Bool) {
    store(UInt64(truncatingIfNeeded: value ? 1 : 0), .bool, at: index(field))
  }

  /// Sets a field to an integer.
  @inlinable @inline(__always)
  public mutating func set(_ field: Field<Int>, _ value: Int) {
    store(Int64(value), .int64, at: index(field))
  }

  /// Sets a field to an integer of any width. An event with one beyond 64 bits, signed, is rejected.
  @inlinable @inline(__always)
  public mutating func set(_ field: Field<Int>, _ value: some FixedWidthInteger) {
    if let value = Int64(exactly: value) {
      store(value, .int64, at: index(field))
    } else {
      store(UInt64(0), .unsupported, at: index(field))
    }
  }

  /// Sets a field to a single-precision number.
  @inlinable @inline(__always)
  public mutating func set(_ field: Field<Float>, _ value: Float) {
    store(value, .float32, at: index(field))
  }

  /// Sets a field to a double-precision number.
  @inlinable @inline(__always)
  public mutating func set(_ field: Field<Double>, _ value: Double) {
    store(value, .float64, at: index(field))
  }

  /// Sets a field to a moment.
  @inlinable @inline(__always)
  public mutating func set(_ field: Field<Timestamp>, _ value: Timestamp) {
    store(value.microsecondsSince1970, .timestamp, at: index(field))
  }

  /// Sets a field to a length of time, which is kept in whole microseconds.
  public mutating func set(_ field: Field<Duration>, _ value: Duration) {
    store(value.wholeMicroseconds, .int64, at: index(field))
  }

  /// Sets a field to a text.
  public mutating func set(_ field: Field<String>, _ value: String) {
    store(text: value, at: index(field))
  }

  /// Sets a field to a text of the program's own.
  public mutating func set(_ field: Field<String>, _ value: StaticString) {
    value.withUTF8Buffer { store(bytes: UnsafeRawBufferPointer($0), .string, at: index(field)) }
  }

  /// Sets a field to bytes that are no text.
  public mutating func set(_ field: Field<[UInt8]>, _ value: [UInt8]) {
    value.withUnsafeBytes { store(bytes: $0, .bytes, at: index(field)) }
  }

  /// Sets a field to a vector. All vectors of a column have the same number of elements, 1 to 65,536.
  public mutating func set(_ field: Field<[Float]>, _ value: [Float]) {
    value.withUnsafeBytes { store(bytes: $0, .vector, at: index(field)) }
  }

  /// Sets a field to a vector.
  public mutating func set(_ field: Field<[Float]>, _ value: UnsafeBufferPointer<Float>) {
    store(bytes: UnsafeRawBufferPointer(value), .vector, at: index(field))
  }

  /// Sets a field to a list of numbers.
  public mutating func set(_ field: Field<[Double]>, _ value: [Double]) {
    value.withUnsafeBytes { store(bytes: $0, .doubles, at: index(field)) }
  }

  /// Sets a field to a list of texts.
  public mutating func set(_ field: Field<[String]>, _ value: [String]) {
    store(texts: value, at: index(field))
  }

  /// Sets a field to a value of any type, such as one that is not known before it comes. A type that is not the field's
  /// is handled as ``ModelLogger`` says.
  public mutating func set<Element>(_ field: Field<Element>, any value: Value) {
    store(value, at: index(field))
  }
}
