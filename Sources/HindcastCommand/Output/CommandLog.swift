internal import Logging

/// Log lines of the modules below, on standard error: `hindcast: the message  key=value`.
struct CommandLog: LogHandler {
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.notice

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    var line = "hindcast: \(event.message)"
    for (key, value) in metadata.merging(event.metadata ?? [:], uniquingKeysWith: { $1 }).sorted(by: { $0.key < $1.key }
    ) {
      line += "  \(key)=\(value)"
    }
    // A progress line may stand on the screen: it is drawn anew behind this one.
    StandardError.writeLine((StandardError.isTerminal ? "\r\u{1b}[K" : "") + line)
  }

  /// Quiet: errors only.
  static func logger(isQuiet: Bool) -> Logger {
    var handler = CommandLog()
    handler.logLevel = isQuiet ? .error : .notice
    return Logger(label: "hindcast", factory: { _ in handler })
  }
}
