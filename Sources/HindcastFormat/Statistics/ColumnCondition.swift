/// One thing that must hold of a row for a reader to want it: `amount >= 100`, `tag:region = 'eu'`.
///
/// A row without a value meets no condition, and so does every row of a block without the column. NaN meets `!=` only.
package struct ColumnCondition: Sendable, Equatable {
  /// `name` or `role:name`.
  package var column: String
  package var comparison: Comparison
  package var value: Value

  package enum Comparison: String, Sendable, CaseIterable {
    case equal = "="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
  }

  package enum Value: Sendable, Equatable {
    case truth(Bool)
    case integer(Int64)
    case number(Double)
    case text(String)
  }

  package init(_ column: String, _ comparison: Comparison, _ value: Value) {
    self.column = column
    self.comparison = comparison
    self.value = value
  }

  package func names(_ schema: ColumnSchema) -> Bool { column == schema.name || column == schema.qualifiedName }
}

// MARK: As text

extension ColumnCondition {
  /// `COLUMN OPERATOR VALUE`. The value is a number, `true` or `false`, or text, which must stand in quotes if it looks like
  /// one of the others; a quote in quotes is doubled. A column whose name holds an operator stands in double quotes.
  package init(parsing text: String) throws(FormatError) {
    func bad(_ problem: String) -> FormatError {
      FormatError(
        .badCondition, "the condition \"\(text)\" \(problem); write it like: amount >= 100, or tag:region = 'eu'")
    }
    var rest = Substring(text).trimmed
    let name: String
    if rest.first == "\"" {
      guard let quoted = Self.quoted(&rest) else { throw bad("has a quote that is not closed") }
      name = quoted
    } else {
      let end = rest.firstIndex { "=!<>".contains($0) } ?? rest.endIndex
      name = String(rest[..<end].trimmed)
      rest = rest[end...]
    }
    guard !name.isEmpty else { throw bad("names no column") }
    rest = rest.trimmed
    // The longer ones first: `<=` begins like `<`.
    let comparisons = Comparison.allCases.sorted { $0.rawValue.count > $1.rawValue.count }
    guard let comparison = comparisons.first(where: { rest.hasPrefix($0.rawValue) }) else {
      throw bad("has none of the operators = != < <= > >=")
    }
    rest = rest.dropFirst(comparison.rawValue.count).trimmed
    guard !rest.isEmpty else { throw bad("has no value") }
    if rest.first == "'" || rest.first == "\"" {
      guard let quoted = Self.quoted(&rest), rest.trimmed.isEmpty else {
        throw bad("has a quote that is not closed, or something behind it")
      }
      self.init(name, comparison, .text(quoted))
    } else {
      self.init(name, comparison, Self.bare(String(rest)))
    }
  }

  /// Takes what stands between two quotes off the front.
  private static func quoted(_ text: inout Substring) -> String? {
    guard let quote = text.popFirst() else { return nil }
    var value = ""
    while let character = text.popFirst() {
      if character != quote {
        value.append(character)
      } else if text.first == quote {
        value.append(quote)
        text.removeFirst()
      } else {
        return value
      }
    }
    return nil
  }

  private static func bare(_ text: String) -> Value {
    if text == "true" || text == "false" { return .truth(text == "true") }
    if let integer = Int64(text) { return .integer(integer) }
    if let number = Double(text), number.isFinite { return .number(number) }
    return .text(text)
  }
}

extension ColumnCondition: CustomStringConvertible {
  /// What `init(parsing:)` reads again.
  package var description: String {
    let name = column.contains { "=!<>\"".contains($0) || $0.isWhitespace } ? Self.quote(column, "\"") : column
    let text =
      switch value {
      case .truth(let value): "\(value)"
      case .integer(let value): "\(value)"
      case .number(let value): "\(value)"
      case .text(let value): Self.quote(value, "'")
      }
    return "\(name) \(comparison.rawValue) \(text)"
  }

  private static func quote(_ text: String, _ quote: Character) -> String {
    var quoted = String(quote)
    for character in text { quoted += character == quote ? "\(quote)\(quote)" : "\(character)" }
    return quoted + String(quote)
  }
}

extension Substring {
  fileprivate var trimmed: Substring {
    var text = drop { $0.isWhitespace }
    while text.last?.isWhitespace == true { text.removeLast() }
    return text
  }
}
