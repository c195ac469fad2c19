internal import HindcastFormat

/// Which column of the input becomes what.
struct ImportPlan: Equatable {
  /// A group of an event's fields. Which role its columns get depends on the kind of event.
  enum Group: String, Equatable {
    case feature
    case output
    case tag
    case actual
    case system
  }

  struct Field: Equatable {
    var column: String
    var group: Group
    /// What it is called in the log.
    var name: String
    var type: ColumnType
  }

  /// Where event times come from.
  enum Time: Equatable {
    case column(String, unit: TimeUnit?)
    /// The same moment for every row, microseconds since 1970 UTC.
    case fixed(Int64)
  }

  var id: String
  var time: Time
  var fields: [Field]
  /// Columns that stay behind, in the order of the file.
  var unused: [String]

  /// A column and what it becomes, in the order of the file, for people.
  func rows(of columns: [String]) -> [(column: String, type: String, use: String)] {
    columns.map { column in
      if column == id { return (column, ColumnType.string.word, "id") }
      if case .column(column, let unit) = time {
        return (column, unit.map { "number of \($0.rawValue)" } ?? ColumnType.timestamp.word, "time")
      }
      guard let field = fields.first(where: { $0.column == column }) else { return (column, "", "not imported") }
      return (
        column, field.type.word, field.name == column ? field.group.rawValue : "\(field.group.rawValue) \(field.name)"
      )
    }
  }
}

/// Makes an `ImportPlan` of what the user asked for and what the files hold.
struct ImportPlanner {
  var survey: InputSurvey
  var forcedTypes: [TypeAssignment]
  private var taken: [String: String] = [:]
  private(set) var fields: [ImportPlan.Field] = []

  init(survey: InputSurvey, forcedTypes: [TypeAssignment]) throws {
    self.survey = survey
    self.forcedTypes = forcedTypes
    for assignment in forcedTypes { try check(assignment.column, option: "--type") }
  }

  /// The id's column. It is stored as text whatever its values look like.
  mutating func takeID(_ column: String) throws -> String {
    try take(column, option: "--id")
    return column
  }

  /// The time's column, or a moment for all rows. `given` is what the user said, `usual` the names to look for otherwise.
  mutating func takeTime(_ given: String?, usual: [String], unit: TimeUnit?, now: Int64?) throws -> ImportPlan.Time {
    guard let column = given ?? usual.first(where: { survey.inferences[$0] != nil && taken[$0] == nil }) else {
      if let now { return .fixed(now) }
      throw CommandError(
        "--time is missing: name the column that holds the events' time. The columns are \(columnList).")
    }
    if survey.inferences[column] == nil, let moment = TimestampText.parse(column) { return .fixed(moment) }
    try take(column, option: "--time")
    switch (try type(of: column), unit) {
    case (.timestamp, nil): return .column(column, unit: nil)
    case (.int64, let unit?), (.float64, let unit?): return .column(column, unit: unit)
    case (.int64, nil), (.float64, nil):
      throw CommandError("the column '\(column)' holds numbers: say what they count with --time-unit s, ms, us or ns")
    case (let type, _):
      throw CommandError(
        "the column '\(column)' cannot be the time: its values are of type \(type.word); times look like 2026-11-23T08:00:00Z, or are numbers with --time-unit"
      )
    }
  }

  /// One column under a name with a meaning.
  mutating func take(
    _ column: String?, as group: ImportPlan.Group, named name: String, type: ColumnType? = nil, option: String
  ) throws {
    guard let column else { return }
    try take(column, option: option)
    guard name.utf8.count <= Limits.columnNameBytesMax else {
      throw CommandError(
        "the column name '\(name.prefix(64))...' is over \(Limits.columnNameBytesMax) bytes; shorten it")
    }
    fields.append(.init(column: column, group: group, name: name, type: try type ?? self.type(of: column)))
  }

  /// Several columns under their own names.
  mutating func take(_ columns: [String], as group: ImportPlan.Group, option: String) throws {
    for column in columns { try take(column, as: group, named: column, option: option) }
  }

  /// Columns that shall stay behind.
  mutating func leave(_ columns: [String], option: String) throws {
    for column in columns { try take(column, option: option) }
  }

  /// All columns that nobody took.
  var rest: [String] { survey.columns.filter { taken[$0] == nil } }

  func plan(id: String, time: ImportPlan.Time) -> ImportPlan {
    var used = Set(fields.map(\.column)).union([id])
    if case .column(let column, _) = time { used.insert(column) }
    return ImportPlan(id: id, time: time, fields: fields, unused: survey.columns.filter { !used.contains($0) })
  }

  private mutating func take(_ column: String, option: String) throws {
    try check(column, option: option)
    if let other = taken[column] {
      throw CommandError(
        "the column '\(column)' is given twice, in \(other) and in \(option); a column becomes one thing")
    }
    taken[column] = option
  }

  private func check(_ column: String, option: String) throws {
    guard survey.inferences[column] != nil else {
      throw CommandError("there is no column '\(column)' (\(option)). The columns are \(columnList).")
    }
  }

  private func type(of column: String) throws -> ColumnType {
    if let forced = forcedTypes.first(where: { $0.column == column }) { return forced.type }
    guard let type = survey.inferences[column]?.type else {
      throw CommandError(
        "the column '\(column)' holds lists on some lines and other values elsewhere, or lists of numbers and of texts; leave it out with --leave \(column)"
      )
    }
    return type
  }

  private var columnList: String {
    let shown = survey.columns.prefix(30).map { "'\($0)'" }.joined(separator: ", ")
    return survey.columns.count > 30 ? "\(shown) and \(survey.columns.count - 30) more" : shown
  }
}
