internal import ArgumentParser
internal import HindcastFormat
internal import HindcastServer
internal import HindcastStorage
internal import Logging

struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Keep the events that services log.",
    discussion: """
      Serves one data directory at one address, over gRPC. A block that is acknowledged is on disk, and stays there whatever \
      happens to the server: the next start recovers. The directory is made if it is not there; one that is not empty and \
      not ours, or that another server holds, is refused.

        hindcast serve --data /var/lib/hindcast --listen 127.0.0.1:7400

      When the server is ready it says `listening on` and its address on standard error. SIGTERM and SIGINT end it: it answers the \
      blocks that it received, closes the log, and exits with status 0 within 10 seconds. A second signal ends it at once, \
      which loses nothing that was acknowledged.

      With --compact-every events move in the background from the journal into archives: sorted, without exact duplicates, \
      and smaller. With --retain-age and --retain-bytes the oldest files go, whole, once they are compacted and no named \
      cursor needs them any more; readers are told of what is gone.

      With --tls-certificate and --tls-key clients have to speak TLS; with --tls-client-ca they have to show a certificate, too. \
      With --token-file every call has to bring a token. A line of that file is

        NAME RIGHTS TOKEN

      RIGHTS are `append` (log events), `read` (read them, status, models) and `admin` (both, and cursors), joined by commas. \
      A token alone on its line may do everything, `#` begins a comment, and instead of a token its hash may stand there, \
      as sha256: and what `sha256sum` says of it. Only health checks need no token. SIGHUP makes the server read \
      certificate, key and tokens again, for new connections and calls.

        openssl rand -hex 32 > token; echo "fraud-service append $(cat token)" >> tokens; chmod 600 token tokens
        hindcast serve --data /var/lib/hindcast --listen :7400 --tls-certificate server.pem --tls-key server.key \\
            --token-file tokens

      Without any of these the server talks to everybody who can reach it: listen on 127.0.0.1 then.
      """)

  @Option(help: ArgumentHelp("The data directory. One server at a time holds it.", valueName: "dir"))
  var data: String

  @Option(
    help: ArgumentHelp(
      "Where to listen. Port 0 takes any that is free; :7400 listens on every interface.", valueName: "host:port"))
  var listen = "127.0.0.1:7400"

  @Option(help: ArgumentHelp("Write the port to this file once the server is ready, for scripts.", valueName: "file"))
  var portFile: String?

  @Option(
    help: ArgumentHelp(
      "Compact in the background this often (10m, 1h), and whenever 1 GiB of journal has gathered. Default: only `hindcast compact` does.",
      valueName: "duration"))
  var compactEvery: DurationArgument?

  @OptionGroup var retain: RetainOptions

  @OptionGroup(title: "Who may come in, and how") var security: ServerSecurityOptions

  @Option(
    help: ArgumentHelp(
      "Resident memory to stay under, 256 MiB at least. How many connections, streams and reads there may be at once, and how large a message, follows from it.",
      valueName: "bytes"))
  var memoryMax = ByteCountArgument(ServerLimits.memoryBytesDefault)

  @Option(
    help: ArgumentHelp(
      "How long a client may take nothing of what it asked for before its stream, or its connection, is ended.",
      valueName: "duration"))
  var stallTimeout = DurationArgument(seconds: 120)

  @Option(
    help: ArgumentHelp(
      "How large a file of the journal grows before the next is begun. Smaller ones are archived and deleted sooner.",
      valueName: "bytes"))
  var segmentBytes = ByteCountArgument(LogStoreOptions().segmentBytesMax)

  @Option(help: "What the archive is compressed with. zlib is for readers that have nothing else.")
  var codec = ArchiveCodec.zstd

  @Flag(name: .shortAndLong, help: "Log warnings and errors only.")
  var quiet = false

  enum ArchiveCodec: String, ExpressibleByArgument, CaseIterable {
    case zstd
    case zlib
  }

  func validate() throws {
    if let compactEvery, compactEvery.microseconds < 1_000_000 {
      throw ValidationError("--compact-every is at least one second.")
    }
    if !Self.segmentBytesAllowed.contains(segmentBytes.byteCount) {
      throw ValidationError("--segment-bytes is between 64KiB and 16GiB.")
    }
    if memoryMax.byteCount < ServerLimits.memoryBytesMin {
      throw ValidationError("--memory-max is at least \(ByteCountArgument(ServerLimits.memoryBytesMin)).")
    }
    if stallTimeout.microseconds < 1_000_000 { throw ValidationError("--stall-timeout is at least one second.") }
    do { _ = try ListenAddress.parse(listen) } catch { throw ValidationError(error.message) }
  }

  /// Below, a segment would be little more than its footer; above, opening a log whose last segment is not sealed, which
  /// reads it whole, takes minutes.
  private static let segmentBytesAllowed = 64 << 10...16 << 30

  /// What is left of the 10 seconds belongs to the operating system.
  private static let drainDeadline = Duration.seconds(8)

  mutating func run() async throws {
    let signals = TerminationSignals()
    let server = HindcastServer(configuration: try configuration)
    try await server.start()
    guard let address = server.boundAddress else { return }
    do {
      if let portFile { try WholeFile.write("\(address.port)\n", to: portFile) }
    } catch {
      try await server.shutdown(deadline: Self.drainDeadline)
      throw error
    }
    StandardError.writeLine("hindcast: listening on \(address), data in \(data)")
    let hangUp = security.files == SecurityFiles() ? nil : HangUpSignal { server.reloadSecurity() }
    defer { hangUp?.stop() }
    // The listener's own end must end the wait, too.
    let watching = Task {
      do { try await server.waitUntilStopped() } catch { StandardError.writeLine("hindcast: \(error)") }
      signals.stopWaiting()
    }
    let signal = await signals.wait()
    watching.cancel()
    if let signal { StandardError.writeLine("hindcast: \(signal): answering what was received, then ending") }
    try await server.shutdown(deadline: Self.drainDeadline)
    if signal == nil { throw CommandError("\(address): the listener broke off; the log is closed and whole") }
  }

  var configuration: ServerConfiguration {
    get throws {
      var logger = CommandLog.logger(isQuiet: false)
      logger.logLevel = quiet ? .warning : .info
      var configuration = ServerConfiguration(
        dataDirectory: data, listen: try ListenAddress.parse(listen), logger: logger)
      configuration.security = security.files
      configuration.limits = ServerLimits(
        memoryBytesMax: memoryMax.byteCount, usesTLS: configuration.security.certificate != nil)
      configuration.limits.stallPatience = stallTimeout.duration
      configuration.storage.segmentBytesMax = segmentBytes.byteCount
      configuration.storage.archiveCodec = codec == .zlib ? .zlib : .zstd
      configuration.compaction = compactEvery.map { CompactionSchedule(interval: $0.duration) }
      configuration.retention = retain.policy.map { RetentionSchedule(policy: $0) }
      configuration.softwareVersion = SoftwareVersion.text
      return configuration
    }
  }
}
