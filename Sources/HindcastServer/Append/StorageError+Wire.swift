internal import GRPCCore
internal import HindcastStorage
internal import HindcastWire

extension StorageError {
  /// What a client is told when its block is not stored.
  func refusal(retryAfterMilliseconds: UInt32) -> Refusal {
    switch code {
    case .sequenceGap(let expected):
      Refusal(.failedPrecondition, message, isRetryable: true, expectedSequence: expected)
    case .staleEpoch:
      Refusal(.failedPrecondition, message)
    case .invalid:
      Refusal(.invalidArgument, message)
    case .diskFull, .overloaded:
      Refusal(.resourceExhausted, message, isRetryable: true, retryAfterMilliseconds: retryAfterMilliseconds)
    default:
      // The server cannot store now; another server, or this one after a restart, can.
      Refusal(.unavailable, message, isRetryable: true, retryAfterMilliseconds: retryAfterMilliseconds)
    }
  }

  /// What whoever changes a cursor is told.
  var cursorError: RPCError {
    let code: RPCError.Code =
      switch code {
      case .unknownModel, .unknownCursor: .notFound
      case .conflict: .failedPrecondition
      case .invalid: .invalidArgument
      case .diskFull: .resourceExhausted
      default: .unavailable
      }
    return RPCError(code: code, message: message)
  }

  /// What a reader is told.
  var readError: RPCError {
    let code: RPCError.Code =
      switch code {
      case .unknownModel: .notFound
      case .corrupt: .dataLoss
      case .invalid: .invalidArgument
      default: .unavailable
      }
    return RPCError(code: code, message: message)
  }
}
