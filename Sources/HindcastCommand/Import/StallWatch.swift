internal import Hindcast

/// Bounds how long to wait for a server that makes no headway: waiting itself has no end, since the SDK tries again and
/// again.
struct StallWatch: Sendable {
  private let client: HindcastClient
  private let patience: Duration
  private let server: String

  init(_ client: HindcastClient, patience: Duration, server: String) {
    self.client = client
    self.patience = patience
    self.server = server
  }

  /// Runs `body`; throws if the server acknowledged nothing for as long as the patience lasts, and cancels it then.
  func run(_ body: @escaping @Sendable () async throws -> Void) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await body() }
      group.addTask { try await self.watch() }
      defer { group.cancelAll() }
      _ = try await group.next()
    }
  }

  /// Returns only by an error.
  private func watch() async throws {
    var settled = Self.settled(client.counters)
    var since = ContinuousClock.now
    while true {
      try await Task.sleep(for: min(patience, .milliseconds(500)))
      let counters = client.counters
      if Self.settled(counters) != settled {
        settled = Self.settled(counters)
        since = .now
      } else if ContinuousClock.now - since >= patience {
        throw CommandError(
          """
          the server \(server) has acknowledged nothing for \(Figures.duration(patience.inSeconds)); giving up with \
          \(Figures.grouped(counters.acknowledged)) rows on disk and \(Figures.grouped(counters.waiting)) waiting. \
          Importing the file again is safe: the same events twice count once.
          """)
      }
    }
  }

  private static func settled(_ counters: HindcastClient.Counters) -> Int {
    counters.acknowledged + counters.rejected + counters.dropped
  }
}
