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

/// The parts of one model, and the columns of the newest block of each.
package struct DescribeModelResponse: WireMessage, Equatable {
  package static let coding = WireCoding(
    messageName: "DescribeModelResponse", initialize: hindcast__v1__describe_model_response__init,
    unpack: hindcast__v1__describe_model_response__unpack,
    packedByteCount: hindcast__v1__describe_model_response__get_packed_size,
    pack: hindcast__v1__describe_model_response__pack)

  package var parts: [ModelSummary]
  package var columns: [ColumnSummary]

  package init(parts: [ModelSummary], columns: [ColumnSummary]) {
    self.parts = parts
    self.columns = columns
  }

  package init(_ view: Hindcast__V1__DescribeModelResponse) throws(FormatError) {
    parts = try elements(view.parts, count: view.n_parts).map { (each) throws(FormatError) in try ModelSummary(each) }
    columns = try elements(view.columns, count: view.n_columns)
      .map { (each) throws(FormatError) in try ColumnSummary(each) }
  }

  package func fill(_ view: inout Hindcast__V1__DescribeModelResponse, in arena: borrowing ProtobufArena) {
    (view.n_parts, view.parts) = arena.messages(parts)
    (view.n_columns, view.columns) = arena.messages(columns)
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
