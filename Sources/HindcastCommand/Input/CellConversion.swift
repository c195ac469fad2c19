internal import Hindcast
internal import HindcastFormat

/// Why a cell does not fit its column's type.
struct CellProblem: Error, Equatable {
  let message: String
}

extension InputRecord {
  /// The cell as a value of the type, exactly; nil if it is null.
  func value(of cell: Cell, as type: ColumnType) throws(CellProblem) -> Value? {
    if cell == .null { return nil }
    let value: Value? =
      switch type {
      case .bool: bool(cell).map { .bool($0) }
      case .int64: int64(cell).map { .int($0) }
      case .float64: float64(cell).map { .double($0) }
      case .float32: float64(cell).map { .float(Float($0)) }
      case .timestamp: timestamp(cell).map { .timestamp(Timestamp(microsecondsSince1970: $0)) }
      case .string: .string(string(cell))
      case .stringList: strings(cell).map { .strings($0) }
      case .doubleList: doubles(cell).map { .doubles($0) }
      case .vector: doubles(cell).map { .vector($0.map { Float($0) }) }
      case .bytes, .uuid: nil
      }
    guard let value else { throw CellProblem(message: "'\(shown(cell))' is no \(type.word)") }
    return value
  }

  func string(_ cell: Cell) -> String {
    switch cell {
    case .null: ""
    case .text(let range), .string(let range): text(range)
    case .bool(let value): value ? "true" : "false"
    case .int64(let value): "\(value)"
    case .float64(let value): "\(value)"
    case .strings(let values): "\(values)"
    case .doubles(let values): "\(values)"
    case .emptyList: "[]"
    }
  }

  func float64(_ cell: Cell) -> Double? {
    switch cell {
    case .text(let range): TextValue.float64(bytes[range])
    case .string(let range): TextValue.notFinite(bytes[range])
    case .int64(let value): Double(exactly: value)
    case .float64(let value): value
    default: nil
    }
  }

  func int64(_ cell: Cell) -> Int64? {
    switch cell {
    case .text(let range): TextValue.int64(bytes[range])
    case .int64(let value): value
    default: nil
    }
  }

  /// Microseconds since 1970 UTC.
  func timestamp(_ cell: Cell) -> Int64? {
    switch cell {
    case .text(let range), .string(let range): TextValue.timestamp(bytes[range])
    default: nil
    }
  }

  func bool(_ cell: Cell) -> Bool? {
    switch cell {
    case .text(let range): TextValue.bool(bytes[range])
    case .bool(let value): value
    default: nil
    }
  }

  private func strings(_ cell: Cell) -> [String]? {
    switch cell {
    case .strings(let values): values
    case .emptyList: []
    default: nil
    }
  }

  private func doubles(_ cell: Cell) -> [Double]? {
    switch cell {
    case .doubles(let values): values
    case .emptyList: []
    default: nil
    }
  }

  private func shown(_ cell: Cell) -> String {
    let text = string(cell)
    return text.count > 40 ? text.prefix(40) + "..." : text
  }
}
