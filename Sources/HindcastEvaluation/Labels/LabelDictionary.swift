internal import HindcastFormat

/// Gives each distinct label a small number. Number 0 stands for "no label".
///
/// Numbers depend on the order in which labels come; nothing that is reported may.
struct LabelDictionary {
  static let none: UInt16 = 0

  /// Canonical text by number; the first is a placeholder for `none`.
  private(set) var texts = [""]
  private var numbers: [String: UInt16] = [:]
  /// Spellings seen, so that the canonical text is made once for each.
  private var integers: [Int64: UInt16] = [:]
  private var doubles: [UInt64: UInt16] = [:]
  private var floats: [UInt32: UInt16] = [:]
  private var strings: [IDHash: UInt16] = [:]

  /// The label number of every row. Throws for types that hold no labels, and over the limit of distinct ones.
  mutating func numbers(of column: Column, rowCount: Int) throws(EvaluationError) -> [UInt16] {
    var rows = [UInt16](repeating: Self.none, count: rowCount)
    for row in 0..<rowCount where !column.isNull(row) {
      rows[row] =
        switch column.values {
        case .bool(let values): try number(of: LabelText.canonical(values[row] != 0), column)
        case .int64(let values) where column.schema.type == .int64: try number(of: values[row], column)
        case .float32(let values) where column.schema.type == .float32: try number(of: values[row], column)
        case .float64(let values): try number(of: values[row], column)
        case .strings(let values) where column.schema.type == .string: try number(of: values, row, column)
        default:
          throw EvaluationError(
            .unusableColumn,
            "column '\(column.schema.qualifiedName)' is a \(column.schema.type.word): "
              + "labels are bool, int64, float32, float64 or string")
        }
    }
    return rows
  }

  private mutating func number(of value: Int64, _ column: Column) throws(EvaluationError) -> UInt16 {
    if let known = integers[value] { return known }
    let number = try number(of: LabelText.canonical(value), column)
    integers[value] = number
    return number
  }

  private mutating func number(of value: Double, _ column: Column) throws(EvaluationError) -> UInt16 {
    if value.isNaN { return Self.none }
    if let known = doubles[value.bitPattern] { return known }
    let number = try number(of: LabelText.canonical(value), column)
    doubles[value.bitPattern] = number
    return number
  }

  private mutating func number(of value: Float, _ column: Column) throws(EvaluationError) -> UInt16 {
    if value.isNaN { return Self.none }
    if let known = floats[value.bitPattern] { return known }
    let number = try number(of: LabelText.canonical(value), column)
    floats[value.bitPattern] = number
    return number
  }

  private mutating func number(of values: ByteStrings, _ row: Int, _ column: Column) throws(EvaluationError) -> UInt16 {
    let hash = IDHash(values, row)
    if let known = strings[hash] { return known }
    let number = try number(of: LabelText.canonical(values[row]), column)
    // Spellings are not limited as labels are (think of white space): those beyond the limit are just not remembered.
    if strings.count < EvaluationLimits.labelsMax { strings[hash] = number }
    return number
  }

  private mutating func number(of text: String?, _ column: Column) throws(EvaluationError) -> UInt16 {
    guard let text else { return Self.none }
    if let known = numbers[text] { return known }
    guard numbers.count < EvaluationLimits.labelsMax else {
      throw EvaluationError(
        .overLimit,
        "column '\(column.schema.qualifiedName)' brings the model over \(EvaluationLimits.labelsMax) distinct labels: "
          + "these are values, not classes; name the column that holds the label"
      )
    }
    let number = UInt16(texts.count)
    texts.append(text)
    numbers[text] = number
    return number
  }
}
