package import CHindcastProto
package import GRPCCore
package import HindcastFormat

/// Why a block was not stored. In `Append` it is part of the answer; in `Put` it is the RPC's status, with the fields
/// that a status has no room for as metadata.
package struct Refusal: WireMessage, Equatable, Error {
  package static let coding = WireCoding(
    messageName: "Refusal", initialize: hindcast__v1__refusal__init, unpack: hindcast__v1__refusal__unpack,
    packedByteCount: hindcast__v1__refusal__get_packed_size, pack: hindcast__v1__refusal__pack)

  /// The gRPC status code that fits. Codes that gRPC does not have arrive as `.unknown`.
  package var code: RPCError.Code
  /// Names the thing that is wrong and says what to do.
  package var message: String
  /// The same block may be sent again.
  package var isRetryable: Bool
  package var retryAfterMilliseconds: UInt32
  /// After a sequence gap the number the server waits for; else 0.
  package var expectedSequence: UInt64

  package init(
    _ code: RPCError.Code, _ message: String, isRetryable: Bool = false, retryAfterMilliseconds: UInt32 = 0,
    expectedSequence: UInt64 = 0
  ) {
    self.code = code
    self.message = message
    self.isRetryable = isRetryable
    self.retryAfterMilliseconds = retryAfterMilliseconds
    self.expectedSequence = expectedSequence
  }

  package init(_ view: Hindcast__V1__Refusal) throws(FormatError) {
    code = Status.Code(rawValue: Int(view.code)).flatMap(RPCError.Code.init) ?? .unknown
    message = try view.message.utf8("refusal message")
    isRetryable = view.retryable != 0
    retryAfterMilliseconds = view.retry_after_ms
    expectedSequence = view.expected_sequence
  }

  package func fill(_ view: inout Hindcast__V1__Refusal, in arena: borrowing ProtobufArena) {
    view.code = UInt32(code.rawValue)
    view.message = arena.string(message)
    view.retryable = isRetryable ? 1 : 0
    view.retry_after_ms = retryAfterMilliseconds
    view.expected_sequence = expectedSequence
  }
}

extension Refusal {
  private static let retryableKey = "hindcast-retryable"
  package static let retryAfterKey = "hindcast-retry-after-ms"
  private static let expectedSequenceKey = "hindcast-expected-sequence"

  /// As the error status of `Put`.
  package var rpcError: RPCError {
    var metadata: Metadata = [:]
    metadata.addString(isRetryable ? "true" : "false", forKey: Self.retryableKey)
    if retryAfterMilliseconds > 0 { metadata.addString("\(retryAfterMilliseconds)", forKey: Self.retryAfterKey) }
    if expectedSequence > 0 { metadata.addString("\(expectedSequence)", forKey: Self.expectedSequenceKey) }
    return RPCError(code: code, message: message, metadata: metadata)
  }

  /// What `rpcError` made, on the client's side. An error that did not come from Hindcast is retryable when its code is
  /// UNAVAILABLE.
  package init(_ error: RPCError) {
    func text(_ key: String) -> String? { error.metadata[stringValues: key].first { _ in true } }
    self.init(
      error.code, error.message,
      isRetryable: text(Self.retryableKey).map { $0 == "true" } ?? (error.code == .unavailable),
      retryAfterMilliseconds: text(Self.retryAfterKey).flatMap { UInt32($0) } ?? 0,
      expectedSequence: text(Self.expectedSequenceKey).flatMap { UInt64($0) } ?? 0)
  }
}
