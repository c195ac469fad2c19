internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix
internal import HindcastWire
internal import Logging
internal import Synchronization

/// Keeps one long `Append` stream to a server: blocks up, as far ahead as the outbox allows, answers down. When the
/// stream ends before its time it begins another, there or at the next server, and the outbox sends again what is
/// unacknowledged.
final class Sender: Sendable {
  private let access: ServerAccess
  private let outbox: Outbox
  private let configuration: HindcastClient.Configuration
  private let warnings: WarningLimiter

  init(
    to access: ServerAccess, outbox: Outbox, configuration: HindcastClient.Configuration, warnings: WarningLimiter
  ) {
    self.access = access
    self.outbox = outbox
    self.configuration = configuration
    self.warnings = warnings
  }

  private enum StreamEnd: Error {
    case finished
    /// The server is there and wants the stream to begin anew. `refusal`: it did not take a block, with this code.
    case restart(reason: String, delay: Duration?, refusal: RPCError.Code?)
    /// No connection, or no answers, for too long: the connection itself is not to be trusted.
    case silent(reason: String)
    case failed(RPCError)
  }

  /// What to do before the next attempt.
  private enum Next {
    case finish
    /// The same connection again: at once if nil, else no sooner than this and as attempts before have shown.
    case again(after: Duration?)
    /// The next server.
    case moveOn
    /// The next server; the token or the certificate was refused.
    case denied
  }

  /// Sends until the outbox is closed and empty, or the task is cancelled.
  func run() async {
    var delays = RetryDelay(first: configuration.retryDelay, longest: configuration.retryDelayMax)
    var denials = RetryDelay(first: configuration.deniedDelay, longest: configuration.deniedDelay * 10)
    var random = SystemRandomNumberGenerator()
    var route = ServerRoute(count: access.servers.count)
    var toldDenials: [Int: String] = [:]
    var connection: ServerConnection?
    while !Task.isCancelled {
      let server = access.servers[route.current]
      let acknowledged = outbox.counts.acknowledgedBlocks
      let token = access.presentToken
      var next = Next.moveOn
      do {
        let present = try connection ?? connect(to: server)
        connection = present
        next = judge(await runStream(on: present), by: server, &route, &toldDenials)
      } catch {
        warnings.warn(.connection, "\(error)")
      }
      if outbox.counts.acknowledgedBlocks > acknowledged {
        delays.reset()
        denials.reset()
        route.worked()
        toldDenials[route.current] = nil
      }
      switch next {
      case .finish:
        await connection?.close()
        return
      case .again(let delay):
        if let delay { await pause(delays.next(notBefore: delay, using: &random)) }
      case .moveOn:
        await connection?.close()
        connection = nil
        if route.moveOn() { await pause(delays.next(using: &random)) }
      case .denied:
        await connection?.close()
        connection = nil
        guard route.moveOn() else { break }
        // Another token in its file may be the right one.
        await pause(denials.next(using: &random)) { access.presentToken != token }
      }
      // Nothing is left that a server would be needed for.
      if outbox.isFinished { break }
    }
    await connection?.close()
  }

  private func judge(
    _ end: StreamEnd, by server: ServerAddress, _ route: inout ServerRoute, _ toldDenials: inout [Int: String]
  ) -> Next {
    switch end {
    case .finished: return .finish
    case .restart(let reason, let delay, let refusal):
      warnings.warn(.refused, "server \(server): \(reason)")
      switch refusal {
      // It cannot store now, and says that another one may.
      case .unavailable? where access.servers.count > 1: return .moveOn
      case .resourceExhausted? where route.isTooFull(): return .moveOn
      default: return .again(after: delay)
      }
    case .silent(let reason):
      warnings.warn(.connection, "server \(server) \(reason)")
      return .moveOn
    case .failed(let error):
      let isRejected = outbox.streamFailed(error.code)
      switch error.code {
      case .unauthenticated, .permissionDenied:
        if toldDenials[route.current] != error.message {
          toldDenials[route.current] = error.message
          configuration.logger.warning(
            """
            server \(server) refuses this client, whose events wait in memory, up to waitingBytes, until that is mended: \
            \(error.message)
            """)
        }
        return .denied
      case .unavailable:
        warnings.warn(.connection, "no stream to server \(server): \(error.reason)")
        return .moveOn
      case .resourceExhausted:
        warnings.warn(.refused, "server \(server): \(error.message)")
        if route.isTooFull() { return .moveOn }
        return .again(after: .milliseconds(Int64(Refusal(error).retryAfterMilliseconds)))
      default:
        warnings.warn(
          .connection,
          "the stream to server \(server) ended: \(error.reason)\(isRejected ? "; the block it ended at is rejected" : "")"
        )
        return .again(after: .zero)
      }
    }
  }

  /// Shorter if there is nothing left to wait for, or `isOver` says so.
  private func pause(_ delay: Duration, or isOver: () -> Bool = { false }) async {
    let end = ContinuousClock.now + delay
    while ContinuousClock.now < end, !Task.isCancelled, !outbox.isFinished, !isOver() {
      try? await Task.sleep(for: min(ContinuousClock.now.duration(to: end), .seconds(1)))
    }
  }

  private func connect(to server: ServerAddress) throws(HindcastError) -> ServerConnection {
    try ServerConnection(
      to: server, access: access, retryDelay: configuration.retryDelay, retryDelayMax: configuration.retryDelayMax)
  }

  private func runStream(on connection: ServerConnection) async -> StreamEnd {
    let progress = StreamProgress()
    return await withTaskGroup(of: StreamEnd?.self) { group in
      group.addTask { await self.exchange(on: connection, progress) }
      group.addTask { await self.watch(progress) }
      var end: StreamEnd?
      while end == nil, let next = await group.next() { end = next }
      group.cancelAll()
      return end ?? .finished
    }
  }

  private func exchange(on connection: ServerConnection, _ progress: StreamProgress) async -> StreamEnd {
    let outbox = outbox
    let request = StreamingClientRequest(of: AppendRequest.self) { writer in
      // There is a connection.
      let stream = outbox.beginStream()
      progress.opened(stream)
      while let next = await outbox.next(stream: stream) { try await writer.write(next) }
    }
    do {
      return try await connection.client.bidirectionalStreaming(
        request: request, descriptor: HindcastMethods.append, serializer: WireSerializer<AppendRequest>(),
        deserializer: WireDeserializer<AppendResponse>(),
        options: ServerConnection.callOptions(waitsForConnection: false)
      ) { response in
        for try await answer in response.messages {
          if case .endStream(let reason, let delay)? = outbox.take(answer, stream: progress.stream) {
            return StreamEnd.restart(reason: reason, delay: delay, refusal: answer.error?.code)
          }
        }
        if outbox.isFinished { return .finished }
        return .restart(reason: "it closed the stream", delay: .zero, refusal: nil)
      }
    } catch let error as RPCError {
      return .failed(error)
    } catch {
      return .failed(RPCError(code: .unknown, message: "\(error)"))
    }
  }

  /// Returns `.silent` when a connection or answers are overdue; nil when cancelled.
  private func watch(_ progress: StreamProgress) async -> StreamEnd? {
    let timeout = configuration.answerTimeout.wholeNanoseconds
    let began = MonotonicClock.nowNanoseconds
    while !Task.isCancelled {
      try? await Task.sleep(for: min(configuration.answerTimeout, configuration.connectTimeout) / 4)
      let now = MonotonicClock.nowNanoseconds
      if progress.stream == 0 {
        guard now - began > configuration.connectTimeout.wholeNanoseconds else { continue }
        return .silent(reason: "has not taken the connection within \(configuration.connectTimeout)")
      }
      if outbox.silenceNanoseconds(now: now) > timeout {
        return .silent(reason: "has not answered for \(configuration.answerTimeout); connecting anew")
      }
    }
    return nil
  }
}
