internal import HindcastFormat

/// The values of one column that wait to be written as a part of the next row group.
struct ParquetColumnBuffer {
  let column: ParquetColumn
  private(set) var rowCount = 0
  /// nil: no row is null so far.
  private(set) var validity: Bitmap?
  /// Lists only: the elements of each row that is not null.
  private(set) var listLengths: [UInt32] = []
  /// Of the rows that are not null, in order; of lists the elements of all of them.
  private(set) var values = ParquetValues()

  init(_ column: ParquetColumn) { self.column = column }

  var byteCount: Int { values.byteCount + 4 * listLengths.count }
  var nullCount: Int { validity.map { $0.count - $0.setCount } ?? 0 }
  func isNull(_ row: Int) -> Bool { validity.map { !$0[row] } ?? false }

  mutating func removeAll() {
    rowCount = 0
    validity = nil
    listLengths.removeAll(keepingCapacity: true)
    values.removeAll()
  }

  mutating func appendNulls(count: Int) {
    guard count > 0 else { return }
    if validity == nil { validity = Bitmap(repeating: true, count: rowCount) }
    validity!.append(repeating: false, count: count)
    rowCount += count
  }

  /// The same value for `count` rows.
  mutating func append(_ text: [UInt8], count: Int) {
    for _ in 0..<count { values.strings.append(text) }
    noteValues(count: count)
  }

  mutating func append(_ number: Int64, count: Int) {
    values.int64s.append(contentsOf: repeatElement(number, count: count))
    noteValues(count: count)
  }

  mutating func append(_ numbers: ArraySlice<Int64>) {
    values.int64s.append(contentsOf: numbers)
    noteValues(count: numbers.count)
  }

  /// Rows of a column of the log whose type `ParquetColumn(storing:)` gave this buffer's column.
  mutating func append(_ source: Column, rows: Range<Int>) {
    guard let sourceValidity = source.validity else {
      values.append(source, rows: rows, listLengths: &listLengths)
      return noteValues(count: rows.count)
    }
    var row = rows.lowerBound
    while row < rows.upperBound {
      let isValid = sourceValidity[row]
      var end = row + 1
      while end < rows.upperBound, sourceValidity[end] == isValid { end += 1 }
      if isValid {
        values.append(source, rows: row..<end, listLengths: &listLengths)
        noteValues(count: end - row)
      } else {
        appendNulls(count: end - row)
      }
      row = end
    }
  }

  private mutating func noteValues(count: Int) {
    validity?.append(repeating: true, count: count)
    rowCount += count
  }
}

/// Values by physical type; one of the stores is in use, by the column's type. (An enum would copy its array when it
/// grows.)
struct ParquetValues {
  var booleans: [UInt8] = []
  var int64s: [Int64] = []
  var floats: [Float] = []
  var doubles: [Double] = []
  var strings = ByteStrings()

  var byteCount: Int {
    booleans.count + 8 * int64s.count + 4 * floats.count + 8 * doubles.count + strings.bytes.count + 4 * strings.count
  }

  mutating func removeAll() {
    booleans.removeAll(keepingCapacity: true)
    int64s.removeAll(keepingCapacity: true)
    floats.removeAll(keepingCapacity: true)
    doubles.removeAll(keepingCapacity: true)
    strings.removeAll(keepingCapacity: true)
  }

  fileprivate mutating func append(_ source: Column, rows: Range<Int>, listLengths: inout [UInt32]) {
    switch source.values {
    case .bool(let bytes): booleans.append(contentsOf: bytes[rows])
    case .int64(let numbers): int64s.append(contentsOf: numbers[rows])
    case .float64(let numbers): doubles.append(contentsOf: numbers[rows])
    case .float32(let numbers):
      let dimension = source.schema.dimension
      if source.schema.type == .vector {
        listLengths.append(contentsOf: repeatElement(UInt32(dimension), count: rows.count))
        floats.append(contentsOf: numbers[rows.lowerBound * dimension..<rows.upperBound * dimension])
      } else {
        floats.append(contentsOf: numbers[rows])
      }
    case .strings(let texts): strings.append(texts, rows)
    case .uuid(let bytes):
      for row in rows { strings.appendUUIDText(bytes[row * 16..<row * 16 + 16]) }
    case .stringList(let offsets, let elements):
      for row in rows { listLengths.append(offsets[row + 1] - offsets[row]) }
      strings.append(elements, Int(offsets[rows.lowerBound])..<Int(offsets[rows.upperBound]))
    case .doubleList(let offsets, let elements):
      for row in rows { listLengths.append(offsets[row + 1] - offsets[row]) }
      doubles.append(contentsOf: elements[Int(offsets[rows.lowerBound])..<Int(offsets[rows.upperBound])])
    }
  }
}

extension ByteStrings {
  /// A range of another's strings.
  fileprivate mutating func append(_ other: ByteStrings, _ range: Range<Int>) {
    let start = other.offsets[range.lowerBound]
    let base = UInt32(bytes.count)
    bytes.append(contentsOf: other.bytes[Int(start)..<Int(other.offsets[range.upperBound])])
    for index in range { offsets.append(base + (other.offsets[index + 1] - start)) }
  }

  /// A uuid's canonical text.
  fileprivate mutating func appendUUIDText(_ uuid: ArraySlice<UInt8>) {
    UUIDText.append(uuid, to: &bytes)
    offsets.append(UInt32(bytes.count))
  }
}
