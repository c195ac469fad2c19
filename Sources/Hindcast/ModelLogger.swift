internal import HindcastFormat

/// Logs the predictions of one version of a model, and later what really happened.
///
/// May be used from any thread or task. Calls take about a microsecond, never wait for the network and never
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
  let recorder: Recorder
  let predictions: EventStream
  let actuals: EventStream

  /// Logs one prediction.
  ///
  /// - Parameters:
  ///   - id: What actuals refer to later. Unique for the model and environment; none: a UUID of version 7 is made.
  ///   - time: When the prediction was made; none: now.
  ///   - features: What the model was given.
  ///   - label: The class it answered, of a classification: text, an integer or a boolean. The output `label`.
  ///   - score: How sure it was. The output `score`.
  ///   - outputs: What else it answered. Names with a meaning: `label`, `score`, `value`, `class_scores`, `vector`, `text`.
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
    id: String? = nil, time: Timestamp? = nil, features: Fields = [:], label: Value = .null, score: Double? = nil,
    outputs: Fields = [:], tags: Fields = [:], subject: String? = nil, latency: Duration? = nil, status: String? = nil,
    error: String? = nil, traceID: String? = nil, group: String? = nil, requestID: String? = nil,
    inclusionProbability: Double? = nil
  ) -> EventID {
    var arguments = EventArguments()
    if !label.isNull { arguments.insert(.label) }
    if score != nil { arguments.insert(.score) }
    if subject != nil { arguments.insert(.subject) }
    if latency != nil { arguments.insert(.latency) }
    if status != nil { arguments.insert(.status) }
    if error != nil { arguments.insert(.error) }
    if traceID != nil { arguments.insert(.traceID) }
    if group != nil { arguments.insert(.group) }
    if requestID != nil { arguments.insert(.requestID) }
    if inclusionProbability != nil { arguments.insert(.inclusionProbability) }
    let event = DictionaryEvent(
      features: features.elements, outputs: outputs.elements, tags: tags.elements, arguments: arguments)
    return recorder.record(event, predictions, id: id.map { EventID($0) }, time: time) { row, first in
      var values = ArgumentWriter(next: first)
      values.write(label, to: &row)
      if let score { values.write(score, to: &row) }
      values.write(subject, to: &row)
      if let latency { values.write(latency.wholeMicroseconds, to: &row) }
      values.write(status, to: &row)
      values.write(error, to: &row)
      values.write(traceID, to: &row)
      values.write(group, to: &row)
      values.write(requestID, to: &row)
      if let inclusionProbability { values.write(inclusionProbability, to: &row) }
    }
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

  /// The same for an id that ``log(id:time:features:label:score:outputs:tags:subject:latency:status:error:traceID:group:requestID:inclusionProbability:)``
  /// returned.
  public func actual(
    id: EventID, label: Value = .null, value: Value = .null, time: Timestamp? = nil, revision: Int? = nil,
    retracted: Bool = false, weight: Double? = nil, source: String? = nil
  ) {
    var arguments = EventArguments()
    if !label.isNull { arguments.insert(.label) }
    if !value.isNull { arguments.insert(.value) }
    if arguments.isEmpty, !retracted {
      let problem = "it is an actual without a label or a value; give one, or retract it"
      recorder.refuse(actuals, id, time ?? .now, problem)
      return
    }
    if revision != nil { arguments.insert(.revision) }
    if retracted { arguments.insert(.retracted) }
    if weight != nil { arguments.insert(.weight) }
    if source != nil { arguments.insert(.source) }
    let event = DictionaryEvent(features: [], outputs: [], tags: [], arguments: arguments)
    _ = recorder.record(event, actuals, id: id, time: time) { row, first in
      var values = ArgumentWriter(next: first)
      values.write(label, to: &row)
      values.write(value, to: &row)
      if let revision { values.write(Int64(revision), to: &row) }
      if retracted { values.write(true, to: &row) }
      if let weight { values.write(weight, to: &row) }
      values.write(source, to: &row)
    }
  }
}
