internal import HindcastFormat

/// Logs the predictions of one version of a model, and later what really happened.
///
/// May be used from any thread or task. Calls take well under a microsecond or two, never wait for the network and never
/// throw. An event that can't be stored (an empty or overlong name, a name given twice, a value over 16 MiB) is counted
/// as rejected, and the client's log names the field.
///
/// **Types.** A field's first value that is not null gives its column the type. A later value of another type goes along
/// if the column holds it exactly (an integer among doubles). Otherwise the block collected so far is handed on and a new
/// one begins, in which the column has a type for both where there is one (integers and doubles: doubles), else the new
/// value's type. Fields may come and go between events; an event without a field has a null there.
public struct ModelLogger: Sendable {
  // Keeps the client, and so the connection, for as long as a logger is in use.
  let client: HindcastClient
  let predictions: StreamBatcher
  let actuals: StreamBatcher

  /// Logs one prediction.
  ///
  /// - Parameters:
  ///   - id: What actuals refer to later. Unique for the model and environment; none: a UUID of version 7 is made.
  ///   - time: When the prediction was made; none: now.
  ///   - features: What the model was given.
  ///   - outputs: What it answered. Names with a meaning: `label`, `score`, `value`, `class_scores`, `vector`, `text`.
  ///   - tags: What events are sliced by: region, experiment, ...
  ///   - subject: Whom the event is about, so that it can be erased.
  ///   - latency: How long the model took.
  ///   - status: How the request ended, such as `ok` or `timeout`. Failed requests are events, too.
  ///   - error: What went wrong.
  ///   - traceID: The distributed trace the request was part of.
  ///   - group: What a ranking's candidates have in common.
  ///   - requestID: The request the event came with.
  ///   - inclusionProbability: With which probability an event like this one is logged, if events are sampled.
  /// - Returns: The event's id, made or given.
  @discardableResult
  public func log(
    id: String? = nil, time: Timestamp? = nil, features: Fields = [:], outputs: Fields = [:], tags: Fields = [:],
    subject: String? = nil, latency: Duration? = nil, status: String? = nil, error: String? = nil,
    traceID: String? = nil, group: String? = nil, requestID: String? = nil, inclusionProbability: Double? = nil
  ) -> EventID {
    var fields = EventFields()
    fields.features = features.elements
    fields.outputs = outputs.elements
    fields.tags = tags.elements
    if let subject { fields.addSystem(ColumnName.subject, .string(subject)) }
    if let latency { fields.addSystem(ColumnName.latencyMicroseconds, .int(latency.wholeMicroseconds)) }
    if let status { fields.addSystem(ColumnName.status, .string(status)) }
    if let error { fields.addSystem(ColumnName.error, .string(error)) }
    if let traceID { fields.addSystem(ColumnName.traceID, .string(traceID)) }
    if let group { fields.addSystem(ColumnName.group, .string(group)) }
    if let requestID { fields.addSystem(ColumnName.requestID, .string(requestID)) }
    if let inclusionProbability { fields.addSystem(ColumnName.inclusionProbability, .double(inclusionProbability)) }
    return predictions.append(id.map { EventID($0) }, time, fields)
  }

  /// Logs what really happened to a prediction that was made earlier, or will turn out to have been: order is free.
  ///
  /// Of several actuals of one id the one with the highest revision counts, then the latest.
  ///
  /// - Parameters:
  ///   - id: The prediction's.
  ///   - label: The true class: text, an integer or a boolean, as the prediction's `label`.
  ///   - value: The true number, of a regression.
  ///   - time: When the truth was observed; none: now.
  ///   - revision: Higher corrects lower; none: 0.
  ///   - retracted: The truth known so far is withdrawn.
  ///   - weight: How much the event counts in metrics; none: 1.
  ///   - source: Who says so.
  public func actual(
    id: String, label: Value = .null, value: Value = .null, time: Timestamp? = nil, revision: Int? = nil,
    retracted: Bool = false, weight: Double? = nil, source: String? = nil
  ) {
    actual(
      id: EventID(id), label: label, value: value, time: time, revision: revision, retracted: retracted, weight: weight,
      source: source)
  }

  /// The same for an id that ``log(id:time:features:outputs:tags:subject:latency:status:error:traceID:group:requestID:inclusionProbability:)``
  /// returned.
  public func actual(
    id: EventID, label: Value = .null, value: Value = .null, time: Timestamp? = nil, revision: Int? = nil,
    retracted: Bool = false, weight: Double? = nil, source: String? = nil
  ) {
    var fields = EventFields()
    if label.storage != .null { fields.actuals.append((ColumnName.label, label)) }
    if value.storage != .null { fields.actuals.append((ColumnName.value, value)) }
    fields.needsActual = !retracted
    if let revision { fields.addSystem(ColumnName.revision, .int(revision)) }
    if retracted { fields.addSystem(ColumnName.retracted, .bool(true)) }
    if let weight { fields.addSystem(ColumnName.weight, .double(weight)) }
    if let source { fields.addSystem(ColumnName.source, .string(source)) }
    _ = actuals.append(id, time, fields)
  }
}
