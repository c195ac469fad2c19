/// Reads CSV as RFC 4180 has it: quoted fields with doubled quotes and line breaks in them; LF, CRLF or CR; a byte order
/// mark is passed over; blank lines are passed over; the first row names the columns. An empty field is null.
///
/// A bad row is reported and reading goes on with the next one.
final class CSVReader: RecordReader {
  private(set) var columns: [String] = []
  private(set) var record = InputRecord()

  private let input: ByteInput
  private let delimiter: UInt8
  /// Field texts that mean null, beside the empty one.
  private let nullTexts: [[UInt8]]
  private var chunk: [UInt8]
  private var cursor = 0
  /// Line of the byte at the cursor, from 1.
  private var line = 1
  /// The last byte was a CR that ended a row: an LF right behind it belongs to it.
  private var passesOverLineFeed = false
  private var fieldStart = 0
  private var problem: String?

  private static let quote = UInt8(ascii: "\"")
  private static let lineFeed = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")

  /// `start` holds bytes of the input that were already read from it.
  init(_ input: ByteInput, start: [UInt8], delimiter: UInt8 = UInt8(ascii: ","), nullTexts: [String] = []) throws {
    self.input = input
    self.delimiter = delimiter
    self.nullTexts = nullTexts.map { Array($0.utf8) }
    chunk = start
    if chunk.isEmpty { _ = try input.read(into: &chunk) }
    if chunk.starts(with: [0xef, 0xbb, 0xbf]) { cursor = 3 }
    try readHeader()
  }

  func next() throws -> ReadStep {
    guard try readRow() else { return .end }
    if problem == nil, record.cells.count != columns.count {
      problem =
        "\(record.cells.count) fields, but the header has \(columns.count); "
        + (record.cells.count > columns.count ? "quote fields that hold the separator" : "add the missing separators")
        + ", or pass over such rows with --skip-bad-rows"
    }
    if problem == nil { checkText() }
    if let problem { return .bad(RowProblem(file: input.name, line: record.line, message: problem)) }
    return .row
  }

  private func readHeader() throws {
    guard try readRow() else { throw CommandError("\(input.name) is empty; the first row must name the columns") }
    checkText()
    if let problem { throw CommandError("\(input.name):\(record.line): \(problem)") }
    columns = record.cells.map { if case .text(let range) = $0 { record.text(range) } else { "" } }
    for (index, name) in columns.enumerated() {
      if name.isEmpty {
        throw CommandError(
          "\(input.name):\(record.line): column \(index + 1) has no name in the first row; give it one")
      }
      if columns[..<index].contains(name) {
        throw CommandError("\(input.name):\(record.line): two columns are named '\(name)'; rename one")
      }
    }
  }

  private enum State { case fieldStart, unquoted, quoted, afterQuote }

  /// One row into `record`; false at the end of the input.
  private func readRow() throws -> Bool {
    record.clear(line: line)
    problem = nil
    fieldStart = 0
    var state = State.fieldStart
    while true {
      if cursor == chunk.count {
        cursor = 0
        if try !input.read(into: &chunk) {
          chunk = []
          if state == .quoted {
            problem = "a quote that is opened in this row is never closed; the file may be cut short"
          }
          if record.cells.isEmpty, record.bytes.isEmpty, state == .fieldStart { return false }
          endField()
          return true
        }
      }
      if passesOverLineFeed {
        passesOverLineFeed = false
        if chunk[cursor] == Self.lineFeed {
          cursor += 1
          continue
        }
      }
      switch state {
      case .fieldStart:
        if chunk[cursor] == Self.quote {
          cursor += 1
          state = .quoted
        } else {
          state = .unquoted
        }
      case .unquoted:
        takeUnquoted()
        guard cursor < chunk.count else { break }
        if let isRowEnd = takeSeparator() {
          state = .fieldStart
          if isRowEnd, finishRow() { return true }
        }
      case .quoted:
        takeQuoted()
        if cursor < chunk.count {  // at a quote
          cursor += 1
          state = .afterQuote
        }
      case .afterQuote:
        if chunk[cursor] == Self.quote {
          record.bytes.append(Self.quote)
          cursor += 1
          state = .quoted
        } else if let isRowEnd = takeSeparator() {
          state = .fieldStart
          if isRowEnd, finishRow() { return true }
        } else {
          problem =
            problem
            ?? "text behind a closing quote in field \(record.cells.count + 1); double the quotes inside a quoted field"
          state = .unquoted
        }
      }
      if record.bytes.count > InputLimits.rowBytesMax {
        throw CommandError(
          "\(input.name):\(record.line): a row of more than \(InputLimits.rowBytesMax >> 20) MiB; a quote may have been opened and never closed"
        )
      }
    }
  }

  /// At a separator or line end: ends the field, passes over it and says whether the row ends too. Elsewhere nil.
  private func takeSeparator() -> Bool? {
    let byte = chunk[cursor]
    guard byte == delimiter || byte == Self.lineFeed || byte == Self.carriageReturn else { return nil }
    cursor += 1
    if byte == delimiter {
      endField()
      return false
    }
    line += 1
    passesOverLineFeed = byte == Self.carriageReturn
    endField()
    return true
  }

  /// False for a blank line, which is no row: then the record is empty again.
  private func finishRow() -> Bool {
    if record.cells.count == 1, record.bytes.isEmpty, problem == nil {
      record.clear(line: line)
      fieldStart = 0
      return false
    }
    return true
  }

  private func endField() {
    guard record.cells.count < InputLimits.columnsMax else {
      problem = "more than \(InputLimits.columnsMax) fields"
      fieldStart = record.bytes.count
      return
    }
    let range = fieldStart..<record.bytes.count
    fieldStart = range.upperBound
    let isNull = range.isEmpty || nullTexts.contains { $0.elementsEqual(record.bytes[range]) }
    record.cells.append(isNull ? .null : .text(range))
  }

  /// Copies up to the next separator or line end.
  private func takeUnquoted() {
    let from = cursor
    let delimiter = delimiter
    cursor = chunk.withUnsafeBufferPointer { bytes in
      var index = from
      while index < bytes.count {
        let byte = bytes[index]
        if byte == delimiter || byte == Self.lineFeed || byte == Self.carriageReturn { break }
        index += 1
      }
      return index
    }
    record.bytes.append(contentsOf: chunk[from..<cursor])
  }

  /// Copies up to the next quote, counting lines.
  private func takeQuoted() {
    let from = cursor
    var lines = 0
    cursor = chunk.withUnsafeBufferPointer { bytes in
      var index = from
      while index < bytes.count, bytes[index] != Self.quote {
        if bytes[index] == Self.lineFeed { lines += 1 }
        index += 1
      }
      return index
    }
    line += lines
    record.bytes.append(contentsOf: chunk[from..<cursor])
  }

  private func checkText() {
    // A character split between two fields makes a whole row valid, but neither field.
    let isValid =
      record.bytes.isValidUTF8
      && record.cells.allSatisfy {
        if case .text(let range) = $0 { record.bytes[range.lowerBound] & 0xc0 != 0x80 } else { true }
      }
    guard !isValid else { return }
    let index = record.cells.firstIndex {
      if case .text(let range) = $0 { !Array(record.bytes[range]).isValidUTF8 } else { false }
    }
    let place = index.map { $0 < columns.count ? "column '\(columns[$0])'" : "field \($0 + 1)" } ?? "the row"
    problem = "\(place) is not valid UTF-8; convert the file first: iconv -f LATIN1 -t UTF-8 FILE"
  }
}

extension [UInt8] {
  var isValidUTF8: Bool {
    withUnsafeBufferPointer { bytes in
      bytes.allSatisfy { $0 < 0x80 } || String(validating: bytes, as: UTF8.self) != nil
    }
  }
}
