internal import CHindcastProto
internal import HindcastFormat

/// What C hands over for a repeated message field, as values.
func elements<View>(_ array: UnsafeMutablePointer<UnsafeMutablePointer<View>?>?, count: Int) -> [View] {
  guard let array else { return [] }
  return (0..<count).compactMap { array[$0]?.pointee }
}

extension EventKind {
  /// nil for KIND_UNSPECIFIED. Throws for a number no kind has.
  static func optional(_ view: Hindcast__V1__Kind) throws(FormatError) -> EventKind? {
    try optionalCase(view.rawValue, what: "kind")
  }
  var view: Hindcast__V1__Kind { Hindcast__V1__Kind(rawValue: .init(rawValue)) }
}

extension Environment {
  /// nil for ENVIRONMENT_UNSPECIFIED. Throws for a number no environment has.
  static func optional(_ view: Hindcast__V1__Environment) throws(FormatError) -> Environment? {
    try optionalCase(view.rawValue, what: "environment")
  }
  var view: Hindcast__V1__Environment { Hindcast__V1__Environment(rawValue: .init(rawValue)) }
}

private func optionalCase<Case: RawRepresentable & CaseIterable>(
  _ raw: some BinaryInteger, what: String
) throws(FormatError) -> Case? where Case.RawValue == UInt8 {
  if raw == 0 { return nil }
  guard let value = UInt8(exactly: raw).flatMap(Case.init(rawValue:)) else {
    throw FormatError(.invalid, "\(what) \(raw) does not exist; block.proto lists them")
  }
  return value
}

/// A field that must be set.
func required<Value>(_ value: Value?, _ what: String) throws(FormatError) -> Value {
  guard let value else { throw FormatError(.invalid, "\(what) is not set") }
  return value
}

extension ColumnSchema {
  init(
    name: ProtobufCBinaryData, role: Hindcast__V1__Role, type: Hindcast__V1__Type, dimension: UInt32
  ) throws(FormatError) {
    self.init(
      try name.utf8("column name"),
      role: try required(optionalCase(role.rawValue, what: "role"), "role"),
      type: try required(optionalCase(type.rawValue, what: "type"), "type"),
      dimension: Int(dimension))
  }
}
