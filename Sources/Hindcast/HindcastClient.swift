internal import HindcastFormat

/// The connection of a service to Hindcast: collects logged events into blocks and sends them in the background.
///
/// ```swift
/// let client = try HindcastClient(server: "127.0.0.1:7400")
/// let fraud = client.logger(model: "fraud", version: "2026-11-01")
/// let id = fraud.log(features: ["amount": 129.95, "country": "PT"], outputs: ["score": 0.83, "label": true])
/// // days later
/// fraud.actual(id: id, label: false)
/// await client.shutdown()
/// ```
///
/// Make one for the whole service and keep it. `log` never waits for the network and never throws; a server that is away
/// costs memory up to `Configuration.waitingBytes`, then what `Configuration.whenFull` says, which is counted. A client that is released
/// without `shutdown` tries for a few seconds to send what it has. A process that ends without `shutdown` loses the
/// events that are not yet acknowledged, usually those of the last second.
public final class HindcastClient: Sendable {
  let core: ClientCore

  /// A client of the server at `127.0.0.1:7400`, `[::1]:7400`, `host.name:7400` or `unix:/path/to/socket`, or of one of
  /// several: `a:7400,b:7400`.
  ///
  /// Returns at once; the connection is made in the background, and made again whenever it is lost. Throws
  /// ``HindcastError`` if the address can't be understood, or the configuration not be used.
  ///
  /// Of several servers the first is tried first. When a connection cannot be made or breaks off, or the server is
  /// unavailable or leaves blocks unanswered for `Configuration.answerTimeout`, the next one is tried at once, and after
  /// all of them there is a wait. A server that works is kept: the client does not go back to an earlier one before it
  /// has to. Each server has a log of its own. A block that one server has taken, but not acknowledged before it was
  /// given up, is sent to the next as well, and may be in both logs; within each log every event is there once.
  public init(server: String, configuration: Configuration = Configuration()) throws {
    core = try ClientCore(access: ServerAccess(server, configuration), configuration: configuration.bounded)
  }

  /// A client of the first of several servers that answers; see ``init(server:configuration:)``.
  public convenience init(servers: [String], configuration: Configuration = Configuration()) throws {
    try self.init(server: servers.joined(separator: ","), configuration: configuration)
  }

  /// A client of `configuration.server`.
  public convenience init(configuration: Configuration) throws {
    try self.init(server: configuration.server, configuration: configuration)
  }

  /// A client that keeps what is logged in memory instead of sending it, for tests: see ``LogRecording``.
  public init(recording: LogRecording, configuration: Configuration = Configuration()) throws {
    core = try ClientCore(recording: recording, configuration: configuration.bounded)
  }

  /// A client of what the process's environment says; see ``Configuration/init(environment:)``.
  public convenience init() throws {
    try self.init(configuration: Configuration(environment: Configuration.processEnvironment))
  }

  deinit { core.abandonLater() }

  /// What logs the events of one version of a model. Cheap to make and to copy; those of the same name share blocks.
  ///
  /// Names have 1 to 128 bytes (versions 0 to 128) and no control characters. A name against these rules is reported in
  /// the log, and the events are counted as rejected.
  ///
  /// `sampling` says which predictions are kept, `privacy` what is done to fields before they leave the process, for this
  /// version's events from now on, whoever logs them; nil: as it is.
  public func logger(
    model: String, version: String = "", environment: Environment = .production, sampling: Sampling? = nil,
    privacy: Privacy? = nil
  ) -> ModelLogger {
    let logger = ModelLogger(
      client: self, recorder: core.recorder,
      predictions: core.stream(.prediction, model, version, environment.stored),
      actuals: core.stream(.actual, model, version, environment.stored))
    if let sampling { logger.setSampling(sampling) }
    if let privacy { logger.setPrivacy(privacy) }
    return logger
  }

  /// Sends what has been logged so far and waits until the server has it on disk.
  ///
  /// Events that the server refuses or that are dropped count as dealt with: compare ``counters``. Throws
  /// `CancellationError`, and ``HindcastError`` when time runs out; the events stay and are sent later.
  public func flush(within limit: Duration? = nil) async throws {
    try await core.flush(within: limit)
  }

  /// Sends what has been logged, waits for the server's acknowledgements no longer than `deadline`, and ends. What is left
  /// then, and what is logged later, is counted as dropped. Returns the final counters.
  @discardableResult
  public func shutdown(deadline: Duration = .seconds(10)) async -> Counters {
    await core.shutdown(deadline: deadline)
    return counters
  }

  /// What became of the events so far.
  public var counters: Counters { core.counters }

  /// Waits until at most half of `Configuration.waitingBytes` are waiting, or the task is cancelled. For those who would
  /// rather be slowed down than drop events, such as batch jobs; a request handler should not call it.
  public func waitForRoom() async {
    await core.waitForRoom()
  }
}
