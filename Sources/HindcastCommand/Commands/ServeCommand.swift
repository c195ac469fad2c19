internal import ArgumentParser
internal import HindcastFormat
internal import HindcastServer
internal import HindcastStorage

struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Keep events: the server that inference services log to.",
    discussion: """
      Opens the data directory, creating it if it is not there, and serves gRPC until SIGTERM or SIGINT. Then it takes no \
      more, answers what it received, closes the log and exits 0, within 10 seconds. What was acknowledged is on disk, \
      also after SIGKILL: the next start recovers.

        hindcast serve --data /var/lib/hindcast --listen 0.0.0.0:7400 --compact-every 10m

      There is no encryption and no authentication: listen on addresses that you trust.
      """)

  @Option(help: ArgumentHelp("The data directory. One server at a time holds it.", valueName: "dir"))
  var data: String

  @Option(help: ArgumentHelp("Where to listen; port 0 takes a free one.", valueName: "host:port"))
  var listen = "127.0.0.1:7400"

  @Option(help: ArgumentHelp("Write the port here once the server is ready.", valueName: "file"))
  var portFile: String?

  @Option(
    help: ArgumentHelp(
      "Compact in the background this often, and whenever 1 GiB of journal has gathered. Default: only `hindcast compact` does.",
      valueName: "duration"))
  var compactEvery: DurationArgument?

  @Option(
    help: ArgumentHelp(
      "Bytes of received blocks that may wait in memory; beyond it clients are told to try again.", valueName: "bytes"))
  var memory = ByteCountArgument(256 << 20)

  @Option(help: ArgumentHelp("What compaction compresses with: zstd or zlib.", valueName: "codec"))
  var codec = CodecArgument.zstd

  enum CodecArgument: String, ExpressibleByArgument, CaseIterable {
    case zstd, zlib
    var codec: ByteCodec { self == .zstd ? .zstd : .zlib }
  }

  mutating func run() async throws {
    var configuration = ServerConfiguration(
      dataDirectory: data, listen: try ListenAddress.parse(listen), logger: CommandLog.logger(isQuiet: false))
    configuration.limits.admittedBytesMax = memory.byteCount
    configuration.storage.archiveCodec = codec.codec
    configuration.compaction = compactEvery.map { CompactionSchedule(interval: $0.duration) }
    configuration.softwareVersion = SoftwareVersion.text
    let portFile = portFile
    let signals = TerminationSignals()
    let server = HindcastServer(configuration: configuration)
    try await server.start()
    guard let address = server.boundAddress else { return }
    if let portFile { try WholeFile.write("\(address.port)\n", to: portFile) }
    StandardError.writeLine("hindcast: listening on \(address), data in \(data)")
    // Whichever comes first: a signal, or the listener's own end.
    let watching = Task { [server] in
      try? await server.waitUntilStopped()
      signals.stop()
    }
    let name = await signals.wait()
    watching.cancel()
    if let name { StandardError.writeLine("hindcast: \(name): draining") }
    try await server.shutdown(deadline: .seconds(9))
    if name == nil { throw CommandError("the listener on \(address) broke off; the log is closed and whole") }
  }
}
