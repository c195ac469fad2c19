internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix
internal import HindcastSecurity
internal import HindcastStorage
internal import HindcastWire
internal import Logging
internal import Synchronization

/// A server on one data directory and one address: `start`, then `shutdown`, once each.
package final class HindcastServer: Sendable {
  private struct Running {
    let core: ServerCore
    let transport: GRPCServer<HTTP2ServerTransport.Posix>
    let serving: Task<Void, any Error>
    let compaction: BackgroundCompaction?
    let retention: BackgroundRetention?
    let relief: Task<Void, Never>
    let address: ListenAddress
    let security: ServerSecurity
  }

  private let configuration: ServerConfiguration
  private let running = Mutex<Running?>(nil)

  package init(configuration: ServerConfiguration) { self.configuration = configuration }

  /// Opens the log, which may mean recovery, and begins to serve. Nothing is left open when this throws.
  package func start() async throws(ServerError) {
    if let contradiction = configuration.limits.contradiction { throw ServerError(.configuration, contradiction) }
    let security: ServerSecurity
    do throws(SecurityError) { security = try ServerSecurity(configuration.security) } catch {
      throw ServerError(.security, error.message)
    }
    // The port before the log: it fails at once, where recovery may take a while.
    let socket = try ListeningSocket(configuration.listen)
    let address = socket.address
    let store: LogStore
    do throws(StorageError) {
      store = try LogStore.open(
        directory: configuration.dataDirectory, mode: .exclusive, options: configuration.storage)
    } catch {
      throw ServerError(.storage, error.message)
    }
    let core = ServerCore(
      store: store, configuration: configuration.fittedToDescriptors(), authenticator: security.authenticator)
    core.announceRecovery()
    let server = GRPCServer(
      transport: HTTP2ServerTransport.Posix(
        listeningSocketDescriptor: Int(socket.take()), transportSecurity: security.transport,
        config: core.gates.transportConfig),
      services: [HindcastService(core: core), HealthService(core: core)])
    let serving = Task { try await server.serve() }
    guard (try? await server.transport.listeningAddress) != nil else {
      let cause = await serving.result
      try? await store.close()
      throw ServerError(.transport, "\(address): the listener did not start: \(cause)")
    }
    core.health.serve(.serving)
    let compaction = configuration.compaction.map { BackgroundCompaction($0, core: core) }
    let retention = configuration.retention.map { BackgroundRetention($0, core: core) }
    running.withLock {
      $0 = Running(
        core: core, transport: server, serving: serving, compaction: compaction, retention: retention,
        relief: Task { await core.relieve() }, address: address, security: security)
    }
    security.announce(at: address, to: configuration.logger)
    configuration.logger.debug(
      "serving", metadata: ["address": "\(address)", "data": "\(configuration.dataDirectory)"])
  }

  /// Reads certificate, key and tokens again, for connections and calls from now on; those that are open go on. What
  /// cannot be read, or is wrong, stays as it was.
  package func reloadSecurity() {
    running.withLock { $0 }?.security.reload(configuration.logger)
  }

  /// Where the server listens, with the real port; nil before `start`.
  package var boundAddress: ListenAddress? { running.withLock { $0?.address } }

  package var boundPort: Int { boundAddress.map { Int($0.port) } ?? 0 }

  /// Returns when the listener has stopped, because of `shutdown` or by itself. Throws what broke it off.
  package func waitUntilStopped() async throws(ServerError) {
    guard let running = running.withLock({ $0 }) else { return }
    do { try await running.serving.value } catch {
      throw ServerError(.transport, "\(running.address): the listener broke off: \(error)")
    }
  }

  /// Takes no more connections and streams, ends the reads that follow, answers the blocks that were received, and closes
  /// the log. Connections that have not ended by the deadline are cut off; what was acknowledged is on disk either way.
  package func shutdown(deadline: Duration = .seconds(10)) async throws(ServerError) {
    guard let running = running.withLock({ $0.take() }) else { return }
    let core = running.core
    core.beginShutdown()
    defer { running.relief.cancel() }
    running.transport.beginGracefulShutdown()
    if await !running.serving.ends(within: deadline * 0.6) {
      core.logger.warning("connections did not end in time and are cut off")
      running.serving.cancel()
      _ = await running.serving.ends(within: deadline * 0.1)
    }
    if let compaction = running.compaction, await !compaction.stop(within: deadline * 0.1) {
      core.logger.warning("a compaction is cut off; it will be done again")
    }
    if let retention = running.retention, await !retention.stop(within: deadline * 0.1) {
      core.logger.warning("retention is cut off; it will be done again")
    }
    do throws(StorageError) { try await core.store.close() } catch {
      throw ServerError(.storage, "the log was not closed cleanly: \(error.message)")
    }
    core.logger.debug("stopped", metadata: ["durable": "\(core.store.durablePosition)"])
  }

  /// Serves until the calling task is cancelled (the command does so on SIGTERM and SIGINT) or the listener breaks off,
  /// and shuts down. `started` is told the address.
  package static func run(
    configuration: ServerConfiguration, deadline: Duration = .seconds(10),
    started: @Sendable (ListenAddress) -> Void = { _ in }
  ) async throws(ServerError) {
    let server = HindcastServer(configuration: configuration)
    try await server.start()
    if let address = server.boundAddress { started(address) }
    let cancelled = AsyncStream.makeStream(of: Void.self)
    let watching = Task { [server] in
      // The listener's own end also ends the wait below.
      try? await server.waitUntilStopped()
      cancelled.continuation.finish()
    }
    // Ends when the task is cancelled, or the stream is finished.
    for await _ in cancelled.stream {}
    watching.cancel()
    // A cancelled task would not wait for answers, so the way down has a task of its own.
    let result: Result<Void, ServerError> = await Task {
      do throws(ServerError) {
        try await server.shutdown(deadline: deadline)
        return .success(())
      } catch {
        return .failure(error)
      }
    }.value
    try result.get()
  }
}
