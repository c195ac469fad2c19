package import CHindcastProto
package import HindcastFormat

/// Which blocks a reader wants, and in which form.
package struct ReadRequest: WireMessage, Equatable {
  package static let coding = WireCoding(
    messageName: "ReadRequest", initialize: hindcast__v1__read_request__init,
    unpack: hindcast__v1__read_request__unpack,
    packedByteCount: hindcast__v1__read_request__get_packed_size, pack: hindcast__v1__read_request__pack)

  /// A time range that ends exactly at 1970-01-01 travels without its end, since 0 stands for "no bound" on the wire.
  package var query: ReadQuery
  /// `name` or `role:name`; empty: all.
  package var columns: [String]
  /// At the end wait for more instead of closing.
  package var follows: Bool
  /// The server decodes, filters by row and sends plain columns.
  package var isPlain: Bool

  package init(_ query: ReadQuery, columns: [String] = [], follows: Bool = false, isPlain: Bool = false) {
    self.query = query
    self.columns = columns
    self.follows = follows
    self.isPlain = isPlain
  }

  package var choice: ColumnChoice { columns.isEmpty ? .all : .named(Set(columns)) }

  package init(_ view: Hindcast__V1__ReadRequest) throws(FormatError) {
    query = ReadQuery()
    query.fromPosition = max(1, view.from_position)
    query.toPosition = view.to_position == 0 ? nil : view.to_position
    let model = try view.model.utf8("model")
    query.model = model.isEmpty ? nil : model
    let version = try view.version.utf8("version")
    query.version = version.isEmpty ? nil : version
    for index in 0..<view.n_kinds {
      query.kinds.insert(try required(EventKind.optional(view.kinds[index]), "kinds[\(index)]"))
    }
    query.environment = try Environment.optional(view.environment)
    query.times = try Self.times(from: view.from_time, to: view.to_time)
    query.conditions = try Self.conditions(view)
    columns = try Self.columns(view)
    follows = view.follow != 0
    isPlain = view.plain != 0
  }

  private static func times(from: Int64, to: Int64) throws(FormatError) -> Range<Int64>? {
    if from == 0, to == 0 { return nil }
    let upper = to == 0 ? Int64.max : to
    guard from <= upper else {
      throw FormatError(
        .invalid, "from_time \(from) is later than to_time \(to); times are microseconds since 1970 UTC")
    }
    return from..<upper
  }

  private static func conditions(_ view: Hindcast__V1__ReadRequest) throws(FormatError) -> [ColumnCondition] {
    guard view.n_conditions <= WireLimits.conditionsMax else {
      throw FormatError(
        .overLimit, "\(view.n_conditions) conditions; the most is \(WireLimits.conditionsMax)")
    }
    var conditions: [ColumnCondition] = []
    for index in 0..<view.n_conditions {
      let text = try view.conditions[index].utf8("conditions[\(index)]")
      guard text.utf8.count <= WireLimits.conditionBytesMax else {
        throw FormatError(
          .overLimit, "conditions[\(index)] has \(text.utf8.count) bytes; the most is \(WireLimits.conditionBytesMax)")
      }
      conditions.append(try ColumnCondition(parsing: text))
    }
    return conditions
  }

  private static func columns(_ view: Hindcast__V1__ReadRequest) throws(FormatError) -> [String] {
    guard view.n_columns <= WireLimits.columnChoicesMax else {
      throw FormatError(
        .overLimit,
        "\(view.n_columns) columns are asked for; ask for at most \(WireLimits.columnChoicesMax), or for all with none")
    }
    var columns: [String] = []
    for index in 0..<view.n_columns {
      let name = try view.columns[index].utf8("columns[\(index)]")
      guard !name.isEmpty, name.utf8.count <= WireLimits.columnChoiceBytesMax else {
        throw FormatError(
          .invalid, "columns[\(index)] has \(name.utf8.count) bytes; a name has 1 to \(Limits.columnNameBytesMax)")
      }
      columns.append(name)
    }
    return columns
  }

  package func fill(_ view: inout Hindcast__V1__ReadRequest, in arena: borrowing ProtobufArena) {
    view.from_position = query.fromPosition
    view.to_position = query.toPosition.map { max(1, $0) } ?? 0
    view.model = arena.string(query.model ?? "")
    view.version = arena.string(query.version ?? "")
    let kinds = arena.allocate(Hindcast__V1__Kind.self, count: query.kinds.count)
    for (index, kind) in query.kinds.sorted(by: { $0.rawValue < $1.rawValue }).enumerated() { kinds[index] = kind.view }
    view.n_kinds = kinds.count
    view.kinds = kinds.baseAddress
    view.environment = query.environment?.view ?? HINDCAST__V1__ENVIRONMENT__ENVIRONMENT_UNSPECIFIED
    if let times = query.times {
      // 0 and 0 would mean "no bound": an empty range stays empty anywhere.
      view.from_time = times.isEmpty ? 1 : times.lowerBound
      view.to_time = times.isEmpty ? 1 : times.upperBound
    }
    let columnViews = arena.allocate(ProtobufCBinaryData.self, count: columns.count)
    for (index, column) in columns.enumerated() { columnViews[index] = arena.string(column) }
    view.n_columns = columns.count
    view.columns = columnViews.baseAddress
    let conditions = arena.allocate(ProtobufCBinaryData.self, count: query.conditions.count)
    for (index, condition) in query.conditions.enumerated() { conditions[index] = arena.string("\(condition)") }
    view.n_conditions = conditions.count
    view.conditions = conditions.baseAddress
    view.follow = follows ? 1 : 0
    view.plain = isPlain ? 1 : 0
  }
}
