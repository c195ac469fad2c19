internal import HindcastFormat

/// The names and values of an event that dictionaries describe, and which arguments with a column of their own it has.
struct DictionaryEvent {
  typealias Group = [(String, Value)]

  let features: Group
  let outputs: Group
  let tags: Group
  let arguments: EventArguments
}

/// Which of the arguments that have a column of their own an event has. Rows have them in the order of the bits.
struct EventArguments: OptionSet, Hashable, Sendable {
  let rawValue: UInt16

  static let label = EventArguments(rawValue: 1 << 0)
  static let score = EventArguments(rawValue: 1 << 1)
  static let value = EventArguments(rawValue: 1 << 2)
  static let subject = EventArguments(rawValue: 1 << 3)
  static let latency = EventArguments(rawValue: 1 << 4)
  static let status = EventArguments(rawValue: 1 << 5)
  static let error = EventArguments(rawValue: 1 << 6)
  static let traceID = EventArguments(rawValue: 1 << 7)
  static let group = EventArguments(rawValue: 1 << 8)
  static let requestID = EventArguments(rawValue: 1 << 9)
  static let inclusionProbability = EventArguments(rawValue: 1 << 10)
  static let revision = EventArguments(rawValue: 1 << 11)
  static let retracted = EventArguments(rawValue: 1 << 12)
  static let weight = EventArguments(rawValue: 1 << 13)
  static let source = EventArguments(rawValue: 1 << 14)

  private static let names: [(EventArguments, String)] = [
    (.label, ColumnName.label), (.score, ColumnName.score), (.value, ColumnName.value), (.subject, ColumnName.subject),
    (.latency, ColumnName.latencyMicroseconds), (.status, ColumnName.status), (.error, ColumnName.error),
    (.traceID, ColumnName.traceID), (.group, ColumnName.group), (.requestID, ColumnName.requestID),
    (.inclusionProbability, ColumnName.inclusionProbability), (.revision, ColumnName.revision),
    (.retracted, ColumnName.retracted), (.weight, ColumnName.weight), (.source, ColumnName.source),
  ]

  /// Their columns in a stream of that kind.
  func fields(of kind: EventKind) -> [EventLayout.Field] {
    Self.names.filter { contains($0.0) }.map { argument, name in
      let isResult = argument == .label || argument == .score || argument == .value
      let role: ColumnRole = isResult ? (kind == .actual ? .actual : .output) : .system
      return EventLayout.Field(role: role, name: name)
    }
  }
}

/// Writes the values of arguments that are there, one behind the other, in the order of `EventArguments`.
struct ArgumentWriter {
  var next: Int

  @inline(__always)
  mutating func write(_ value: Value, to row: inout EventRow) {
    if value.isNull { return }
    row.store(value, at: next)
    next += 1
  }

  @inline(__always)
  mutating func write(_ text: String?, to row: inout EventRow) {
    guard let text else { return }
    row.store(text: text, at: next)
    next += 1
  }

  @inline(__always)
  mutating func write(_ number: Double, to row: inout EventRow) {
    row.store(number, .float64, at: next)
    next += 1
  }

  @inline(__always)
  mutating func write(_ integer: Int64, to row: inout EventRow) {
    row.store(integer, .int64, at: next)
    next += 1
  }

  @inline(__always)
  mutating func write(_ truth: Bool, to row: inout EventRow) {
    row.store(UInt64(truth ? 1 : 0), .bool, at: next)
    next += 1
  }
}
