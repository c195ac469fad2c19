/// How a column follows from others of its block. Every operation is one that IEEE 754 defines exactly, so that every machine
/// computes the same.
enum ColumnRelation: Equatable {
  /// Equal values of the source go with equal values.
  case mapped
  /// Float64: an operation on two sources.
  case arithmetic(Arithmetic)
  /// Float64 with `exponent` decimals: the source times a factor, or a factor for each class of the second source, rounded
  /// to a whole number, and what is missing to the value's mantissa.
  case scaled(exponent: Int, factors: [Double])
  /// Integers: the source and what is missing.
  case offset

  enum Arithmetic: UInt8, CaseIterable {
    case sum, difference, product, quotient

    @inline(__always)
    func callAsFunction(_ one: Double, _ other: Double) -> Double {
      let result =
        switch self {
        case .sum: one + other
        case .difference: one - other
        case .product: one * other
        case .quotient: one / other
        }
      return result.isNaN ? Self.nan(of: one, other) : result
    }

    /// IEEE 754 leaves open which NaN comes out, and processors and compilers differ: here it is the first operand that is
    /// one, made quiet, or of two numbers always the same.
    private static func nan(of one: Double, _ other: Double) -> Double {
      guard let operand = one.isNaN ? one : other.isNaN ? other : nil else {
        return Double(bitPattern: 0xfff8_0000_0000_0000)
      }
      return Double(bitPattern: operand.bitPattern | 1 << 51)
    }
  }
}

/// A source's number as the operations take it; int64 is rounded to the nearest float64.
struct NumberSource {
  var numbers: [Double]

  /// nil: its values are no numbers.
  init?(_ values: ColumnValues) {
    switch values {
    case .float64(let floats): numbers = floats
    case .int64(let integers): numbers = integers.map { Double($0) }
    default: return nil
    }
  }
}

extension ColumnRelation {
  /// The whole number nearest to `number * factor`, ties to even; 0 where that is no integer below 2^53.
  @inline(__always)
  static func scaled(_ number: Double, by factor: Double) -> Int64 {
    let scaled = (number * factor).rounded(.toNearestOrEven)
    return scaled.magnitude < DecimalStep.mantissaMax ? Int64(scaled) : 0
  }
}

/// The columns of a block that another one is computed from, by name, since a block may be handed on with some of its columns.
struct RelatedSources: Equatable {
  struct Name: Equatable {
    var role: ColumnRole
    var name: String

    func matches(_ schema: ColumnSchema) -> Bool { schema.role == role && schema.name == name }
  }

  var names: [Name]

  static let countMax = 2

  func append(to data: inout [UInt8]) {
    data.append(UInt8(names.count))
    for name in names {
      data.append(name.role.rawValue)
      data.appendVarint(name.name.utf8.count)
      data += Array(name.name.utf8)
    }
  }

  init(_ names: [Name]) { self.names = names }

  init(reading data: inout ByteCursor) throws(FormatError) {
    let count = Int(try data.byte())
    guard count >= 1, count <= Self.countMax else {
      throw FormatError(.corrupt, "encoding step related has \(count) sources; 1 or 2 are possible")
    }
    names = []
    for _ in 0..<count {
      guard let role = ColumnRole(rawValue: try data.byte()) else {
        throw FormatError(.corrupt, "a source of encoding step related has an unknown role")
      }
      let length = try data.count(upTo: Limits.columnNameBytesMax, "the length of a source's name")
      names.append(Name(role: role, name: try data.take(length).utf8("a source's name")))
    }
  }
}
