package import HindcastStorage
package import Logging

/// Everything a server is told.
package struct ServerConfiguration: Sendable {
  package var dataDirectory: String
  package var listen: ListenAddress
  package var security = SecurityFiles()
  package var limits = ServerLimits()
  package var storage = LogStoreOptions()
  /// nil: compaction is left to `hindcast compact`.
  package var compaction: CompactionSchedule?
  /// nil: nothing is dropped but by `hindcast trim`.
  package var retention: RetentionSchedule?
  /// What `Status` reports.
  package var softwareVersion = "development"
  package var logger: Logger

  package init(dataDirectory: String, listen: ListenAddress, logger: Logger = Logger(label: "hindcast.server")) {
    self.dataDirectory = dataDirectory
    self.listen = listen
    self.logger = logger
  }
}

/// When the server compacts in the background: as soon as either is reached.
package struct CompactionSchedule: Sendable {
  package var interval: Duration
  /// Bytes of journal that are not in the archive yet.
  package var journalBytes: UInt64

  package init(interval: Duration = .seconds(600), journalBytes: UInt64 = 1 << 30) {
    self.interval = interval
    self.journalBytes = journalBytes
  }
}

/// What the server drops in the background, and how often it looks.
package struct RetentionSchedule: Sendable {
  package var policy: RetentionPolicy
  package var interval: Duration

  package init(policy: RetentionPolicy, interval: Duration = .seconds(60)) {
    self.policy = policy
    self.interval = interval
  }
}
