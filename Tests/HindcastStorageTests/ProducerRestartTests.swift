import HindcastFormat
import HindcastStorage
import Testing

@Suite struct ProducerRestartTests {
  let producer = ProducerID(low: 1, high: 2)

  private func send(_ store: LogStore, _ sequence: UInt64, epoch: UInt64 = 1) async throws -> AppendResult {
    try await store.append(
      try actuals(Int(sequence)..<Int(sequence) + 3), producer: producer, epoch: epoch, sequence: sequence)
  }

  @Test("a resend is answered with the first answer: at once, after a restart, after a crash, after compaction")
  func resend() async throws {
    let directory = TestDirectory()
    var store = try openStore(directory)
    for sequence in 1...12 as ClosedRange<UInt64> {
      #expect(try await send(store, sequence) == AppendResult(position: sequence, isDuplicate: false))
    }
    func checkAll() async throws {
      for sequence in 1...12 as ClosedRange<UInt64> {
        #expect(try await send(store, sequence) == AppendResult(position: sequence, isDuplicate: true))
      }
      #expect(store.durablePosition == 12)
      #expect(store.status().counters.duplicates == 12)
    }
    try await checkAll()
    try await store.close()
    store = try openStore(directory)
    try await checkAll()

    // As after a kill: a copy of the directory while the store is open.
    let copy = TestDirectory()
    try copyTree(directory.data, copy.data)
    store = try openStore(copy)
    try await checkAll()

    _ = try store.compact()
    #expect(try copy.segments().isEmpty)
    try await checkAll2(store)
    try await store.close()
    store = try openStore(copy)
    try await checkAll()
    #expect(try await send(store, 13) == AppendResult(position: 13, isDuplicate: false))
  }

  private func checkAll2(_ store: LogStore) async throws {
    for sequence in 1...12 as ClosedRange<UInt64> {
      #expect(try await send(store, sequence) == AppendResult(position: sequence, isDuplicate: true))
    }
  }

  @Test("a gap and a stale epoch are refused, say what is expected, and store nothing")
  func refusals() async throws {
    let directory = TestDirectory()
    let store = try openStore(directory)
    _ = try await send(store, 1, epoch: 2)
    let gap = await #expect(throws: StorageError.self) { _ = try await send(store, 3, epoch: 2) }
    #expect(gap?.code == .sequenceGap(expected: 2))
    let stale = await #expect(throws: StorageError.self) { _ = try await send(store, 2, epoch: 1) }
    #expect(stale?.code == .staleEpoch)
    #expect(stale?.isRetryable == false)
    let zero = await #expect(throws: StorageError.self) { _ = try await send(store, 0, epoch: 2) }
    #expect(zero?.code == .invalid)
    #expect(store.durablePosition == 1)
    #expect(try await send(store, 2, epoch: 2).position == 2)
  }

  @Test("a block that is sent twice at the same moment is stored once")
  func together() async throws {
    let directory = TestDirectory()
    let store = try openStore(directory)
    for sequence in 1...20 as ClosedRange<UInt64> {
      async let first = send(store, sequence)
      async let second = send(store, sequence)
      let results = try await [first, second]
      #expect(results.map(\.position) == [sequence, sequence])
      #expect(results.count { $0.isDuplicate } == 1)
    }
    #expect(store.durablePosition == 20)
  }
}
