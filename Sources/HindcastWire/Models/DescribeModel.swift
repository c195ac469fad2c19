package import CHindcastProto
package import HindcastFormat

package struct DescribeModelRequest: WireMessage, Equatable {
  package static let coding = WireCoding(
    messageName: "DescribeModelRequest", initialize: hindcast__v1__describe_model_request__init,
    unpack: hindcast__v1__describe_model_request__unpack,
    packedByteCount: hindcast__v1__describe_model_request__get_packed_size,
    pack: hindcast__v1__describe_model_request__pack)

  package var model: String

  package init(model: String) { self.model = model }
  package init(_ view: Hindcast__V1__DescribeModelRequest) throws(FormatError) { model = try view.model.utf8("model") }

  package func fill(_ view: inout Hindcast__V1__DescribeModelRequest, in arena: borrowing ProtobufArena) {
    view.model = arena.string(model)
  }
}

/// The parts of one model, the columns of the newest block of each, and what became of the predictions that were served.
package struct DescribeModelResponse: WireMessage, Equatable {
  package static let coding = WireCoding(
    messageName: "DescribeModelResponse", initialize: hindcast__v1__describe_model_response__init,
    unpack: hindcast__v1__describe_model_response__unpack,
    packedByteCount: hindcast__v1__describe_model_response__get_packed_size,
    pack: hindcast__v1__describe_model_response__pack)

  package var parts: [ModelSummary]
  package var columns: [ColumnSummary]
  package var served: [ServedSummary]
  /// What could not be read of the loss reports.
  package var gaps: [ReadGap]

  package init(
    parts: [ModelSummary], columns: [ColumnSummary], served: [ServedSummary] = [], gaps: [ReadGap] = []
  ) {
    self.parts = parts
    self.columns = columns
    self.served = served
    self.gaps = gaps
  }

  package init(_ view: Hindcast__V1__DescribeModelResponse) throws(FormatError) {
    parts = try elements(view.parts, count: view.n_parts).map { (each) throws(FormatError) in try ModelSummary(each) }
    columns = try elements(view.columns, count: view.n_columns)
      .map { (each) throws(FormatError) in try ColumnSummary(each) }
    served = try elements(view.served, count: view.n_served)
      .map { (each) throws(FormatError) in try ServedSummary(each) }
    gaps = try elements(view.gaps, count: view.n_gaps).map { (each) throws(FormatError) in try ReadGap(each) }
  }

  package func fill(_ view: inout Hindcast__V1__DescribeModelResponse, in arena: borrowing ProtobufArena) {
    (view.n_parts, view.parts) = arena.messages(parts)
    (view.n_columns, view.columns) = arena.messages(columns)
    (view.n_served, view.served) = arena.messages(served)
    (view.n_gaps, view.gaps) = arena.messages(gaps)
  }
}

/// One column of a kind and version of a model.
package struct ColumnSummary: WireMessage, Equatable {
  package static let coding = WireCoding(
    messageName: "ColumnSummary", initialize: hindcast__v1__column_summary__init,
    unpack: hindcast__v1__column_summary__unpack,
    packedByteCount: hindcast__v1__column_summary__get_packed_size, pack: hindcast__v1__column_summary__pack)

  package var kind: EventKind
  package var version: String
  package var schema: ColumnSchema

  package init(kind: EventKind, version: String, schema: ColumnSchema) {
    self.kind = kind
    self.version = version
    self.schema = schema
  }

  package init(_ view: Hindcast__V1__ColumnSummary) throws(FormatError) {
    kind = try required(EventKind.optional(view.kind), "kind")
    version = try view.version.utf8("version")
    schema = try ColumnSchema(name: view.name, role: view.role, type: view.type, dimension: view.dimension)
  }

  package func fill(_ view: inout Hindcast__V1__ColumnSummary, in arena: borrowing ProtobufArena) {
    view.kind = kind.view
    view.version = arena.string(version)
    view.name = arena.string(schema.name)
    view.role = Hindcast__V1__Role(rawValue: .init(schema.role.rawValue))
    view.type = Hindcast__V1__Type(rawValue: .init(schema.type.rawValue))
    view.dimension = UInt32(schema.dimension)
  }
}
