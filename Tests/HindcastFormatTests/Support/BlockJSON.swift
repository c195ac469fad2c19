@testable import HindcastFormat

/// A block as JSON text for people and golden files: one line a column, null for rows without a value, floats that JSON
/// cannot hold as the hexadecimal text of their bits.
enum BlockJSON {
  static func text(_ block: Block) -> String {
    var lines = ["{"]
    lines.append("  \"kind\": \(quoted(block.stream.kind.word)), \"model\": \(quoted(block.stream.model)),")
    lines.append(
      "  \"version\": \(quoted(block.stream.version)), \"environment\": \(quoted(block.stream.environment.word)),")
    lines.append("  \"rows\": \(block.rowCount),")
    lines.append("  \"columns\": [")
    lines.append(block.columns.map { "    " + text($0) }.joined(separator: ",\n"))
    lines.append("  ]")
    lines.append("}")
    return lines.joined(separator: "\n") + "\n"
  }

  private static func text(_ column: Column) -> String {
    let values = (0..<column.rowCount).map { column.isNull($0) ? "null" : value(column, $0) }
    let dimension = column.schema.dimension > 0 ? " \"dimension\": \(column.schema.dimension)," : ""
    return "{\"name\": \(quoted(column.name)), \"role\": \(quoted(column.schema.role.word)), "
      + "\"type\": \(quoted(column.schema.type.word)),\(dimension) \"values\": [\(values.joined(separator: ", "))]}"
  }

  private static func value(_ column: Column, _ row: Int) -> String {
    switch column.values {
    case .bool(let values): return values[row] == 1 ? "true" : "false"
    case .int64(let values): return String(values[row])
    case .float32(let values) where column.schema.type == .vector:
      let dimension = column.schema.dimension
      return "[" + values[row * dimension..<(row + 1) * dimension].map(number).joined(separator: ", ") + "]"
    case .float32(let values): return number(values[row])
    case .float64(let values): return number(values[row])
    case .strings(let values) where column.schema.type == .bytes: return quoted(hex(values[row]))
    case .strings(let values): return quoted(values.string(row))
    case .uuid(let values): return quoted(UUIDText.format(values[row * 16..<row * 16 + 16]))
    case .stringList(let offsets, let elements):
      return "["
        + (Int(offsets[row])..<Int(offsets[row + 1])).map { quoted(elements.string($0)) }.joined(separator: ", ") + "]"
    case .doubleList(let offsets, let elements):
      return "[" + elements[Int(offsets[row])..<Int(offsets[row + 1])].map(number).joined(separator: ", ") + "]"
    }
  }

  private static func number(_ value: Double) -> String {
    value.isFinite ? "\(value)" : quoted("0x" + String(value.bitPattern, radix: 16))
  }

  private static func number(_ value: Float) -> String {
    value.isFinite ? "\(value)" : quoted("0x" + String(value.bitPattern, radix: 16))
  }

  static func quoted(_ text: String) -> String {
    "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }

  static func hex(_ bytes: some Collection<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
