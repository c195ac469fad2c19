internal import GRPCCore
internal import HindcastWire

/// The standard health interface, for load balancers and orchestrators.
struct HealthService: RegistrableRPCService {
  let core: ServerCore

  /// The names that can be asked for: the server as a whole, and its service.
  private static let services: Set<String> = ["", HindcastMethods.service.fullyQualifiedService]

  func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
    router.registerUnary(HealthMethods.check, gates: core.gates) { (request: HealthCheckRequest) in
      guard Self.services.contains(request.service) else {
        throw RPCError(
          code: .notFound,
          message:
            "no service \(request.service) here; ask for \(HindcastMethods.service.fullyQualifiedService), or for none")
      }
      return HealthCheckResponse(core.health.status)
    }
    router.registerServerStream(HealthMethods.watch, gates: core.gates) { (request: HealthCheckRequest, writer, _) in
      // As the interface asks for: an unknown service may yet come, so it is a status and not an error.
      guard Self.services.contains(request.service) else {
        try await writer.write(HealthCheckResponse(.serviceUnknown))
        return
      }
      for await status in core.health.watch() { try await writer.write(HealthCheckResponse(status)) }
    }
  }
}
