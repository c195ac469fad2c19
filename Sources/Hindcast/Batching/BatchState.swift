internal import HindcastFormat

/// A stream's next block and what became of its events so far. Guarded by the batcher's lock.
struct BatchState {
  private var table: ColumnTable
  private var features = FieldPlan()
  private var outputs = FieldPlan()
  private var tags = FieldPlan()
  private var actuals = FieldPlan()
  private var system = FieldPlan()

  /// Ids are text from the first one on that came as text; until then they are the 16 bytes of generated ones.
  private var idsAreText = false

  private(set) var rowCount = 0
  /// Memory that the collected events have reserved.
  private(set) var rawBytes = 0
  var firstRowNanoseconds: UInt64 = 0
  var isClosed = false
  var counts = BatchCounts()
  var identifiers = EventIDGenerator()

  init(stream: StreamKey) { table = ColumnTable(stream: stream, ids: .uuid) }

  /// Starts a block without columns. Nothing may have been collected.
  mutating func startOver() {
    precondition(rowCount == 0)
    table.startOver(ids: idsAreText ? .string : .uuid)
    features.removeAll()
    outputs.removeAll()
    tags.removeAll()
    actuals.removeAll()
    system.removeAll()
  }

  /// Finds or makes the columns the event goes to.
  mutating func fit(_ id: EventID, _ fields: borrowing EventFields) -> ColumnTable.Fit {
    if fields.needsActual, fields.actuals.isEmpty {
      return .rejected("it is an actual without a label or a value; give one, or retract it")
    }
    var sum = 8
    switch fit(id) {
    case .fits(let byteCount): sum += byteCount
    case let other: return other
    }
    switch table.fit(fields.features, .feature, &features) {
    case .fits(let byteCount): sum += byteCount
    case let other: return other
    }
    switch table.fit(fields.outputs, .output, &outputs) {
    case .fits(let byteCount): sum += byteCount
    case let other: return other
    }
    switch table.fit(fields.tags, .tag, &tags) {
    case .fits(let byteCount): sum += byteCount
    case let other: return other
    }
    switch table.fit(fields.actuals, .actual, &actuals) {
    case .fits(let byteCount): sum += byteCount
    case let other: return other
    }
    switch table.fit(fields.system, .system, &system) {
    case .fits(let byteCount): sum += byteCount
    case let other: return other
    }
    return sum <= Limits.blockBytesMax / 2
      ? .fits(byteCount: sum) : .rejected("it takes \(sum) bytes; \(Limits.blockBytesMax / 2) are allowed")
  }

  private mutating func fit(_ id: EventID) -> ColumnTable.Fit {
    switch id.storage {
    case .generated: return .fits(byteCount: idsAreText ? 40 : 16)
    case .text(let text):
      if text.isEmpty { return .rejected("its id is empty; give one, or none to have one made") }
      let byteCount = text.utf8.count
      if byteCount > Limits.valueBytesMax {
        return .rejected("its id takes \(byteCount) bytes; \(Limits.valueBytesMax) are allowed")
      }
      if !idsAreText {
        idsAreText = true
        return .needsNewBlock
      }
      return .fits(byteCount: byteCount + 4)
    }
  }

  /// Appends an event that was found to fit.
  mutating func append(_ id: EventID, _ time: Int64, _ fields: borrowing EventFields, byteCount: Int) {
    switch id.storage {
    case .text(let text): table.builder.append(text, to: ColumnTable.idColumn)
    case .generated(let bits):
      if idsAreText {
        table.builder.append(bits.text, to: ColumnTable.idColumn)
      } else {
        bits.withBytes { table.builder.append(uuid: $0, to: ColumnTable.idColumn) }
      }
    }
    table.builder.append(time, to: ColumnTable.timeColumn)
    table.append(fields.features, features)
    table.append(fields.outputs, outputs)
    table.append(fields.tags, tags)
    table.append(fields.actuals, actuals)
    table.append(fields.system, system)
    table.builder.endRow()
    rowCount += 1
    rawBytes += byteCount
  }

  /// The collected events as a block; the columns stay for the next.
  mutating func take() -> Block {
    rowCount = 0
    rawBytes = 0
    return table.builder.take()
  }
}
