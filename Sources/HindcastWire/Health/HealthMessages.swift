package import CHindcastProto
package import HindcastFormat

/// `grpc.health.v1.HealthCheckRequest`.
package struct HealthCheckRequest: WireMessage, Equatable {
  package static let coding = WireCoding(
    messageName: "HealthCheckRequest", initialize: grpc__health__v1__health_check_request__init,
    unpack: grpc__health__v1__health_check_request__unpack,
    packedByteCount: grpc__health__v1__health_check_request__get_packed_size,
    pack: grpc__health__v1__health_check_request__pack)

  /// Empty: the server as a whole.
  package var service: String

  package init(service: String = "") { self.service = service }

  package init(_ view: Grpc__Health__V1__HealthCheckRequest) throws(FormatError) {
    service = try view.service.utf8("service")
  }

  package func fill(_ view: inout Grpc__Health__V1__HealthCheckRequest, in arena: borrowing ProtobufArena) {
    view.service = arena.string(service)
  }
}

/// `grpc.health.v1.HealthCheckResponse`.
package struct HealthCheckResponse: WireMessage, Equatable {
  package static let coding = WireCoding(
    messageName: "HealthCheckResponse", initialize: grpc__health__v1__health_check_response__init,
    unpack: grpc__health__v1__health_check_response__unpack,
    packedByteCount: grpc__health__v1__health_check_response__get_packed_size,
    pack: grpc__health__v1__health_check_response__pack)

  /// Raw values are the wire's.
  package enum ServingStatus: UInt8, Sendable {
    case unknown = 0
    case serving = 1
    case notServing = 2
    case serviceUnknown = 3
  }

  package var status: ServingStatus

  package init(_ status: ServingStatus) { self.status = status }

  package init(_ view: Grpc__Health__V1__HealthCheckResponse) throws(FormatError) {
    status = UInt8(exactly: view.status.rawValue).flatMap(ServingStatus.init) ?? .unknown
  }

  package func fill(_ view: inout Grpc__Health__V1__HealthCheckResponse, in arena: borrowing ProtobufArena) {
    view.status = Grpc__Health__V1__HealthCheckResponse__ServingStatus(rawValue: .init(status.rawValue))
  }
}
