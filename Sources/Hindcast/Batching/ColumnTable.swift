internal import HindcastFormat

/// The columns of the block being built, by role and name.
struct ColumnTable {
  var builder: BlockBuilder
  private var slots: [FieldKey: FieldSlot] = [:]
  /// Columns that were widened to hold values of two types. Outlives the block, so that the next one starts with them.
  private var widenedShapes: [FieldKey: ColumnShape] = [:]

  private struct FieldKey: Hashable {
    var role: ColumnRole
    var name: String
  }

  /// How an event's fields, or its id, meet the columns there are.
  enum Fit {
    /// There is a column for each; they take so many bytes.
    case fits(byteCount: Int)
    /// A column can't hold its value, or there are too many: the block has to end first.
    case needsNewBlock
    case rejected(String)
  }

  /// `ids` is the type of the id column, uuid or string.
  init(stream: StreamKey, ids: ColumnType) { builder = Self.emptyBuilder(stream, ids) }

  static let idColumn = 0
  static let timeColumn = 1

  private static func emptyBuilder(_ stream: StreamKey, _ ids: ColumnType) -> BlockBuilder {
    var builder = BlockBuilder(stream: stream)
    let places = try? (
      builder.column(ColumnSchema(ColumnName.id, role: .id, type: ids)),
      builder.column(ColumnSchema(ColumnName.time, role: .time, type: .timestamp))
    )
    precondition(places ?? (-1, -1) == (idColumn, timeColumn), "an empty builder numbers its columns from 0")
    return builder
  }

  /// Starts a block without columns of fields, so that each may take a new type.
  mutating func startOver(ids: ColumnType) {
    builder = Self.emptyBuilder(builder.stream, ids)
    slots.removeAll(keepingCapacity: true)
  }

  /// Fits the fields of one group, all of one role. Afterwards, if they fit, `plan` says where each goes.
  @inline(__always)
  mutating func fit(_ fields: EventFields.Group, _ role: ColumnRole, _ plan: inout FieldPlan) -> Fit {
    if let byteCount = plan.byteCount(of: fields) { return .fits(byteCount: byteCount) }
    return makePlan(fields, role, &plan)
  }

  @inline(never)
  private mutating func makePlan(_ fields: EventFields.Group, _ role: ColumnRole, _ plan: inout FieldPlan) -> Fit {
    plan.removeAll()
    var seen = Set<String>(minimumCapacity: fields.count)
    var sum = 0
    for (name, value) in fields {
      if let problem = NameRules.problem(withField: name) { return .rejected(problem) }
      if !seen.insert(name).inserted { return .rejected("\(role.word) '\(name)' is given twice; give it once") }
      if let problem = ColumnTyping.problem(with: value) { return .rejected("\(role.word) '\(name)' \(problem)") }
      guard let slot = slot(for: value, FieldKey(role: role, name: name)) else {
        plan.removeAll()
        return .needsNewBlock
      }
      plan.names.append(name)
      plan.slots.append(slot)
      sum += max(0, slot.byteCount(of: value))
    }
    return .fits(byteCount: sum)
  }

  /// nil: only a new block can take the value.
  private mutating func slot(for value: Value, _ key: FieldKey) -> FieldSlot? {
    if let slot = slots[key] {
      if slot.byteCount(of: value) >= 0 { return slot }
      let present = ColumnShape(type: slot.type, dimension: slot.dimension)
      widenedShapes[key] = ColumnTyping.widened(present, for: value)
      return nil
    }
    guard var shape = ColumnTyping.shape(of: value) else { return .unborn }
    if let widened = widenedShapes[key] {
      let slot = FieldSlot(column: 0, type: widened.type, dimension: widened.dimension)
      if slot.byteCount(of: value) >= 0 { shape = widened } else { widenedShapes[key] = nil }
    }
    let schema = ColumnSchema(key.name, role: key.role, type: shape.type, dimension: shape.dimension)
    // Fails only for a block that can have no more columns, since `slots` knows what there is.
    guard let column = try? builder.column(schema) else { return nil }
    let slot = FieldSlot(column: column, type: shape.type, dimension: shape.dimension)
    slots[key] = slot
    return slot
  }

  /// Appends the fields that `plan` was made for.
  @inline(__always)
  mutating func append(_ fields: EventFields.Group, _ plan: borrowing FieldPlan) {
    for index in 0..<fields.count {
      let slot = plan.slots[index]
      switch fields[index].1.storage {
      case .null: break
      case .float64(let value): builder.append(value, to: slot.column)
      case .int64(let value):
        switch slot.type {
        case .float64: builder.append(Double(value), to: slot.column)
        case .float32: builder.append(Float(value), to: slot.column)
        default: builder.append(value, to: slot.column)
        }
      case .string(let value): builder.append(value, to: slot.column)
      case .bool(let value): builder.append(value, to: slot.column)
      default: appendRare(fields[index].1, slot)
      }
    }
  }

  private mutating func appendRare(_ value: Value, _ slot: FieldSlot) {
    switch value.storage {
    case .float32(let value):
      if slot.type == .float64 {
        builder.append(Double(value), to: slot.column)
      } else {
        builder.append(value, to: slot.column)
      }
    case .timestamp(let value): builder.append(value, to: slot.column)
    case .bytes(let value): builder.append(value, to: slot.column)
    case .vector(let value): builder.append(vector: value, to: slot.column)
    case .strings(let value): builder.append(list: value, to: slot.column)
    case .doubles(let value): builder.append(list: value, to: slot.column)
    case .emptyList:
      if slot.type == .stringList {
        builder.append(list: [String](), to: slot.column)
      } else {
        builder.append(list: [Double](), to: slot.column)
      }
    case .null, .bool, .int64, .float64, .string, .unsupported: break
    }
  }
}
