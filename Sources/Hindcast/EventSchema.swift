internal import HindcastFormat
internal import Synchronization

/// The fields of a model's predictions, declared once, for services that log often: see ``TypedLogger``.
///
/// ```swift
/// struct FraudFields {
///   let schema = EventSchema()
///   let amount: Field<Double>, country: Field<String>, score: Field<Double>
///   init() {
///     amount = schema.feature("amount")
///     country = schema.feature("country")
///     score = schema.output("score")
///   }
/// }
/// ```
public final class EventSchema: Sendable {
  private struct State {
    var fields: [EventLayout.Field] = []
    var isFinal = false
  }

  /// Tells the fields of one schema from those of another; 0 is none.
  let number = EventSchema.nextNumber.add(1, ordering: .relaxed).newValue
  private let state = Mutex(State())
  private static let nextNumber = Atomic<UInt32>(0)

  /// A schema without fields.
  public init() {}

  /// Something the model is given. Names have 1 to 256 bytes, and each is declared once.
  public func feature<Element>(_ name: String, _: Element.Type = Element.self) -> Field<Element> {
    add(.feature, name)
  }

  /// Something the model answers. Names with a meaning: `label`, `score`, `value`, `class_scores`, `vector`, `text`.
  public func output<Element>(_ name: String, _: Element.Type = Element.self) -> Field<Element> {
    add(.output, name)
  }

  /// Something events are sliced by: region, experiment, ...
  public func tag<Element>(_ name: String, _: Element.Type = Element.self) -> Field<Element> {
    add(.tag, name)
  }

  /// Whom the event is about, so that it can be erased.
  public func subject() -> Field<String> { add(.system, ColumnName.subject) }
  /// How long the model took.
  public func latency() -> Field<Duration> { add(.system, ColumnName.latencyMicroseconds) }
  /// How the request ended, such as `ok` or `timeout`. Failed requests are events, too.
  public func status() -> Field<String> { add(.system, ColumnName.status) }
  /// What went wrong.
  public func error() -> Field<String> { add(.system, ColumnName.error) }
  /// The distributed trace the request was part of.
  public func traceID() -> Field<String> { add(.system, ColumnName.traceID) }
  /// What a ranking's candidates have in common.
  public func group() -> Field<String> { add(.system, ColumnName.group) }
  /// The request the event came with.
  public func requestID() -> Field<String> { add(.system, ColumnName.requestID) }

  private func add<Element>(_ role: ColumnRole, _ name: String) -> Field<Element> {
    state.withLock { state in
      precondition(
        !state.isFinal, "field '\(name)' is declared after a logger was made of the schema; declare it before")
      state.fields.append(EventLayout.Field(role: role, name: name))
      return Field(index: state.fields.count - 1, schema: number)
    }
  }

  /// The fields in the order of their declaration. No further one may be declared.
  func finalFields() -> [EventLayout.Field] {
    state.withLock { state in
      state.isFinal = true
      return state.fields
    }
  }
}
