internal import HindcastFormat

/// The columns of a table: those we fill, by their source, and those that others added, which stay as they are.
struct DeltaSchema: Sendable {
  /// The members of the schema's `fields`, as they stand in the log.
  private(set) var fields: [JSONValue] = []
  /// What we write into data files, in the order of the schema.
  private(set) var columns: [(source: DeltaColumnSource, parquet: ParquetColumn)] = []
  private var places: [DeltaColumnSource: Int] = [:]
  private var takenNames: Set<String> = []

  private static let roleKey = "hindcast.role"
  private static let nameKey = "hindcast.name"

  /// A new table's: what every row has.
  init(hasIDs: Bool = true) {
    if hasIDs { add(DeltaColumnSource(role: ColumnRole.id.word, name: ColumnName.id, type: .string)) }
    add(DeltaColumnSource(role: ColumnRole.time.word, name: ColumnName.time, type: .timestamp))
    for column in DeltaColumnSource.LogColumn.allCases { add(.log(column)) }
  }

  /// From a table's `schemaString`. `table` names it in errors.
  init(parsing text: String, table: String) throws(ReplayError) {
    let schema = try JSONParser.parse(text.utf8, source: "the schema of \(table)")
    guard let fields = schema["fields"]?.array else {
      throw ReplayError(.damagedSink, "the schema of \(table) has no fields")
    }
    self.fields = fields
    for field in fields {
      guard let name = field["name"]?.string else {
        throw ReplayError(.damagedSink, "the schema of \(table) has a field without a name")
      }
      takenNames.insert(name.lowercased())
      if let role = field["metadata"]?[Self.roleKey]?.string, let logName = field["metadata"]?[Self.nameKey]?.string,
        let type = field["type"].flatMap({ DeltaType(schema: $0) })
      {
        note(DeltaColumnSource(role: role, name: logName, type: type), name)
      } else if field["nullable"]?.boolean == false {
        throw ReplayError(
          .unsupported, "\(table) has a column \(name) that is not ours and may not be null; a replay cannot fill it")
      }
    }
  }

  var text: String { JSONValue.object([("type", .string("struct")), ("fields", .array(fields))]).text }

  /// The place among `columns` of what is filled from `source`; a column that is new is added.
  mutating func place(_ source: DeltaColumnSource) -> Int {
    if let place = places[source] { return place }
    add(source)
    return columns.count - 1
  }

  private mutating func add(_ source: DeltaColumnSource) {
    let isRetyped = places.keys.contains { $0.role == source.role && $0.name == source.name }
    let name = DeltaColumnName.make(source, isRetyped: isRetyped, taken: takenNames)
    takenNames.insert(name.lowercased())
    fields.append(
      .object([
        ("name", .string(name)), ("type", source.type.schema), ("nullable", .boolean(true)),
        (
          "metadata",
          .object([(Self.roleKey, .string(source.role)), (Self.nameKey, .string(source.name))])
        ),
      ]))
    note(source, name)
  }

  private mutating func note(_ source: DeltaColumnSource, _ name: String) {
    guard places[source] == nil else { return }
    places[source] = columns.count
    columns.append((source, source.type.parquetColumn(name)))
  }
}
