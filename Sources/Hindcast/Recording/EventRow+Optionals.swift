/// Optional values: nil is a null, as for a field that is not set.
extension EventRow {
  /// Sets a field if there is a value.
  @inlinable @inline(__always)
  public mutating func set(_ field: Field<Bool>, _ value: Bool?) {
    if let value { set(field, value) }
  }

  /// Sets a field if there is a value.
  @inlinable @inline(__always)
  public mutating func set(_ field: Field<Int>, _ value: Int?) {
    if let value { set(field, value) }
  }

  /// Sets a field if there is a value.
  @inlinable @inline(__always)
  public mutating func set(_ field: Field<Float>, _ value: Float?) {
    if let value { set(field, value) }
  }

  /// Sets a field if there is a value.
  @inlinable @inline(__always)
  public mutating func set(_ field: Field<Double>, _ value: Double?) {
    if let value { set(field, value) }
  }

  /// Sets a field if there is a value.
  @inlinable @inline(__always)
  public mutating func set(_ field: Field<Timestamp>, _ value: Timestamp?) {
    if let value { set(field, value) }
  }

  /// Sets a field if there is a value.
  public mutating func set(_ field: Field<Duration>, _ value: Duration?) {
    if let value { set(field, value) }
  }

  /// Sets a field if there is a value.
  public mutating func set(_ field: Field<String>, _ value: String?) {
    if let value { set(field, value) }
  }

  /// Sets a field if there is a value.
  public mutating func set(_ field: Field<[UInt8]>, _ value: [UInt8]?) {
    if let value { set(field, value) }
  }

  /// Sets a field if there is a value.
  public mutating func set(_ field: Field<[Float]>, _ value: [Float]?) {
    if let value { set(field, value) }
  }

  /// Sets a field if there is a value.
  public mutating func set(_ field: Field<[Double]>, _ value: [Double]?) {
    if let value { set(field, value) }
  }

  /// Sets a field if there is a value.
  public mutating func set(_ field: Field<[String]>, _ value: [String]?) {
    if let value { set(field, value) }
  }
}
