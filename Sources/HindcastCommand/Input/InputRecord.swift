/// One row of an input file. The reader that made it uses the same record again for the next row.
struct InputRecord {
  /// Line of the file, from 1, where the row starts.
  var line = 0
  /// The text that cells point into.
  var bytes: [UInt8] = []
  /// One for each of the reader's columns, in the same order.
  var cells: [Cell] = []

  mutating func clear(line: Int) {
    self.line = line
    bytes.removeAll(keepingCapacity: true)
    cells.removeAll(keepingCapacity: true)
  }

  func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
}

/// The value of one column in one row, as the file has it.
enum Cell: Equatable {
  case null
  /// Text that may stand for a value of any type, as all of CSV does.
  case text(Range<Int>)
  /// Text that was marked as text, as a JSON string is: a string or a timestamp, never a number.
  case string(Range<Int>)
  case bool(Bool)
  case int64(Int64)
  case float64(Double)
  case strings([String])
  case doubles([Double])
  /// A list without elements, of either type.
  case emptyList
}

/// A row that cannot be imported, and why.
struct RowProblem: Error, Equatable {
  var file: String
  var line: Int
  var message: String

  /// `FILE:LINE: message`, which editors and terminals make a link of.
  var description: String { "\(file):\(line): \(message)" }
}

/// Reads one input file row by row.
protocol RecordReader: AnyObject {
  /// Names of the columns. Those of CSV are known from the start, those of JSON lines grow as keys turn up.
  var columns: [String] { get }
  /// The row that `next` last returned `.row` for.
  var record: InputRecord { get }
  /// Reads on. Throws `CommandError` where the file cannot be read any further.
  func next() throws -> ReadStep
}

enum ReadStep: Equatable {
  case row
  case bad(RowProblem)
  case end
}

/// The bounds of one row of an input file.
enum InputLimits {
  static let columnsMax = 4_096
  static let rowBytesMax = 64 << 20
  static let nestingMax = 16
}
