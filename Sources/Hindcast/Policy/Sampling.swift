/// Which of a model's predictions are kept. Those that are not are counted, and the counts are in the log.
///
/// ```swift
/// // All failures and all low scores, and one in a hundred of the rest.
/// fraud.setSampling(Sampling(rate: 0.01, rules: [
///   .init(.failed, rate: 1), .init(.below(.output("score"), 0.2), rate: 1),
/// ]))
/// ```
///
/// The first rule whose condition an event meets decides on it, else `rate`. With each kept event goes the probability it was kept with
/// (`inclusion_probability`), by which evaluation weighs it. Whether an event is kept depends on nothing but its probability and the
/// text of its `key`, so that services that see the same key decide alike, and an event that is kept at one rate is kept at every
/// higher one.
public struct Sampling: Sendable, Hashable {
  /// The share of events that are kept, 0 to 1, of those that no rule speaks of.
  public var rate: Double
  /// What the decision hangs on.
  public var key: Key
  /// The first whose condition holds decides.
  public var rules: [Rule]

  /// What a decision hangs on: events of the same key are kept or left out together.
  public enum Key: Sendable, Hashable {
    /// The event's id.
    case id
    /// Whom the event is about; its id, if it says nothing of that.
    case subject
    /// What a ranking's candidates have in common; its id, if it says nothing of that.
    case group
  }

  /// A condition, and the share of the events that meet it which are kept.
  public struct Rule: Sendable, Hashable {
    /// Whom it is for.
    public var condition: Condition
    /// The share that is kept, 0 to 1.
    public var rate: Double

    /// A rule for events that meet the condition.
    public init(_ condition: Condition, rate: Double) {
      self.condition = condition
      self.rate = rate
    }
  }

  /// What can be asked of an event.
  public enum Condition: Sendable, Hashable {
    /// It has an `error`, or a `status` that is not `ok`.
    case failed
    /// The field has this very value. An integer equals a double of the same value.
    case equals(FieldName, Value)
    /// The field is a number less than this.
    case below(FieldName, Double)
    /// The field is a number greater than this.
    case above(FieldName, Double)
  }

  /// Keeps a share of all events, those that rules speak of aside. Rates outside 0 to 1 are cut to it; not-a-number is 1.
  public init(rate: Double, key: Key = .id, rules: [Rule] = []) {
    self.rate = Self.bounded(rate)
    self.key = key
    self.rules = rules.map { Rule($0.condition, rate: Self.bounded($0.rate)) }
  }

  static func bounded(_ rate: Double) -> Double { rate.isNaN ? 1 : min(max(rate, 0), 1) }
}

/// A field by its role and name.
public struct FieldName: Sendable, Hashable {
  enum Role: Sendable, Hashable { case feature, output, tag, actual, system, id }
  let role: Role
  let name: String

  /// A model input.
  public static func feature(_ name: String) -> FieldName { FieldName(role: .feature, name: name) }
  /// A model output.
  public static func output(_ name: String) -> FieldName { FieldName(role: .output, name: name) }
  /// Something events are sliced by.
  public static func tag(_ name: String) -> FieldName { FieldName(role: .tag, name: name) }
  /// A part of the truth: `label` or `value` of an actual.
  public static func actual(_ name: String) -> FieldName { FieldName(role: .actual, name: name) }
  /// The event's id. It can be hashed only.
  public static let id = FieldName(role: .id, name: "id")
  /// Whom the event is about.
  public static let subject = FieldName(role: .system, name: "subject")
  /// How the request ended.
  public static let status = FieldName(role: .system, name: "status")
  /// What went wrong.
  public static let error = FieldName(role: .system, name: "error")
  /// The distributed trace.
  public static let traceID = FieldName(role: .system, name: "trace_id")
  /// What a ranking's candidates have in common.
  public static let group = FieldName(role: .system, name: "group")
  /// The request.
  public static let requestID = FieldName(role: .system, name: "request_id")
  /// How long the model took.
  public static let latency = FieldName(role: .system, name: "latency_us")
  /// Who says what is true, of an actual.
  public static let source = FieldName(role: .system, name: "source")
}
