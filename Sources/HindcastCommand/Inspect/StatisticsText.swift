internal import HindcastFormat
internal import HindcastReplay

/// What is known of a column's values, for people and for scripts.
enum StatisticsText {
  /// Nulls, distinct values, the smallest and the largest.
  static func cells(_ statistics: ZoneStatistics?, _ schema: ColumnSchema) -> [String] {
    guard let statistics else { return ["", "", "", ""] }
    let bounds = bounds(statistics, schema)
    return [
      Figures.grouped(statistics.nulls), statistics.distinct > 0 ? Figures.grouped(statistics.distinct) : "",
      bounds.smallest?.text ?? "", bounds.largest?.text ?? "",
    ]
  }

  static func json(_ statistics: ZoneStatistics, _ schema: ColumnSchema) -> JSONValue {
    var members: [(String, JSONValue)] = [("nulls", .integer(Int64(statistics.nulls)))]
    if statistics.distinct > 0 { members.append(("distinct", .integer(Int64(statistics.distinct)))) }
    if statistics.nans > 0 { members.append(("nans", .integer(Int64(statistics.nans)))) }
    let (smallest, largest) = bounds(statistics, schema)
    if let smallest { members.append(("smallest", smallest)) }
    if let largest { members.append(("largest", largest)) }
    return .object(members)
  }

  private static func bounds(
    _ statistics: ZoneStatistics, _ schema: ColumnSchema
  ) -> (smallest: JSONValue?, largest: JSONValue?) {
    switch statistics.bounds {
    case .integers(let bounds):
      let value: (Int64) -> JSONValue =
        switch schema.type {
        case .timestamp: { .string(TimestampText.format($0)) }
        case .bool: { .boolean($0 != 0) }
        default: { .integer($0) }
        }
      return (value(bounds.lowerBound), value(bounds.upperBound))
    case .numbers(let bounds):
      let value: (Double) -> JSONValue = { $0.isFinite ? .number($0) : .string("\($0)") }
      return (value(bounds.lowerBound), value(bounds.upperBound))
    case .texts(let from, let to):
      let text: ([UInt8]) -> JSONValue = {
        .string(schema.type == .uuid && $0.count == 16 ? UUIDText.format($0) : String(decoding: $0, as: UTF8.self))
      }
      return (text(from), to.map(text))
    case nil: return (nil, nil)
    }
  }
}
