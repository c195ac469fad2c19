internal import HindcastFormat

/// Finds the type of a column from its values: the narrowest that holds every one of them exactly, in the order bool,
/// int64, float64, timestamp, string; lists are lists of numbers or of strings.
struct ColumnInference: Equatable {
  private(set) var valueCount = 0
  private var possible: Possible = .all
  private var sawList = false
  private var sawScalar = false

  private struct Possible: OptionSet {
    let rawValue: UInt8
    static let bool = Possible(rawValue: 1)
    static let int64 = Possible(rawValue: 2)
    static let float64 = Possible(rawValue: 4)
    static let timestamp = Possible(rawValue: 8)
    static let doubleList = Possible(rawValue: 16)
    static let stringList = Possible(rawValue: 32)
    static let all: Possible = [.bool, .int64, .float64, .timestamp, .doubleList, .stringList]
    static let scalars: Possible = [.bool, .int64, .float64, .timestamp]
  }

  mutating func observe(_ cell: Cell, in record: InputRecord) {
    switch cell {
    case .null: return
    case .text(let range):
      if !possible.isDisjoint(with: .scalars) { observe(record.bytes[range]) }
    case .string(let range):
      let text = record.bytes[range]
      if possible.contains(.timestamp), TextValue.timestamp(text) == nil { possible.remove(.timestamp) }
      // JSON has no numbers for these, so that files spell them as strings.
      if possible.contains(.float64), TextValue.notFinite(text) == nil { possible.remove(.float64) }
      possible.formIntersection([.timestamp, .float64])
    case .bool: possible.formIntersection(.bool)
    case .int64(let value):
      possible.formIntersection(Double(exactly: value) == nil ? .int64 : [.int64, .float64])
    case .float64: possible.formIntersection(.float64)
    case .doubles: possible.formIntersection(.doubleList)
    case .strings: possible.formIntersection(.stringList)
    case .emptyList: possible.formIntersection([.doubleList, .stringList])
    }
    valueCount += 1
    switch cell {
    case .doubles, .strings, .emptyList: sawList = true
    default: sawScalar = true
    }
  }

  private mutating func observe(_ text: ArraySlice<UInt8>) {
    if possible.contains(.bool), TextValue.bool(text) == nil { possible.remove(.bool) }
    if possible.contains(.int64), TextValue.int64(text) == nil { possible.remove(.int64) }
    if possible.contains(.float64), TextValue.float64(text) == nil { possible.remove(.float64) }
    if possible.contains(.timestamp), TextValue.timestamp(text) == nil { possible.remove(.timestamp) }
    possible.formIntersection(.scalars)
  }

  /// nil where no type fits: lists on some lines and single values on others, or lists of both kinds. A column without any
  /// value is a string.
  var type: ColumnType? {
    if valueCount == 0 { return .string }
    if sawList {
      if sawScalar { return nil }
      return possible.contains(.doubleList) ? .doubleList : possible.contains(.stringList) ? .stringList : nil
    }
    if possible.contains(.bool) { return .bool }
    if possible.contains(.int64) { return .int64 }
    if possible.contains(.float64) { return .float64 }
    if possible.contains(.timestamp) { return .timestamp }
    return .string
  }
}

/// What a look through the input files found: which columns there are, and what they hold.
struct InputSurvey {
  private(set) var columns: [String] = []
  private(set) var inferences: [String: ColumnInference] = [:]
  private(set) var rowCount = 0

  /// Makes room for columns that a reader has. Their order is the one they were first seen in.
  mutating func add(columns names: [String]) {
    for name in names where inferences[name] == nil {
      columns.append(name)
      inferences[name] = ColumnInference()
    }
  }

  /// Reads rows until the end, or until `rowsMax` rows or `bytesMax` bytes of text have been seen.
  /// `onBad` decides about rows that cannot be read: it throws, or lets the survey go on.
  mutating func observe(
    _ reader: any RecordReader, rowsMax: Int = .max, onRow: (InputRecord) -> Void = { _ in },
    onBad: (RowProblem) throws -> Void
  ) throws {
    add(columns: reader.columns)
    var local = reader.columns.map { inferences[$0] ?? ColumnInference() }
    defer { for (name, inference) in zip(reader.columns, local) { inferences[name] = inference } }
    var seen = 0
    while seen < rowsMax {
      switch try reader.next() {
      case .end: return
      case .bad(let problem): try onBad(problem)
      case .row:
        let record = reader.record
        if reader.columns.count > local.count {
          let added = Array(reader.columns[local.count...])
          add(columns: added)
          local += added.map { inferences[$0] ?? ColumnInference() }
        }
        for (index, cell) in record.cells.enumerated() { local[index].observe(cell, in: record) }
        onRow(record)
        seen += 1
        rowCount += 1
      }
    }
  }
}
