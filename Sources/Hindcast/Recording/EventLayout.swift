internal import HindcastFormat
internal import Synchronization

/// The fields of an event, by role and name, in the order in which its row has them. Events of one shape share it.
final class EventLayout: Sendable {
  struct Field: Sendable, Hashable {
    var role: ColumnRole
    var name: String
  }

  let stream: EventStream
  let fields: [Field]
  /// The number that rows name it by, from 0; nil: only the chunk that has the row knows it.
  let number: Int?
  /// Why an event with these fields is rejected; nil: it is not.
  let problem: String?
  /// Neither the layout nor its stream has a problem.
  let takesEvents: Bool
  /// Bytes of a row before its texts and lists.
  let fixedByteCount: Int
  /// Of layouts that were made for events with dictionaries: which they match.
  let shape: EventShape

  init(stream: EventStream, fields: [Field], shape: EventShape = EventShape(), number: Int?) {
    self.stream = stream
    self.fields = fields
    self.shape = shape
    self.number = number
    problem = Self.problem(with: fields)
    takesEvents = problem == nil && stream.problem == nil
    // One that lives with a single row takes the room that it needs itself, its names twice, from that row's chunk.
    let own = number == nil ? fields.reduce(256) { $0 + 64 + 2 * $1.name.utf8.count } : 0
    fixedByteCount = RowFormat.fixedByteCount(fieldCount: fields.count) + RowFormat.aligned(own)
  }

  private static func problem(with fields: [Field]) -> String? {
    // The id's and the time's columns come on top.
    if fields.count > Limits.columnsMax - 2 {
      return "it has more fields than the \(Limits.columnsMax) columns of a block"
    }
    var seen = Set<Field>(minimumCapacity: fields.count)
    for field in fields {
      if let problem = NameRules.problem(withField: field.name) { return problem }
      if !seen.insert(field).inserted { return "\(field.role.word) '\(field.name)' is given twice; give it once" }
    }
    return nil
  }
}

/// The names of an event that was logged with dictionaries, in their order, and which of the named arguments it has.
struct EventShape: Sendable, Hashable {
  var features: [String] = []
  var outputs: [String] = []
  var tags: [String] = []
  var arguments = EventArguments()

  /// Whether an event has this very shape.
  @inline(__always)
  func matches(_ event: borrowing DictionaryEvent) -> Bool {
    arguments == event.arguments && Self.match(features, event.features) && Self.match(outputs, event.outputs)
      && Self.match(tags, event.tags)
  }

  @inline(__always)
  private static func match(_ names: [String], _ fields: DictionaryEvent.Group) -> Bool {
    guard names.count == fields.count else { return false }
    for index in 0..<names.count where names[index] != fields[index].0 { return false }
    return true
  }
}

/// The layouts of a client, by what they were made for.
final class LayoutTable: Sendable {
  private struct Key<What: Hashable>: Hashable {
    var stream: Int
    var what: What
  }

  private struct State {
    var byShape: [Key<EventShape>: EventLayout] = [:]
    var byFields: [Key<[EventLayout.Field]>: EventLayout] = [:]
    var numbered: [EventLayout] = []
  }

  private let state = Mutex(State())

  /// A service that makes up field names must not grow without bound: further layouts live only as long as their rows.
  private let layoutsMax: Int

  init(layoutsMax: Int = 4_096) { self.layoutsMax = layoutsMax }

  /// The layout of a dictionary event, made when such an event comes for the first time.
  func layout(of event: borrowing DictionaryEvent, _ stream: EventStream) -> EventLayout {
    let shape = EventShape(
      features: event.features.map(\.0), outputs: event.outputs.map(\.0), tags: event.tags.map(\.0),
      arguments: event.arguments)
    return state.withLock { state in
      let key = Key(stream: stream.number, what: shape)
      if let present = state.byShape[key] { return present }
      var fields = shape.features.map { EventLayout.Field(role: .feature, name: $0) }
      fields += shape.outputs.map { EventLayout.Field(role: .output, name: $0) }
      fields += shape.tags.map { EventLayout.Field(role: .tag, name: $0) }
      fields += shape.arguments.fields(of: stream.key.kind)
      let layout = make(stream, fields, shape, &state)
      if layout.number != nil { state.byShape[key] = layout }
      return layout
    }
  }

  /// The layout of declared fields: the same for the same fields, however often somebody asks.
  func layout(of fields: [EventLayout.Field], _ stream: EventStream) -> EventLayout {
    state.withLock { state in
      let key = Key(stream: stream.number, what: fields)
      if let present = state.byFields[key] { return present }
      let layout = make(stream, fields, EventShape(), &state)
      if layout.number != nil { state.byFields[key] = layout }
      return layout
    }
  }

  private func make(
    _ stream: EventStream, _ fields: [EventLayout.Field], _ shape: EventShape, _ state: inout State
  ) -> EventLayout {
    let number = state.numbered.count < layoutsMax ? state.numbered.count : nil
    let layout = EventLayout(stream: stream, fields: fields, shape: shape, number: number)
    if number != nil { state.numbered.append(layout) }
    return layout
  }

  func layout(numbered number: Int) -> EventLayout { state.withLock { $0.numbered[number] } }

  /// Those with numbers from `first` on, in their order.
  func layouts(from first: Int) -> ArraySlice<EventLayout> { state.withLock { $0.numbered[first...] } }
}
