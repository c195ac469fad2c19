/// The value of one field of one event.
///
/// Literals become values by themselves, variables through the function of their type; an absent optional is a null:
///
/// ```swift
/// ["amount": 129.95, "country": "PT", "income": .double(applicant.income), "previous_loans": nil]
/// ```
///
/// A value's type is its column's type. An integer in a column of doubles is taken as a double where that is exact, so
/// `1` and `1.5` may share a column; every other change of type starts a new block (see ``ModelLogger``).
public struct Value: Sendable, Hashable {
  @usableFromInline
  enum Storage: Sendable, Hashable {
    case null
    case bool(Bool)
    case int64(Int64)
    case float32(Float)
    case float64(Double)
    case string(String)
    case timestamp(Int64)
    case bytes([UInt8])
    case vector([Float])
    case strings([String])
    case doubles([Double])
    /// `[]`, a list of either type.
    case emptyList
    /// Nothing a column can hold: a list of mixed types, an integer over 64 bits. The event that carries it is rejected.
    case unsupported
  }

  @usableFromInline var storage: Storage

  @inlinable
  init(storage: Storage) { self.storage = storage }

  @inline(__always)
  var isNull: Bool {
    if case .null = storage { return true }
    return false
  }

  /// No value.
  @inlinable public static var null: Value { Value(storage: .null) }

  /// A boolean, or null.
  @inlinable public static func bool(_ value: Bool?) -> Value {
    Value(storage: value.map { .bool($0) } ?? .null)
  }

  /// An integer, or null.
  @inlinable public static func int(_ value: Int?) -> Value {
    Value(storage: value.map { .int64(Int64($0)) } ?? .null)
  }

  /// An integer of any width, or null. An event with an integer beyond 64 bits, signed, is rejected.
  @inlinable public static func int(_ value: (some BinaryInteger)?) -> Value {
    guard let value else { return .null }
    return Value(storage: Int64(exactly: value).map { .int64($0) } ?? .unsupported)
  }

  /// A single-precision number, or null.
  @inlinable public static func float(_ value: Float?) -> Value {
    Value(storage: value.map { .float32($0) } ?? .null)
  }

  /// A double-precision number, or null.
  @inlinable public static func double(_ value: Double?) -> Value {
    Value(storage: value.map { .float64($0) } ?? .null)
  }

  /// Text, or null.
  @inlinable public static func string(_ value: String?) -> Value {
    Value(storage: value.map { .string($0) } ?? .null)
  }

  /// A moment, or null.
  @inlinable public static func timestamp(_ value: Timestamp?) -> Value {
    Value(storage: value.map { .timestamp($0.microsecondsSince1970) } ?? .null)
  }

  /// Bytes that are no text, or null.
  @inlinable public static func bytes(_ value: [UInt8]?) -> Value {
    Value(storage: value.map { .bytes($0) } ?? .null)
  }

  /// A vector, such as an embedding, or null. All vectors of a column have the same number of elements, 1 to 65,536.
  @inlinable public static func vector(_ value: [Float]?) -> Value {
    Value(storage: value.map { .vector($0) } ?? .null)
  }

  /// A list of texts of any length, or null.
  @inlinable public static func strings(_ value: [String]?) -> Value {
    Value(storage: value.map { .strings($0) } ?? .null)
  }

  /// A list of numbers of any length, or null.
  @inlinable public static func doubles(_ value: [Double]?) -> Value {
    Value(storage: value.map { .doubles($0) } ?? .null)
  }
}

extension Value: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByStringInterpolation
{
  /// No value.
  @inlinable public init(nilLiteral: ()) { storage = .null }
  /// A boolean.
  @inlinable public init(booleanLiteral value: Bool) { storage = .bool(value) }
  /// An integer.
  @inlinable public init(integerLiteral value: Int64) { storage = .int64(value) }
  /// A double-precision number.
  @inlinable public init(floatLiteral value: Double) { storage = .float64(value) }
  /// Text.
  @inlinable public init(stringLiteral value: String) { storage = .string(value) }
}

extension Value: ExpressibleByArrayLiteral {
  /// A list of texts or a list of numbers. Elements of both kinds, or of any other, make the event be rejected.
  public init(arrayLiteral elements: Value...) {
    if elements.isEmpty {
      storage = .emptyList
      return
    }
    var strings: [String] = []
    var doubles: [Double] = []
    for element in elements {
      switch element.storage {
      case .string(let value): strings.append(value)
      case .float64(let value): doubles.append(value)
      case .float32(let value): doubles.append(Double(value))
      case .int64(let value):
        if let exact = Double(exactly: value) { doubles.append(exact) }
      default: break
      }
    }
    if strings.count == elements.count {
      storage = .strings(strings)
    } else if doubles.count == elements.count {
      storage = .doubles(doubles)
    } else {
      storage = .unsupported
    }
  }
}
