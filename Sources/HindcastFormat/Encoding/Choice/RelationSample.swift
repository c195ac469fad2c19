/// Rows from all over a block, and what its columns are like in them.
struct RelationSample {
  /// A column of numbers without nulls; by row of the block.
  struct Numbers {
    var column: Int
    fileprivate var values: ColumnValues

    subscript(row: Int) -> Double {
      switch values {
      case .float64(let floats): floats[row]
      case .int64(let integers): Double(integers[row])
      default: 0
      }
    }
  }

  /// Classes of the sampled values.
  struct Classes {
    var count: Int
    fileprivate var codes: [Int64]
    fileprivate var stride: Int

    func code(ofRow row: Int) -> Int { codes.isEmpty ? 0 : Int(codes[row / stride]) }
  }

  private let stride: Int
  private let all: [Int]
  /// At most `sourcesMax`.
  private(set) var numbers: [Numbers] = []
  /// By column; nil where most values differ, and for columns that are wide.
  private(set) var classes: [Classes?] = []

  private static let rowsMax = 16_384
  private static let sourcesMax = 48

  init(_ block: Block) {
    stride = max(1, (block.rowCount + Self.rowsMax - 1) / Self.rowsMax)
    all = Array(Swift.stride(from: 0, to: block.rowCount, by: stride))
    for (index, column) in block.columns.enumerated() {
      if column.validity == nil, numbers.count < Self.sourcesMax, column.schema.role != .id,
        !column.schema.isRowPosition
      {
        switch column.values {
        case .float64, .int64: numbers.append(Numbers(column: index, values: column.values))
        default: break
        }
      }
      classes.append(
        ValueClasses(column.values.taking(rows: Self.isWide(column) ? [] : all, dimension: 0)).flatMap { classes in
          classes.count == 0 ? nil : Classes(count: classes.count, codes: classes.codes, stride: stride)
        })
    }
  }

  private static func isWide(_ column: Column) -> Bool {
    switch column.values {
    case .bool, .int64, .float64, .strings: false
    default: true
    }
  }

  var rowCount: Int { all.count }
  var oneClass: Classes? { Classes(count: 1, codes: [], stride: 1) }

  /// Sampled rows in which the column has a value.
  func rows(of column: Column) -> [Int] {
    guard let validity = column.validity else { return all }
    return all.filter { validity[$0] }
  }

  func values(_ values: [Double], _ rows: [Int]) -> [Double] { rows.map { values[$0] } }

  /// Columns of at most so many classes, by which numbers may be grouped.
  func groups(upTo count: Int) -> [Int] {
    classes.indices.filter { index in classes[index].map { $0.count > 1 && $0.count <= count } ?? false }
  }
}
