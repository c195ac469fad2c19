package import GRPCCore

/// The RPCs of `hindcast.v1.Hindcast`, as `service.proto` declares them.
package enum HindcastMethods {
  package static let service = ServiceDescriptor(package: "hindcast.v1", service: "Hindcast")
  package static let append = MethodDescriptor(service: service, method: "Append", type: .bidirectionalStreaming)
  package static let put = MethodDescriptor(service: service, method: "Put", type: .unary)
  package static let read = MethodDescriptor(service: service, method: "Read", type: .serverStreaming)
  package static let listModels = MethodDescriptor(service: service, method: "ListModels", type: .unary)
  package static let describeModel = MethodDescriptor(service: service, method: "DescribeModel", type: .unary)
  package static let status = MethodDescriptor(service: service, method: "Status", type: .unary)
  package static let setCursor = MethodDescriptor(service: service, method: "SetCursor", type: .unary)
  package static let removeCursor = MethodDescriptor(service: service, method: "RemoveCursor", type: .unary)
}

/// The RPCs of `grpc.health.v1.Health`.
package enum HealthMethods {
  package static let service = ServiceDescriptor(package: "grpc.health.v1", service: "Health")
  package static let check = MethodDescriptor(service: service, method: "Check", type: .unary)
  package static let watch = MethodDescriptor(service: service, method: "Watch", type: .serverStreaming)
}
