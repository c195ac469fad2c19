import Logging
import Synchronization

/// Keeps what a server logs.
final class LogLines: Sendable {
  private let lines = Mutex<[String]>([])

  var logger: Logger {
    var logger = Logger(label: "test", factory: { _ in Handler(lines: self) })
    logger.logLevel = .debug
    return logger
  }

  var all: [String] { lines.withLock { $0 } }

  func has(_ message: String) -> Bool { lines.withLock { $0.contains(message) } }

  private struct Handler: LogHandler {
    let lines: LogLines
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.debug

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { lines.lines.withLock { $0.append("\(event.message)") } }
  }
}
