internal import HindcastFormat

/// A sampling, made ready for the rows of one layout.
struct SamplingDecision {
  private let sampling: Sampling
  private let layout: EventLayout
  private let errorIndex: Int?
  private let statusIndex: Int?
  private let keyIndex: Int?
  private let conditionIndices: [Int?]

  init(_ sampling: Sampling, _ layout: EventLayout) {
    self.sampling = sampling
    self.layout = layout
    errorIndex = layout.index(of: .error)
    statusIndex = layout.index(of: .status)
    keyIndex =
      switch sampling.key {
      case .id: nil
      case .subject: layout.index(of: .subject)
      case .group: layout.index(of: .group)
      }
    conditionIndices = sampling.rules.map { rule in
      switch rule.condition {
      case .failed: nil
      case .equals(let name, _), .below(let name, _), .above(let name, _): layout.index(of: name)
      }
    }
  }

  /// The probability that the event is kept with; nil: it is left out.
  func keep(_ row: RowReader) -> Double? {
    let rate = rate(of: row)
    if rate >= 1 { return 1 }
    return Self.share(ofHash: hash(of: row)) < rate ? rate : nil
  }

  private func rate(of row: RowReader) -> Double {
    for (index, rule) in sampling.rules.enumerated() where meets(row, rule.condition, conditionIndices[index]) {
      return rule.rate
    }
    return sampling.rate
  }

  private func field(_ row: RowReader, _ index: Int?) -> RowField? {
    guard let index else { return nil }
    let field = row.field(index, of: layout.fields.count)
    return field.tag == .null ? nil : field
  }

  private func meets(_ row: RowReader, _ condition: Sampling.Condition, _ index: Int?) -> Bool {
    switch condition {
    case .failed:
      if field(row, errorIndex) != nil { return true }
      guard let status = field(row, statusIndex), status.tag == .string else { return false }
      return !status.bytes.elementsEqual("ok".utf8)
    case .equals(_, let value):
      guard let field = field(row, index) else { return value.isNull }
      return field.equals(value)
    case .below(_, let bound): return field(row, index)?.number.map { $0 < bound } ?? false
    case .above(_, let bound): return field(row, index)?.number.map { $0 > bound } ?? false
    }
  }

  private func hash(of row: RowReader) -> UInt64 {
    if let key = field(row, keyIndex), key.tag == .string { return Self.hash(key.bytes) }
    if row.idIsText { return Self.hash(row.idText) }
    return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 36) { text in
      UUIDBits(bytes: row.uuid).write(to: text)
      return Self.hash(UnsafeRawBufferPointer(text))
    }
  }

  /// FNV-1a of 64 bits (RFC 9923's constants), and MurmurHash3's finalizer, so that the high bits are mixed, too. Every
  /// language can do it: services that share a key decide alike.
  static func hash(_ text: UnsafeRawBufferPointer) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in text { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    hash = (hash ^ (hash >> 33)) &* 0xff51_afd7_ed55_8ccd
    hash = (hash ^ (hash >> 33)) &* 0xc4ce_b9fe_1a85_ec53
    return hash ^ (hash >> 33)
  }

  /// The hash's upper 53 bits as a number from 0 to below 1.
  static func share(ofHash hash: UInt64) -> Double { Double(hash >> 11) * 0x1p-53 }
}

extension RowField {
  /// nil: it is no number.
  var number: Double? {
    switch tag {
    case .int64: Double(int64)
    case .float32: Double(float32)
    case .float64: float64
    default: nil
    }
  }

  func equals(_ value: Value) -> Bool {
    switch (tag, value.storage) {
    case (.bool, .bool(let other)): bool == other
    case (.int64, .int64(let other)): int64 == other
    case (.timestamp, .timestamp(let other)): int64 == other
    case (.string, .string(let other)): bytes.elementsEqual(other.utf8)
    case (.bytes, .bytes(let other)): bytes.elementsEqual(other)
    case (_, .int64(let other)): number.map { $0 == Double(other) } ?? false
    case (_, .float64(let other)): number.map { $0 == other } ?? false
    case (_, .float32(let other)): number.map { $0 == Double(other) } ?? false
    default: false
    }
  }
}

extension EventLayout {
  func index(of name: FieldName) -> Int? {
    guard let role = name.role.stored else { return nil }
    return fields.firstIndex { $0.role == role && $0.name == name.name }
  }
}

extension FieldName.Role {
  /// nil: the id, which is no field of a layout.
  var stored: ColumnRole? {
    switch self {
    case .feature: .feature
    case .output: .output
    case .tag: .tag
    case .actual: .actual
    case .system: .system
    case .id: nil
    }
  }
}
