import HindcastFormat
import HindcastStorage
import Testing

/// A process that is killed at any call that changes something on the disk, and the next one that goes on from there.
@Suite struct CrashTests {
  private func open(_ directory: TestDirectory, _ disk: FailingDisk, _ options: LogStoreOptions = smallOptions()) throws
    -> LogStore
  {
    try LogStore.open(directory: directory.data, mode: .exclusive, options: options, disk: disk)
  }

  @Test(
    "appending, rolling and closing: whatever was acknowledged is there, once, in order; the rest can be sent again")
  func appendKilledEverywhere() async throws {
    let producer = ProducerID(low: 3, high: 4)
    var calls = 0
    var killed = true
    while killed {
      let directory = TestDirectory()
      let disk = FailingDisk(.init(callsLeft: calls, tornBytes: calls * 37 % 400))
      var acknowledged: [UInt64] = []
      killed = false
      do {
        let store = try open(directory, disk, smallOptions(segmentBytes: 1_024))
        for sequence in 1...9 as ClosedRange<UInt64> {
          acknowledged.append(
            try await store.append(headOnlyBlock(Int(sequence)), producer: producer, epoch: 1, sequence: sequence)
              .position)
        }
        try await store.close()
      } catch is StorageError {
        killed = true
      } catch is DiskError {
        killed = true
      }
      #expect(acknowledged == Array(0..<9).prefix(acknowledged.count).map { UInt64($0 + 1) })

      let store = try open(directory, FailingDisk(), smallOptions(segmentBytes: 1_024))
      let found = try items(store)
      #expect(found.gaps.isEmpty && store.status().gaps.isEmpty, "killed at call \(calls)")
      #expect(found.blocks.count >= acknowledged.count, "killed at call \(calls)")
      #expect(found.blocks.map(\.bytes) == (1...9).prefix(found.blocks.count).map { headOnlyBlock($0).bytes })
      // The producer sends again from the last answer it had.
      for sequence in 1...9 as ClosedRange<UInt64> where sequence > UInt64(acknowledged.count) {
        #expect(
          try await store.append(headOnlyBlock(Int(sequence)), producer: producer, epoch: 1, sequence: sequence)
            .position
            == sequence)
      }
      #expect(try items(store).blocks.map(\.bytes) == (1...9).map { headOnlyBlock($0).bytes })
      calls += 1
    }
    #expect(calls > 30)
  }

  @Test("compacting: killed at any call and repeated, every row is there once", arguments: [1 << 30, 4_000])
  func compactionKilledEverywhere(rawBytesMax: Int) async throws {
    var options = smallOptions()
    options.compactionRawBytesMax = rawBytesMax
    let full = TestDirectory()
    let writer = try open(full, FailingDisk(), options)
    for start in stride(from: 0, to: 120, by: 20) {
      _ = try await writer.append(try predictions(start..<start + 20))
      _ = try await writer.append(
        try actuals(start..<start + 10), producer: ProducerID(low: 1, high: 1), epoch: 1,
        sequence: UInt64(start / 20 + 1))
    }
    try await writer.close()
    let expected = try rows(try items(writer))

    var calls = 0
    var killed = true
    while killed {
      let directory = TestDirectory()
      try copyTree(full.data, directory.data)
      let disk = FailingDisk()
      do {
        let store = try open(directory, disk, options)
        disk.set(.init(callsLeft: calls, tornBytes: calls * 41 % 300))
        killed = false
        do throws(StorageError) { _ = try store.compact() } catch {
          killed = true
          // The store that lives on reads what it read before.
          #expect(try rows(try items(store)) == expected, "killed at call \(calls)")
        }
      }
      let store = try open(directory, FailingDisk(), options)
      #expect(try rows(try items(store)) == expected, "killed at call \(calls)")
      #expect(store.status().gaps.isEmpty)
      _ = try store.compact()
      #expect(try rows(try items(store)) == expected, "repeated after a kill at call \(calls)")
      #expect(try directory.segments().isEmpty)
      #expect(try directory.archiveFiles().count == store.status().archiveFileCount)
      #expect(try PosixDisk().list("\(directory.data)/torn").isEmpty)
      #expect(try LogVerifier.verify(directory: directory.data).isGood)
      let again = try await store.append(
        try actuals(0..<10), producer: ProducerID(low: 1, high: 1), epoch: 1, sequence: 1)
      #expect(again == AppendResult(position: 2, isDuplicate: true))
      calls += 1
    }
    #expect(calls > 20)
  }

  @Test("recovery itself: killed at any call and repeated, it ends the same")
  func recoveryKilledEverywhere() async throws {
    let live = TestDirectory()
    let writer = try open(live, FailingDisk(), smallOptions(segmentBytes: 1 << 20))
    try await writer.appendNumbered(1...4)
    let crashed = TestDirectory()
    try copyTree(live.data, crashed.data)
    let segment = try crashed.segments()[0]
    try writeFile(segment, Array(try readFile(segment).dropLast(25)))
    var calls = 0
    var killed = true
    while killed {
      let directory = TestDirectory()
      try copyTree(crashed.data, directory.data)
      killed = false
      do { _ = try open(directory, FailingDisk(.init(callsLeft: calls, tornBytes: calls * 13 % 60))) } catch {
        killed = true
      }
      let store = try open(directory, FailingDisk())
      #expect(
        try items(store).blocks.map(\.bytes) == (1...3).map { headOnlyBlock($0).bytes }, "killed at call \(calls)")
      #expect(store.status().gaps.isEmpty)
      #expect(try PosixDisk().list("\(directory.data)/torn").count == 1)
      calls += 1
    }
    #expect(calls > 5)
  }

  @Test("the first failed fsync ends all writing; what waited is unknown, reads go on, a restart recovers")
  func failedSync() async throws {
    let directory = TestDirectory()
    let disk = FailingDisk()
    let store = try open(directory, disk)
    try await store.appendNumbered(1...3)
    disk.set(.init(callsLeft: 0, cause: .medium, isFinal: false, operations: ["sync"]))
    let unknown = await #expect(throws: StorageError.self) { _ = try await store.append(headOnlyBlock(4)) }
    #expect(unknown?.code == .journalFailed && unknown?.message.contains("not known") == true)
    let refused = await #expect(throws: StorageError.self) { _ = try await store.append(headOnlyBlock(5)) }
    #expect(refused?.code == .journalFailed)
    #expect(try items(store).blocks.map(\.position) == [1, 2, 3])
    #expect(store.status().failure != nil)
    await #expect(throws: StorageError.self) { try await store.close() }
    let again = try open(directory, FailingDisk())
    #expect(try items(again).blocks.count >= 3)
    #expect(again.status().failure == nil)
  }

  @Test("a full disk refuses blocks as retryable, keeps nothing of them, and takes them when there is room")
  func fullDisk() async throws {
    let directory = TestDirectory()
    let disk = FailingDisk()
    let store = try open(directory, disk)
    try await store.appendNumbered(1...3)
    for tornBytes in [0, 1, 100, 200] {
      disk.set(.init(callsLeft: 0, cause: .full, tornBytes: tornBytes, isFinal: false, operations: ["write"]))
      let full = await #expect(throws: StorageError.self) { _ = try await store.append(headOnlyBlock(4)) }
      #expect(full?.code == .diskFull && full?.isRetryable == true)
    }
    #expect(store.status().failure == nil)
    #expect(try await store.append(headOnlyBlock(4)).position == 4)
    try await store.close()
    let again = try open(directory, FailingDisk())
    #expect(try items(again).blocks.map(\.bytes) == (1...4).map { headOnlyBlock($0).bytes })
    #expect(again.status().counters.tornTails == 0)
  }

  @Test("below the reserve of free space blocks are refused, and nothing else stops")
  func reserve() async throws {
    let directory = TestDirectory()
    var options = smallOptions()
    try await open(directory, FailingDisk()).appendNumbered(1...2)
    options.freeBytesMin = .max / 2
    let store = try open(directory, FailingDisk(), options)
    let full = await #expect(throws: StorageError.self) { _ = try await store.append(headOnlyBlock(3)) }
    #expect(full?.code == .diskFull)
    #expect(try items(store).blocks.count == 2)
    #expect(store.status().counters.diskFullRefusals == 1)
    try await store.close()
  }
}
