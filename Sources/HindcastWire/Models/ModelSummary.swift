package import CHindcastProto
package import HindcastFormat

/// What the log holds of one kind of one version of a model in one environment.
package struct ModelSummary: WireMessage, Equatable {
  package static let coding = WireCoding(
    messageName: "ModelSummary", initialize: hindcast__v1__model_summary__init,
    unpack: hindcast__v1__model_summary__unpack,
    packedByteCount: hindcast__v1__model_summary__get_packed_size, pack: hindcast__v1__model_summary__pack)

  package var stream: StreamKey
  /// Repeats included.
  package var rows: UInt64
  package var blocks: UInt64
  package var storedBytes: UInt64
  /// Microseconds since 1970 UTC; both 0 when the events have no time.
  package var minTime: Int64
  package var maxTime: Int64
  package var lastPosition: UInt64

  package init(
    stream: StreamKey, rows: UInt64, blocks: UInt64, storedBytes: UInt64, minTime: Int64, maxTime: Int64,
    lastPosition: UInt64
  ) {
    self.stream = stream
    self.rows = rows
    self.blocks = blocks
    self.storedBytes = storedBytes
    self.minTime = minTime
    self.maxTime = maxTime
    self.lastPosition = lastPosition
  }

  package init(_ view: Hindcast__V1__ModelSummary) throws(FormatError) {
    stream = StreamKey(
      kind: try required(EventKind.optional(view.kind), "kind"),
      model: try view.model.utf8("model"),
      version: try view.version.utf8("version"),
      environment: try required(Environment.optional(view.environment), "environment"))
    rows = view.rows
    blocks = view.blocks
    storedBytes = view.stored_bytes
    minTime = view.min_time
    maxTime = view.max_time
    lastPosition = view.last_position
  }

  package func fill(_ view: inout Hindcast__V1__ModelSummary, in arena: borrowing ProtobufArena) {
    view.kind = stream.kind.view
    view.model = arena.string(stream.model)
    view.version = arena.string(stream.version)
    view.environment = stream.environment.view
    view.rows = rows
    view.blocks = blocks
    view.stored_bytes = storedBytes
    view.min_time = minTime
    view.max_time = maxTime
    view.last_position = lastPosition
  }
}
