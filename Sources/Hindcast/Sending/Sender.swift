internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix
internal import HindcastWire
internal import Synchronization

/// Keeps one long `Append` stream to the server: blocks up, as far ahead as the outbox allows, answers down. When the
/// stream ends before its time it begins another, and the outbox sends again what is unacknowledged.
final class Sender: Sendable {
  private let address: ServerAddress
  private let outbox: Outbox
  private let configuration: HindcastClient.Configuration
  private let warnings: WarningLimiter

  init(
    to address: ServerAddress, outbox: Outbox, configuration: HindcastClient.Configuration, warnings: WarningLimiter
  ) {
    self.address = address
    self.outbox = outbox
    self.configuration = configuration
    self.warnings = warnings
  }

  private enum StreamEnd: Error {
    case finished
    case restart(reason: String, delay: Duration?)
    /// The server owes answers for too long: the connection itself is not to be trusted.
    case silent
    case failed(RPCError)
  }

  /// Sends until the outbox is closed and empty, or the task is cancelled.
  func run() async {
    var delays = RetryDelay(first: configuration.retryDelay, longest: configuration.retryDelayMax)
    var random = SystemRandomNumberGenerator()
    var connection: ServerConnection?
    while !Task.isCancelled {
      let acknowledged = outbox.counts.acknowledgedBlocks
      var delay: Duration? = .zero
      do {
        let present = try connection ?? makeConnection()
        connection = present
        switch await runStream(on: present) {
        case .finished:
          await present.close()
          return
        case .restart(let reason, let after):
          warnings.warn(.refused, "server \(name): \(reason)")
          delay = after
        case .silent:
          warnings.warn(
            .connection, "server \(name) has not answered for \(configuration.answerTimeout); connecting anew")
          await present.close()
          connection = nil
        case .failed(let error):
          let isRejected = outbox.streamFailed(error.code)
          warnings.warn(
            .connection,
            "the stream to server \(name) ended: \(error.message)\(isRejected ? "; the block it ended at is rejected" : "")"
          )
        }
      } catch {
        warnings.warn(.connection, "\(error)")
      }
      if outbox.counts.acknowledgedBlocks > acknowledged { delays.reset() }
      if let delay { try? await Task.sleep(for: max(delay, delays.next(using: &random))) }
    }
    await connection?.close()
  }

  private var name: String { "\(address.target)" }

  private func makeConnection() throws(HindcastError) -> ServerConnection {
    try ServerConnection(
      to: address, retryDelay: configuration.retryDelay, retryDelayMax: configuration.retryDelayMax)
  }

  private func runStream(on connection: ServerConnection) async -> StreamEnd {
    await withTaskGroup(of: StreamEnd?.self) { group in
      group.addTask { await self.exchange(on: connection) }
      group.addTask { await self.watch() }
      var end: StreamEnd?
      while end == nil, let next = await group.next() { end = next }
      group.cancelAll()
      return end ?? .finished
    }
  }

  private func exchange(on connection: ServerConnection) async -> StreamEnd {
    let outbox = outbox
    let stream = outbox.beginStream()
    let request = StreamingClientRequest(of: AppendRequest.self) { writer in
      while let next = await outbox.next(stream: stream) { try await writer.write(next) }
    }
    do {
      return try await connection.client.bidirectionalStreaming(
        request: request, descriptor: HindcastMethods.append, serializer: WireSerializer<AppendRequest>(),
        deserializer: WireDeserializer<AppendResponse>(), options: ServerConnection.callOptions
      ) { response in
        for try await answer in response.messages {
          if case .endStream(let reason, let delay)? = outbox.take(answer, stream: stream) {
            return StreamEnd.restart(reason: reason, delay: delay)
          }
        }
        return outbox.isFinished ? .finished : .restart(reason: "it closed the stream", delay: .zero)
      }
    } catch let error as RPCError {
      return .failed(error)
    } catch {
      return .failed(RPCError(code: .unknown, message: "\(error)"))
    }
  }

  /// Returns `.silent` when answers are overdue; nil when cancelled.
  private func watch() async -> StreamEnd? {
    let timeout = configuration.answerTimeout.wholeNanoseconds
    while !Task.isCancelled {
      try? await Task.sleep(for: configuration.answerTimeout / 4)
      if outbox.silenceNanoseconds(now: MonotonicClock.nowNanoseconds) > timeout { return .silent }
    }
    return nil
  }
}
