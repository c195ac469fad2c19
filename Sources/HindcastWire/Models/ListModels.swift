package import CHindcastProto
package import HindcastFormat

package struct ListModelsRequest: WireMessage, Equatable {
  package static let coding = WireCoding(
    messageName: "ListModelsRequest", initialize: hindcast__v1__list_models_request__init,
    unpack: hindcast__v1__list_models_request__unpack,
    packedByteCount: hindcast__v1__list_models_request__get_packed_size, pack: hindcast__v1__list_models_request__pack)

  package init() {}
  package init(_ view: Hindcast__V1__ListModelsRequest) throws(FormatError) {}
  package func fill(_ view: inout Hindcast__V1__ListModelsRequest, in arena: borrowing ProtobufArena) {}
}

/// Sorted by model, version, kind and environment.
package struct ListModelsResponse: WireMessage, Equatable {
  package static let coding = WireCoding(
    messageName: "ListModelsResponse", initialize: hindcast__v1__list_models_response__init,
    unpack: hindcast__v1__list_models_response__unpack,
    packedByteCount: hindcast__v1__list_models_response__get_packed_size,
    pack: hindcast__v1__list_models_response__pack)

  package var models: [ModelSummary]

  package init(models: [ModelSummary]) { self.models = models }

  package init(_ view: Hindcast__V1__ListModelsResponse) throws(FormatError) {
    models = try elements(view.models, count: view.n_models).map { (each) throws(FormatError) in try ModelSummary(each)
    }
  }

  package func fill(_ view: inout Hindcast__V1__ListModelsResponse, in arena: borrowing ProtobufArena) {
    (view.n_models, view.models) = arena.messages(models)
  }
}
