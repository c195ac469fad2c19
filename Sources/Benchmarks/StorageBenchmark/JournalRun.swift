internal import HindcastFormat
internal import HindcastStorage
internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Clients that append to a journal, each with some blocks on their way at once, until all are durable.
struct JournalRun {
  let path: String
  let frameBytes: Int
  let frames: Int
  let clients: Int
  let window: Int
  /// Whether the frames fill whole segments, with the next ones prepared meanwhile; else they go into one that was prepared
  /// before.
  let isRolling: Bool

  /// Seconds from the first append to the last acknowledgement, after what a server that has run for a while has behind it.
  func run() async throws -> Double {
    defer { removeTree(path) }
    var options = LogStoreOptions()
    options.freeBytesMin = 0
    // The next segment is prepared when the present one is half full.
    if !isRolling { options.segmentBytesMax = 2 * (frames + 1) * (frameBytes + 4_096) }
    let store = try LogStore.open(directory: path, mode: .exclusive, options: options)
    let block = try randomBlock(frameBytes: frameBytes, seed: 1)
    try await append(block, to: store, count: options.segmentBytesMax / frameBytes * 3 / 4)
    while access(path + "/journal/prepared", F_OK) != 0 { try await Task.sleep(for: .milliseconds(10)) }
    while store.status().counters.segmentsPrepared == 0 { try await append(block, to: store, count: 16) }
    let began = seconds()
    try await append(block, to: store, count: frames)
    let elapsed = seconds() - began
    try await store.close()
    return elapsed
  }

  private func append(_ block: EncodedBlock, to store: LogStore, count: Int) async throws {
    let (clients, window) = (clients, window)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for client in 0..<clients {
        let share = count * (client + 1) / clients - count * client / clients
        group.addTask { try await Client(store: store, block: block, window: window).append(share) }
      }
      try await group.waitForAll()
    }
  }

  /// Submits a block as soon as fewer than `window` of its own are on their way.
  private final class Client: Sendable {
    private struct State {
      var left = 0
      var onTheirWay = 0
      var failure: StorageError?
      var continuation: CheckedContinuation<Void, any Error>?
    }

    private let store: LogStore
    private let block: EncodedBlock
    private let window: Int
    private let state = Mutex(State())

    init(store: LogStore, block: EncodedBlock, window: Int) {
      self.store = store
      self.block = block
      self.window = window
    }

    func append(_ count: Int) async throws {
      if count == 0 { return }
      try await withCheckedThrowingContinuation { continuation in
        let first = state.withLock { state in
          state.left = count
          state.continuation = continuation
          state.onTheirWay = min(window, count)
          state.left -= state.onTheirWay
          return state.onTheirWay
        }
        for _ in 0..<first { submit() }
      }
    }

    private func submit() {
      store.submit(block) { [self] result in
        let (next, ended) = state.withLock { state -> (Bool, (CheckedContinuation<Void, any Error>, StorageError?)?) in
          if case .failure(let error) = result { state.failure = error }
          if state.left > 0, state.failure == nil {
            state.left -= 1
            return (true, nil)
          }
          state.onTheirWay -= 1
          guard state.onTheirWay == 0, let continuation = state.continuation.take() else { return (false, nil) }
          return (false, (continuation, state.failure))
        }
        if next { submit() }
        if let (continuation, failure) = ended {
          if let failure { continuation.resume(throwing: failure) } else { continuation.resume() }
        }
      }
    }
  }
}

func removeTree(_ path: String) {
  let disk = PosixDisk()
  if let names = try? disk.list(path) {
    for name in names { removeTree("\(path)/\(name)") }
    rmdir(path)
  } else {
    try? disk.remove(path)
  }
}
