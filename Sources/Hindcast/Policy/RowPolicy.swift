internal import HindcastFormat

/// A stream's policy, made ready for the rows of one layout: which of them are kept, and what is left of their fields.
/// Used by the worker's thread only.
final class RowPolicy {
  /// The layout that rows have afterwards.
  let layout: EventLayout
  private let original: EventLayout
  private let sampling: SamplingDecision?
  private let idKey: HashKey?
  private let steps: [Step]
  private let probabilityIndex: Int?
  private let scratch: ScratchRow

  /// What becomes of one field: its place in the row that comes, and in the row that goes.
  private struct Step {
    var from: Int
    var to: Int
    var action: Privacy.Action.Kind?
  }

  init(_ policy: EventPolicy, _ original: EventLayout, scratch: ScratchRow) {
    self.original = original
    self.scratch = scratch
    // What really happened is never left out: it can't be known which prediction was kept by a rule.
    let samples = original.stream.key.kind == .prediction
    sampling = samples ? policy.sampling.map { SamplingDecision($0, original) } : nil
    if case .hash(let key)? = policy.privacy.rules[.id]?.kind { idKey = key } else { idKey = nil }
    var actions: [EventLayout.Field: Privacy.Action.Kind] = [:]
    for (name, action) in policy.privacy.rules {
      if let role = name.role.stored { actions[EventLayout.Field(role: role, name: name.name)] = action.kind }
    }
    var fields: [EventLayout.Field] = []
    var steps: [Step] = []
    for (index, field) in original.fields.enumerated() {
      let action = actions[field]
      if case .drop? = action { continue }
      steps.append(Step(from: index, to: fields.count, action: action))
      fields.append(field)
    }
    let probability = EventLayout.Field(role: .system, name: ColumnName.inclusionProbability)
    if sampling != nil, !fields.contains(probability) { fields.append(probability) }
    probabilityIndex = sampling == nil ? nil : fields.firstIndex(of: probability)
    self.steps = steps
    layout = EventLayout(stream: original.stream, fields: fields, number: original.number)
  }

  /// The row as it may leave, until the next call; nil: it is left out.
  func apply(_ row: RowReader) -> RowReader? {
    var probability = 1.0
    if let sampling {
      guard let kept = sampling.keep(row) else { return nil }
      probability = kept
    }
    scratch.begin(like: row, fieldCount: layout.fields.count, withoutID: idKey != nil)
    if let idKey { hashID(row, idKey) }
    for step in steps {
      let field = row.field(step.from, of: original.fields.count)
      if field.tag == .null { continue }
      if step.to == probabilityIndex {
        probability *= field.number ?? 1
        continue
      }
      switch step.action {
      case nil, .drop: scratch.set(step.to, field)
      case .hash(let key): hash(field, key, to: step.to)
      case .truncate(let count): truncate(field, count, to: step.to)
      case .round(let unit): round(field, unit, to: step.to)
      }
    }
    if let probabilityIndex { scratch.set(probabilityIndex, .float64, bits: probability.bitPattern) }
    return scratch.finish()
  }

  private func hashID(_ row: RowReader, _ key: HashKey) {
    let text: [UInt8]
    if row.idIsText {
      // Without a text there is nothing to hide, and the event is rejected for it.
      text = row.idText.count == 0 ? [] : key.text(of: row.idText)
    } else {
      text = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 36) { buffer in
        UUIDBits(bytes: row.uuid).write(to: buffer)
        return key.text(of: UnsafeRawBufferPointer(buffer))
      }
    }
    text.withUnsafeBytes { scratch.setID($0) }
  }

  private func hash(_ field: RowField, _ key: HashKey, to index: Int) {
    func set(hashOf text: String) { text.withUTF8Bytes { scratch.set(index, .string, key.text(of: $0)) } }
    switch field.tag {
    case .string, .bytes: scratch.set(index, .string, key.text(of: field.bytes))
    case .int64, .timestamp: set(hashOf: "\(field.int64)")
    case .bool: set(hashOf: "\(field.bool)")
    case .float32: set(hashOf: "\(field.float32)")
    case .float64: set(hashOf: "\(field.float64)")
    case .strings: scratch.set(index, .strings, mapStrings(field) { key.text(of: $0) })
    case .emptyList: scratch.set(index, field)
    // Sent neither as they are nor hashed; the length of a text that is too long tells nothing, and rejects the event.
    case .tooLong, .unsupported: scratch.set(index, field)
    case .vector, .doubles, .null: break
    }
  }

  private func mapStrings(_ field: RowField, _ change: (UnsafeRawBufferPointer) -> [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    field.forEachString { text in
      let changed = change(text)
      withUnsafeBytes(of: UInt32(changed.count)) { bytes.append(contentsOf: $0) }
      bytes += changed
    }
    return bytes
  }

  private func truncate(_ field: RowField, _ count: Int, to index: Int) {
    switch field.tag {
    case .string: scratch.set(index, .string, Self.prefix(field.bytes, count))
    case .strings: scratch.set(index, .strings, mapStrings(field) { Self.prefix($0, count) })
    default: scratch.set(index, field)
    }
  }

  private static func prefix(_ text: UnsafeRawBufferPointer, _ count: Int) -> [UInt8] {
    Array(String(decoding: text, as: UTF8.self).prefix(count).utf8)
  }

  private func round(_ field: RowField, _ step: Double, to index: Int) {
    func rounded(_ value: Double) -> Double {
      let result = (value / step).rounded() * step
      return step > 0 && result.isFinite ? result : value
    }
    switch field.tag {
    case .float64: scratch.set(index, .float64, bits: rounded(field.float64).bitPattern)
    case .float32: scratch.set(index, .float32, bits: UInt64(Float(rounded(Double(field.float32))).bitPattern))
    case .int64:
      // A step that is no integer may lead between integers.
      let result = rounded(Double(field.int64))
      if let integer = Int64(exactly: result) {
        scratch.set(index, .int64, bits: UInt64(bitPattern: integer))
      } else {
        scratch.set(index, .float64, bits: result.bitPattern)
      }
    case .vector:
      var values: [Float] = []
      for offset in stride(from: 0, to: field.bytes.count, by: 4) {
        values.append(Float(rounded(Double(field.bytes.loadUnaligned(fromByteOffset: offset, as: Float.self)))))
      }
      values.withUnsafeBytes { scratch.set(index, .vector, $0) }
    case .doubles:
      var values: [Double] = []
      for offset in stride(from: 0, to: field.bytes.count, by: 8) {
        values.append(rounded(field.bytes.loadUnaligned(fromByteOffset: offset, as: Double.self)))
      }
      values.withUnsafeBytes { scratch.set(index, .doubles, $0) }
    default: scratch.set(index, field)
    }
  }
}
