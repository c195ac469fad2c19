internal import HindcastReplay

/// Reads JSON lines: one object a line, its keys are the columns. Objects in it are flattened with dots
/// (`{"a":{"b":1}}` is column `a.b`); lists of numbers or of strings are list values; blank lines are passed over.
///
/// A bad row is reported and reading goes on with the next line.
final class JSONLinesReader: RecordReader {
  private(set) var columns: [String] = []
  private(set) var record = InputRecord()

  private let input: ByteInput
  private var chunk: [UInt8]
  private var cursor = 0
  private var line = 0
  private var text: [UInt8] = []
  private var indexes: [String: Int] = [:]

  private struct Problem: Error {
    let message: String
  }

  /// `start` holds bytes of the input that were already read from it.
  init(_ input: ByteInput, start: [UInt8]) {
    self.input = input
    chunk = start
    if chunk.starts(with: [0xef, 0xbb, 0xbf]) { cursor = 3 }
  }

  func next() throws -> ReadStep {
    repeat {
      guard try readLine() else { return .end }
    } while text.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0d }
    record.clear(line: line)
    record.cells.append(contentsOf: repeatElement(.null, count: columns.count))
    do throws(Problem) {
      try takeLine()
      return .row
    } catch {
      return .bad(RowProblem(file: input.name, line: line, message: error.message))
    }
  }

  private func takeLine() throws(Problem) {
    guard text.isValidUTF8 else {
      throw Problem(message: "not valid UTF-8; convert the file first: iconv -f LATIN1 -t UTF-8 FILE")
    }
    let value: JSONValue
    do throws(ReplayError) { value = try JSONParser.parse(text, source: "the line") } catch {
      throw Problem(message: error.message)
    }
    guard case .object(let members) = value else {
      throw Problem(message: "a line must hold one JSON object: {\"name\": value, ...}")
    }
    try take(members, prefix: "", depth: 1)
  }

  private func take(_ members: [JSONValue.Member], prefix: String, depth: Int) throws(Problem) {
    for member in members {
      let name = prefix + member.name
      if case .object(let inner) = member.value {
        guard depth < InputLimits.nestingMax else {
          throw Problem(message: "objects nested deeper than \(InputLimits.nestingMax)")
        }
        try take(inner, prefix: name + ".", depth: depth + 1)
      } else {
        let index = try index(of: name)
        guard record.cells[index] == .null else { throw Problem(message: "the key '\(name)' stands there twice") }
        record.cells[index] = try cell(member.value, name)
      }
    }
  }

  private func index(of name: String) throws(Problem) -> Int {
    if let known = indexes[name] { return known }
    guard columns.count < InputLimits.columnsMax else {
      throw Problem(
        message: "more than \(InputLimits.columnsMax) different keys; keys that hold data belong into a value")
    }
    indexes[name] = columns.count
    columns.append(name)
    record.cells.append(.null)
    return columns.count - 1
  }

  private func cell(_ value: JSONValue, _ name: String) throws(Problem) -> Cell {
    switch value {
    case .null: return .null
    case .boolean(let value): return .bool(value)
    case .integer(let value): return .int64(value)
    case .number(let value): return .float64(value)
    case .string(let string):
      let start = record.bytes.count
      record.bytes.append(contentsOf: string.utf8)
      return .string(start..<record.bytes.count)
    case .array(let elements): return try list(elements, name)
    case .object: throw Problem(message: "the list '\(name)' holds an object; only numbers or strings can be in a list")
    }
  }

  private func list(_ elements: [JSONValue], _ name: String) throws(Problem) -> Cell {
    if elements.isEmpty { return .emptyList }
    var doubles: [Double] = []
    var strings: [String] = []
    for element in elements {
      switch element {
      case .string(let value): strings.append(value)
      case .number(let value): doubles.append(value)
      case .integer(let value):
        guard let exact = Double(exactly: value) else {
          throw Problem(
            message: "\(value) in the list '\(name)' has more digits than a float64 holds; send it as a string")
        }
        doubles.append(exact)
      default: throw Problem(message: "the list '\(name)' holds something that is neither a number nor a string")
      }
    }
    if doubles.count == elements.count { return .doubles(doubles) }
    guard strings.count == elements.count else {
      throw Problem(message: "the list '\(name)' mixes numbers and strings")
    }
    return .strings(strings)
  }

  /// The next line, without its end, into `text`; false at the end of the input.
  private func readLine() throws -> Bool {
    text.removeAll(keepingCapacity: true)
    line += 1
    while true {
      if cursor == chunk.count {
        cursor = 0
        if try !input.read(into: &chunk) {
          chunk = []
          return !text.isEmpty
        }
      }
      let rest = chunk[cursor...]
      if let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
        text.append(contentsOf: chunk[cursor..<end])
        cursor = end + 1
        return true
      }
      text.append(contentsOf: rest)
      cursor = chunk.count
      guard text.count <= InputLimits.rowBytesMax else {
        throw CommandError(
          "\(input.name):\(line): a line of more than \(InputLimits.rowBytesMax >> 20) MiB; JSON lines have one object a line"
        )
      }
    }
  }
}
