internal import Hindcast
internal import HindcastFormat

/// Turns rows of one input file into events and hands them to the SDK, as the plan says.
struct RowLogger {
  private let plan: ImportPlan
  private let reader: any RecordReader
  private let logger: ModelLogger
  private let kind: EventKind

  /// Where the plan's columns are in the file; nil where the file has none of that name. Made anew when a file of JSON
  /// lines brings a column more.
  private var places: Places
  private var features = Fields()
  private var outputs = Fields()
  private var tags = Fields()

  private struct Places {
    var columnCount = -1
    var id: Int?
    var time: Int?
    var fields: [Int?] = []
  }

  init(_ plan: ImportPlan, _ reader: any RecordReader, _ kind: EventKind, _ logger: ModelLogger) {
    self.plan = plan
    self.reader = reader
    self.kind = kind
    self.logger = logger
    places = Places()
  }

  /// Logs the reader's row. Nothing of it is logged if it throws.
  mutating func logRow() throws(CellProblem) {
    if places.columnCount != reader.columns.count { findPlaces() }
    let record = reader.record
    let idCell = cell(places.id, record)
    guard idCell != .null else { throw CellProblem(message: "column '\(plan.id)': the id is missing") }
    let id = record.string(idCell)
    let time = Timestamp(microsecondsSince1970: try time(record))
    if kind == .actual {
      try logActual(id, time, record)
    } else {
      try logPrediction(id, time, record)
    }
  }

  private func cell(_ place: Int?, _ record: InputRecord) -> Cell {
    // A row of JSON lines from before a column turned up has fewer cells.
    guard let place, place < record.cells.count else { return .null }
    return record.cells[place]
  }

  private mutating func findPlaces() {
    let names = reader.columns
    let indexes = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    places.columnCount = names.count
    places.id = indexes[plan.id]
    if case .column(let column, _) = plan.time { places.time = indexes[column] }
    places.fields = plan.fields.map { indexes[$0.column] }
  }

  private func time(_ record: InputRecord) throws(CellProblem) -> Int64 {
    guard case .column(let column, let unit) = plan.time else {
      if case .fixed(let moment) = plan.time { return moment }
      return 0
    }
    let cell = cell(places.time, record)
    let moment: Int64? =
      if let unit {
        record.int64(cell).flatMap { unit.microseconds($0) } ?? record.float64(cell).flatMap { unit.microseconds($0) }
      } else {
        record.timestamp(cell)
      }
    guard let moment else {
      throw CellProblem(
        message: cell == .null
          ? "column '\(column)': the time is missing" : "column '\(column)': '\(record.string(cell))' is no time")
    }
    return moment
  }

  private func value(_ index: Int, _ record: InputRecord) throws(CellProblem) -> Value? {
    let field = plan.fields[index]
    do throws(CellProblem) {
      return try record.value(of: cell(places.fields[index], record), as: field.type)
    } catch {
      throw CellProblem(
        message:
          "column '\(field.column)': \(error.message); give --type '\(field.column)=string', or pass over the row with --skip-bad-rows"
      )
    }
  }

  private mutating func logPrediction(_ id: String, _ time: Timestamp, _ record: InputRecord) throws(CellProblem) {
    features.removeAll()
    outputs.removeAll()
    tags.removeAll()
    var system = SystemFields()
    for index in plan.fields.indices {
      let value = try value(index, record)
      let name = plan.fields[index].name
      switch plan.fields[index].group {
      case .feature: features.append(name, value ?? .null)
      case .output: outputs.append(name, value ?? .null)
      case .tag: tags.append(name, value ?? .null)
      case .actual: break
      case .system: system.set(name, cell(places.fields[index], record), record)
      }
    }
    logger.log(
      id: id, time: time, features: features, outputs: outputs, tags: tags, subject: system.texts[ColumnName.subject],
      latency: system.integers[ColumnName.latencyMicroseconds].map { .microseconds($0) },
      status: system.texts[ColumnName.status], error: system.texts[ColumnName.error],
      traceID: system.texts[ColumnName.traceID], group: system.texts[ColumnName.group],
      requestID: system.texts[ColumnName.requestID],
      inclusionProbability: system.numbers[ColumnName.inclusionProbability])
  }

  private func logActual(_ id: String, _ time: Timestamp, _ record: InputRecord) throws(CellProblem) {
    var label = Value.null
    var truth = Value.null
    var system = SystemFields()
    for index in plan.fields.indices {
      let value = try value(index, record)
      switch (plan.fields[index].group, plan.fields[index].name) {
      case (.actual, ColumnName.value): truth = value ?? .null
      case (.actual, _): label = value ?? .null
      default: system.set(plan.fields[index].name, cell(places.fields[index], record), record)
      }
    }
    logger.actual(
      id: id, label: label, value: truth, time: time, revision: system.integers[ColumnName.revision].map { Int($0) },
      retracted: system.integers[ColumnName.retracted] == 1, weight: system.numbers[ColumnName.weight],
      source: system.texts[ColumnName.source])
  }
}

/// The system columns of one row, by the kind of value they take. Their types were checked already.
private struct SystemFields {
  var texts: [String: String] = [:]
  var integers: [String: Int64] = [:]
  var numbers: [String: Double] = [:]

  mutating func set(_ name: String, _ cell: Cell, _ record: InputRecord) {
    guard cell != .null else { return }
    switch name {
    case ColumnName.latencyMicroseconds, ColumnName.revision: integers[name] = record.int64(cell)
    case ColumnName.retracted: integers[name] = record.bool(cell).map { $0 ? 1 : 0 }
    case ColumnName.inclusionProbability, ColumnName.weight: numbers[name] = record.float64(cell)
    default: texts[name] = record.string(cell)
    }
  }
}
