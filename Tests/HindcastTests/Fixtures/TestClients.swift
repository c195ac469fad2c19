import Hindcast
import Logging
import Synchronization

/// Keeps the lines a client logs.
final class LogRecorder: LogHandler, Sendable {
  private let recorded = Mutex<[String]>([])

  var lines: [String] { recorded.withLock { $0 } }
  func contains(_ text: String) -> Bool { lines.contains { $0.contains(text) } }

  func log(event: LogEvent) {
    recorded.withLock { $0.append("\(event.message)") }
  }

  subscript(metadataKey _: String) -> Logger.Metadata.Value? {
    get { nil }
    set {}
  }
  var metadata: Logger.Metadata {
    get { [:] }
    set {}
  }
  var logLevel: Logger.Level {
    get { .trace }
    set {}
  }
}

extension HindcastClient.Configuration {
  /// Quick to retry, and logging to `recorder`.
  static func forTests(_ recorder: LogRecorder = LogRecorder()) -> HindcastClient.Configuration {
    var configuration = HindcastClient.Configuration()
    configuration.flushInterval = .milliseconds(20)
    configuration.retryDelay = .milliseconds(5)
    configuration.retryDelayMax = .milliseconds(50)
    configuration.logger = Logger(label: "test") { _ in recorder }
    return configuration
  }
}

/// Asks again and again until it is so, or 10 seconds are over.
func eventually(_ condition: () async throws -> Bool) async throws -> Bool {
  for _ in 0..<2_000 {
    if try await condition() { return true }
    try await Task.sleep(for: .milliseconds(5))
  }
  return false
}
