internal import GRPCCore
internal import HindcastWire

/// What a stream asks for, as far as limits depend on it.
enum RequestKind: Sendable, Equatable {
  /// Messages for as long as it likes.
  case append
  /// One message with a block.
  case put
  /// A small question, and an answer that may go on for as long as it likes.
  case read
  /// A small question with a short answer; unknown methods too.
  case question

  init(path: String) {
    switch path {
    case Self.path(HindcastMethods.append): self = .append
    case Self.path(HindcastMethods.put): self = .put
    case Self.path(HindcastMethods.read), Self.path(HealthMethods.watch): self = .read
    default: self = .question
    }
  }

  var isLong: Bool { self == .append || self == .read }

  func messageBytesMax(_ limits: ServerLimits) -> Int {
    switch self {
    case .append, .put: limits.messageBytesMax
    case .read, .question: limits.questionBytesMax
    }
  }

  private static func path(_ method: MethodDescriptor) -> String { "/\(method.fullyQualifiedMethod)" }
}
