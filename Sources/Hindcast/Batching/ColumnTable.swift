internal import HindcastFormat

/// Turns the rows of one stream into the columns of its next block.
struct ColumnTable {
  private var builder: BlockBuilder
  private var slots: [EventLayout.Field: FieldSlot] = [:]
  /// Columns that were widened to hold values of two types. Outlives the block, so that the next one starts with them.
  private var widenedShapes: [EventLayout.Field: ColumnShape] = [:]
  /// Where each field of a layout goes, for the layout that came last and for some others.
  private var plan: [FieldSlot] = []
  private var plannedLayout: EventLayout?
  private var otherPlans: [ObjectIdentifier: OtherPlan] = [:]
  /// Ids are text from the first one on that came as text; until then they are the 16 bytes of generated ones.
  private var idsAreText = false

  private static let idColumn = 0
  private static let timeColumn = 1

  /// Keeps the layout, so that its identity stays its own.
  private struct OtherPlan {
    var layout: EventLayout
    var slots: [FieldSlot]
  }

  private static let otherPlansMax = 64

  enum Outcome {
    case appended
    /// A column can't hold its value, or there are too many: the block has to end first.
    case needsNewBlock
    case rejected(String)
  }

  init(stream: StreamKey) { builder = Self.emptyBuilder(stream, .uuid) }

  private static func emptyBuilder(_ stream: StreamKey, _ ids: ColumnType) -> BlockBuilder {
    var builder = BlockBuilder(stream: stream)
    let places = try? (
      builder.column(ColumnSchema(ColumnName.id, role: .id, type: ids)),
      builder.column(ColumnSchema(ColumnName.time, role: .time, type: .timestamp))
    )
    precondition(places ?? (-1, -1) == (idColumn, timeColumn), "an empty builder numbers its columns from 0")
    return builder
  }

  var rowCount: Int { builder.rowCount }
  /// Bytes of the values so far.
  var rawByteCount: Int { builder.rawByteCount }

  /// The rows so far as a block; the columns stay for the next.
  mutating func take() -> Block { builder.take() }

  /// Starts a block without columns of fields, so that each may take a new type. Nothing may have been collected.
  mutating func startOver() {
    precondition(rowCount == 0)
    builder = Self.emptyBuilder(builder.stream, idsAreText ? .string : .uuid)
    slots.removeAll(keepingCapacity: true)
    plannedLayout = nil
    otherPlans.removeAll(keepingCapacity: true)
  }

  /// Appends a row, or changes nothing.
  mutating func append(_ row: RowReader, _ layout: EventLayout) -> Outcome {
    if plannedLayout !== layout { turn(to: layout) }
    if row.idIsText, !idsAreText {
      if let problem = Self.problem(withID: row.idText) { return .rejected(problem) }
      idsAreText = true
      return .needsNewBlock
    }
    if appendFast(row, layout.fields.count) { return .appended }
    builder.dropRow()
    let outcome = fit(row, layout)
    if case .appended = outcome { appendFitted(row, layout.fields.count) }
    return outcome
  }

  /// Appends rows of one layout column by column, if all their values have the very types of their columns and none is a
  /// list or vector; else changes nothing and returns false. Many times as fast as row by row.
  mutating func append(_ base: UnsafeRawPointer, rows: UnsafeBufferPointer<UInt32>, _ layout: EventLayout) -> Bool {
    if plannedLayout !== layout { turn(to: layout) }
    guard canGather(base, rows) else { return false }
    func gather(_ slot: Int, presence: Int? = nil) -> RowGather {
      RowGather(base: base, rows: rows, slot: slot, presence: presence)
    }
    builder.append(gather(RowFormat.idOffset), to: Self.idColumn)
    builder.append(gather(RowFormat.timeOffset), to: Self.timeColumn)
    let firstSlot = RowFormat.slotsOffset(fieldCount: plan.count)
    for index in plan.indices where plan[index].column >= 0 {
      builder.append(
        gather(firstSlot + 8 * index, presence: RowFormat.tagsOffset + index), to: plan[index].column)
    }
    builder.endRows(rows.count)
    return true
  }

  /// Whether the rows' ids are as the column's, and each value is null or of its column's type.
  private func canGather(_ base: UnsafeRawPointer, _ rows: UnsafeBufferPointer<UInt32>) -> Bool {
    for slot in plan where !slot.canGather { return false }
    for row in rows {
      let row = RowReader(base: base + Int(row))
      if row.idIsText != idsAreText { return false }
      if idsAreText, Self.problem(withID: row.idText) != nil { return false }
      for index in plan.indices {
        let tag = row.tag(index)
        if tag != FieldTag.null.rawValue, tag != plan[index].tag.rawValue { return false }
      }
    }
    return true
  }

  private static func problem(withID text: UnsafeRawBufferPointer) -> String? {
    if text.count == 0 { return "its id is empty; give one, or none to have one made" }
    if text.count > Limits.valueBytesMax {
      return "its id takes \(text.count) bytes; \(Limits.valueBytesMax) are allowed"
    }
    return nil
  }

  private mutating func turn(to layout: EventLayout) {
    if let last = plannedLayout {
      if otherPlans.count == Self.otherPlansMax { otherPlans.removeAll(keepingCapacity: true) }
      otherPlans[ObjectIdentifier(last)] = OtherPlan(layout: last, slots: plan)
    }
    plannedLayout = layout
    plan =
      otherPlans.removeValue(forKey: ObjectIdentifier(layout))?.slots
      ?? layout.fields.map { slots[$0] ?? .unborn }
  }

  /// Appends a row whose values have the very types of their columns, as nearly all have. Returns false, with the row
  /// half appended, at the first that has not.
  private mutating func appendFast(_ row: RowReader, _ fieldCount: Int) -> Bool {
    guard appendID(row) else { return false }
    builder.append(row.time, to: Self.timeColumn)
    for index in 0..<fieldCount where row.tag(index) != FieldTag.null.rawValue {
      let slot = plan[index]
      let field = row.field(index, of: fieldCount)
      if field.tag == slot.tag {
        if slot.tag == .vector, field.bytes.count != 4 * slot.shape.dimension { return false }
        append(field, slot)
      } else if field.tag == .int64, slot.tag == .float64, let exact = Double(exactly: field.int64) {
        // A whole number among fractions, as literals are written.
        builder.append(exact, to: slot.column)
      } else {
        return false
      }
    }
    builder.endRow()
    return true
  }

  private mutating func appendFitted(_ row: RowReader, _ fieldCount: Int) {
    _ = appendID(row)
    builder.append(row.time, to: Self.timeColumn)
    for index in 0..<fieldCount {
      let field = row.field(index, of: fieldCount)
      if field.tag != .null { append(field, plan[index]) }
    }
    builder.endRow()
  }

  private mutating func appendID(_ row: RowReader) -> Bool {
    if row.idIsText {
      guard Self.problem(withID: row.idText) == nil else { return false }
      builder.append(row.idText, to: Self.idColumn)
    } else if idsAreText {
      let bits = UUIDBits(bytes: row.uuid)
      builder.append(bits.text, to: Self.idColumn)
    } else {
      builder.append(uuid: row.uuid, to: Self.idColumn)
    }
    return true
  }

  /// Finds or makes a column for each value of the row.
  @inline(never)
  private mutating func fit(_ row: RowReader, _ layout: EventLayout) -> Outcome {
    if row.idIsText, let problem = Self.problem(withID: row.idText) { return .rejected(problem) }
    let fieldCount = layout.fields.count
    for index in 0..<fieldCount {
      if let problem = ColumnTyping.problem(with: row.field(index, of: fieldCount)) {
        return .rejected("\(layout.fields[index].role.word) '\(layout.fields[index].name)' \(problem)")
      }
    }
    for index in 0..<fieldCount {
      let field = row.field(index, of: fieldCount)
      if plan[index].takes(field) { continue }
      guard let slot = slot(for: field, layout.fields[index]) else { return .needsNewBlock }
      plan[index] = slot
    }
    return .appended
  }

  /// nil: only a new block can take the value.
  private mutating func slot(for field: RowField, _ key: EventLayout.Field) -> FieldSlot? {
    if let slot = slots[key] {
      if slot.takes(field) { return slot }
      widenedShapes[key] = ColumnTyping.widened(slot.shape, for: field)
      return nil
    }
    guard var shape = ColumnTyping.shape(of: field) else { return .unborn }
    if let widened = widenedShapes[key] {
      if FieldSlot(column: 0, shape: widened).takes(field) { shape = widened } else { widenedShapes[key] = nil }
    }
    let schema = ColumnSchema(key.name, role: key.role, type: shape.type, dimension: shape.dimension)
    // Fails only for a block that can have no more columns, since `slots` knows what there is.
    guard let column = try? builder.column(schema) else { return nil }
    let slot = FieldSlot(column: column, shape: shape)
    slots[key] = slot
    return slot
  }

  /// Appends a value that the slot takes.
  @inline(__always)
  private mutating func append(_ field: RowField, _ slot: FieldSlot) {
    switch field.tag {
    case .float64: builder.append(field.float64, to: slot.column)
    case .int64:
      switch slot.shape.type {
      case .float64: builder.append(Double(field.int64), to: slot.column)
      case .float32: builder.append(Float(field.int64), to: slot.column)
      default: builder.append(field.int64, to: slot.column)
      }
    case .string, .bytes: builder.append(field.bytes, to: slot.column)
    case .bool: builder.append(field.bool, to: slot.column)
    case .timestamp: builder.append(field.int64, to: slot.column)
    case .float32:
      if slot.shape.type == .float64 {
        builder.append(Double(field.float32), to: slot.column)
      } else {
        builder.append(field.float32, to: slot.column)
      }
    case .vector: builder.append(vector: field.bytes, to: slot.column)
    case .doubles: builder.append(doubles: field.bytes, to: slot.column)
    case .strings, .emptyList: appendStrings(field, slot)
    case .null, .unsupported, .tooLong: break
    }
  }

  @inline(never)
  private mutating func appendStrings(_ field: RowField, _ slot: FieldSlot) {
    if slot.shape.type == .doubleList {
      builder.append(doubles: UnsafeRawBufferPointer(start: nil, count: 0), to: slot.column)
      return
    }
    var strings = ByteStrings()
    if field.tag == .strings { field.forEachString { strings.append($0) } }
    builder.append(list: strings, to: slot.column)
  }
}
