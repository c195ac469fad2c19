@testable import HindcastFormat

/// The stream that most tests write to.
let fraudStream = StreamKey(kind: .prediction, model: "fraud", version: "7", environment: .production)

/// A block of predictions with these columns behind id and time.
func predictions(_ rowCount: Int, _ columns: [Column] = []) -> Block {
  Block(
    stream: fraudStream, rowCount: rowCount,
    columns: [
      Column(ColumnSchema("id", role: .id, type: .string), .strings(ByteStrings((0..<rowCount).map { "p\($0)" }))),
      Column(
        ColumnSchema("time", role: .time, type: .timestamp),
        .int64((0..<rowCount).map { 1_700_000_000_000_000 + Int64($0) * 1_000_000 })),
    ] + columns)
}

func feature(_ name: String, _ type: ColumnType, _ values: ColumnValues, dimension: Int = 0) -> Column {
  Column(ColumnSchema(name, role: .feature, type: type, dimension: dimension), values)
}

/// What an operation threw; nil if it did not.
func thrown(_ body: () throws(FormatError) -> Void) -> FormatError? {
  do throws(FormatError) {
    try body()
    return nil
  } catch {
    return error
  }
}
