internal import HindcastFormat
internal import Synchronization

/// Keeps what a client logs in memory, in the place of a server, so that a service's logging can be tested without one.
///
/// ```swift
/// let recording = LogRecording()
/// let client = try HindcastClient(recording: recording)
/// let service = LoanService(log: client.logger(model: "loans", version: "3"))
/// service.decide(application)
/// try await client.flush()
/// #expect(recording.events.first?.features["income"] == 52_000)
/// ```
///
/// Events go the same way as ever, through sampling, privacy, typing and encoding, up to where they would be sent: what is here is what
/// a server would have stored.
public final class LogRecording: Sendable {
  private let kept = Mutex<[Block]>([])

  /// Without events.
  public init() {}

  func append(_ block: Block) { kept.withLock { $0.append(block) } }

  /// The events so far, in the order of their blocks. Only what was flushed is sure to be here.
  public var events: [RecordedEvent] {
    kept.withLock { $0 }.filter { $0.stream.kind != .loss }.flatMap { block in
      (0..<block.rowCount).map { RecordedEvent(block, row: $0) }
    }
  }

  /// The predictions of a model.
  public func predictions(of model: String) -> [RecordedEvent] {
    events.filter { $0.kind == .prediction && $0.model == model }
  }

  /// What really happened to predictions of a model.
  public func actuals(of model: String) -> [RecordedEvent] {
    events.filter { $0.kind == .actual && $0.model == model }
  }

  /// Forgets the events so far.
  public func removeAll() { kept.withLock { $0.removeAll() } }
}

/// One event as a server would have stored it.
public struct RecordedEvent: Sendable, Equatable {
  /// What an event is a fact about.
  public enum Kind: Sendable, Hashable { case prediction, actual }

  /// What the event is a fact about.
  public var kind: Kind
  /// The model it is filed under.
  public var model: String
  /// The model's version.
  public var version: String
  /// Which world it is from.
  public var environment: HindcastClient.Environment
  /// The event's id, or that of the actual's prediction.
  public var id: String
  /// When the prediction was made, or the truth observed.
  public var time: Timestamp
  /// What the model was given. Nulls are left out, here and below.
  public var features: [String: Value]
  /// What it answered.
  public var outputs: [String: Value]
  /// What events are sliced by.
  public var tags: [String: Value]
  /// The truth: `label`, `value`.
  public var actuals: [String: Value]
  /// Fields that Hindcast gives a meaning: `subject`, `latency_us`, `status`, `inclusion_probability`, `revision`, ...
  public var system: [String: Value]

  init(_ block: Block, row: Int) {
    func values(_ role: ColumnRole) -> [String: Value] {
      var values: [String: Value] = [:]
      for column in block.columns where column.schema.role == role && !column.isNull(row) {
        values[column.name] = column.value(row)
      }
      return values
    }
    kind = block.stream.kind == .actual ? .actual : .prediction
    model = block.stream.model
    version = block.stream.version
    environment = HindcastClient.Environment.allCases.first { $0.stored == block.stream.environment } ?? .production
    id = block.ids?.text(row) ?? ""
    time = Timestamp(microsecondsSince1970: block.times?[row] ?? 0)
    features = values(.feature)
    outputs = values(.output)
    tags = values(.tag)
    actuals = values(.actual)
    system = values(.system)
  }
}

extension Column {
  /// An id as text.
  fileprivate func text(_ row: Int) -> String? {
    switch values {
    case .strings(let strings): strings.string(row)
    case .uuid(let bytes): UUIDText.format(bytes[16 * row..<16 * row + 16])
    default: nil
    }
  }

  fileprivate func value(_ row: Int) -> Value {
    switch values {
    case .bool(let values): .bool(values[row] != 0)
    case .int64(let values):
      schema.type == .timestamp
        ? .timestamp(Timestamp(microsecondsSince1970: values[row])) : .int(values[row])
    case .float32(let values):
      schema.type == .vector
        ? .vector(Array(values[row * schema.dimension..<(row + 1) * schema.dimension])) : .float(values[row])
    case .float64(let values): .double(values[row])
    case .strings(let values): schema.type == .bytes ? .bytes(Array(values[row])) : .string(values.string(row))
    case .uuid: .string(text(row))
    case .stringList(let offsets, let elements):
      .strings((Int(offsets[row])..<Int(offsets[row + 1])).map { elements.string($0) })
    case .doubleList(let offsets, let elements):
      .doubles(Array(elements[Int(offsets[row])..<Int(offsets[row + 1])]))
    }
  }
}
