internal import ArgumentParser
internal import Hindcast
internal import HindcastFormat

/// Where a reading command reads: `--data` or `--server`.
struct SourceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Read this data directory. A server may be using it: it is read as it is at this moment.", valueName: "dir"))
  var data: String?

  @Option(help: ArgumentHelp("Read through the server there. Port 7400 if none is given.", valueName: "host:port"))
  var server: String?

  @OptionGroup(title: "Options for --server") var connection: ConnectionOptions

  func validate() throws {
    switch (data, server) {
    case (nil, nil): throw ValidationError("Say where to read: --data DIR, or --server HOST:PORT.")
    case (.some, .some): throw ValidationError("Give either --data or --server, not both.")
    default: break
    }
  }

  /// Of `server`.
  func remoteReader() throws -> RemoteReader {
    try RemoteReader(server: server ?? "", configuration: try connection.configuration)
  }
}

/// Which events: by version, environment and event time. The model is each command's own, as it is not always required.
struct SelectionOptions: ParsableArguments {
  @Option(name: .customLong("version"), help: "Only events of this version of the model. Default: all versions.")
  var modelVersion: String?

  @Option(
    help: ArgumentHelp(
      "Only events from this moment on, by event time: 2026-11-23T08:00:00Z, 2026-11-23, or how long ago: 90m, 2h, 7d.",
      valueName: "time"))
  var since: TimeArgument?

  @Option(
    help: ArgumentHelp("Only events before this moment, by event time. Written as --since is.", valueName: "time"))
  var until: TimeArgument?

  func validate() throws {
    if let since, let until, since.microseconds >= until.microseconds {
      throw ValidationError("--since is not before --until: no event can be between them.")
    }
  }

  /// nil: no bound on either side.
  var times: Range<Int64>? {
    guard since != nil || until != nil else { return nil }
    return (since?.microseconds ?? .min)..<(until?.microseconds ?? .max)
  }
}
