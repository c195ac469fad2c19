import HindcastFormat
import HindcastStorage
import Testing

/// Retention and cursors in a process that is killed at any call that changes something on the disk.
@Suite struct RetentionCrashTests {
  private func open(
    _ directory: TestDirectory, _ disk: FailingDisk, _ options: LogStoreOptions
  ) throws -> LogStore {
    try LogStore.open(directory: directory.data, mode: .exclusive, options: options, disk: disk)
  }

  @Test(
    "trimming: killed at any call and repeated, every row is there or told of, and none comes again",
    arguments: [false, true])
  func trimKilledEverywhere(includesUncompacted: Bool) async throws {
    let options = options(atEndOfDay: 9, segmentBytes: 1_500)
    let producer = ProducerID(low: 1, high: 2)
    let full = TestDirectory()
    do {
      let writer = try open(full, FailingDisk(), options)
      try await fillDays(writer, 0..<3)
      for sequence in 1...5 as ClosedRange<UInt64> {
        let first = 300 + Int(sequence) * 10
        _ = try await writer.append(
          try predictions(first..<first + 8, onDay: 3), producer: producer, epoch: 1, sequence: sequence)
      }
      _ = try await writer.append(try predictions(900..<905, onDay: 9))
      try writer.setCursor("behind", position: 5, model: "fraud")
      try await writer.close()
    }
    var policy = RetentionPolicy.days(1)
    policy.includesUncompacted = includesUncompacted
    let whole = Set(try rows(try items(try openStore(full, .readOnly))))

    /// What a log in any state between before and after must hold.
    func check(_ store: LogStore, _ what: String) throws -> Set<String> {
      let read = try items(store)
      let lines = try rows(read)
      let found = Set(lines)
      #expect(found.count == lines.count, "\(what): a row came twice")
      #expect(found.isSubset(of: whole), "\(what)")
      #expect(read.gaps.damaged.isEmpty, "\(what)")
      for line in whole.subtracting(found) {
        let position = UInt64(line.split(separator: "@")[1].prefix { $0.isNumber })!
        let model = line.contains("fraud") ? "fraud" : "loans"
        #expect(
          read.gaps.trimmed.contains { $0.model == model && $0.positions.contains(position) },
          "\(what): \(line) is gone without a word")
      }
      // What the cursor still needs is never dropped.
      #expect(found.contains { $0.contains("@6 ") }, "\(what)")
      return found
    }

    var calls = 0
    var killed = true
    var outcomes: Set<Int> = []
    while killed {
      let directory = TestDirectory()
      try copyTree(full.data, directory.data)
      let disk = FailingDisk()
      do {
        let store = try open(directory, disk, options)
        disk.set(.init(callsLeft: calls, tornBytes: calls * 53 % 400))
        let before = disk.changeCount
        do throws(StorageError) { _ = try store.trim(policy) } catch {
          // The store that lives on reads what it read before.
          #expect(Set(try rows(try items(store))) == whole, "killed at call \(calls)")
        }
        killed = disk.changeCount - before > calls
      }
      let store = try open(directory, FailingDisk(), options)
      outcomes.insert(try check(store, "killed at call \(calls)").count)
      _ = try store.trim(policy)
      let after = try check(store, "repeated after a kill at call \(calls)")
      #expect(after.count == (includesUncompacted ? 15 : 55), "killed at call \(calls)")
      #expect(try store.trim(policy).dropped.isEmpty)
      #expect(try directory.archiveFiles().count == store.status().archiveFileCount)
      #expect(try directory.segments().count == store.status().segmentCount)
      #expect(try PosixDisk().list("\(directory.data)/torn").isEmpty)
      #expect(try LogVerifier.verify(directory: directory.data).isGood)
      #expect(store.cursors.map(\.position) == [5])
      for sequence in 1...5 as ClosedRange<UInt64> {
        let again = try await store.append(
          try predictions(0..<1, onDay: 3), producer: producer, epoch: 1, sequence: sequence)
        #expect(again == AppendResult(position: 6 + sequence, isDuplicate: true))
      }
      #expect(try await store.append(try predictions(0..<1, onDay: 9)).position == 13)
      calls += 1
    }
    // Write, fsync, and a removal a file; killed before the commit nothing is gone.
    #expect(calls > 5)
    #expect(outcomes.contains(whole.count) && outcomes.count == 2)
  }

  @Test("cursors: killed at any call, with the manifest written anew in between, each stands where it was or shall be")
  func cursorKilledEverywhere() async throws {
    let options = options(atEndOfDay: 9)
    let full = TestDirectory()
    do {
      let writer = try open(full, FailingDisk(), options)
      try await fillDays(writer, 0..<2)
      _ = try writer.trim(.days(8))
      // One edit short of being written anew.
      for number in 0..<252 as Range<UInt64> { try writer.setCursor("c", position: number % 2, resetting: true) }
      try await writer.close()
    }
    let size = try readFile("\(full.data)/MANIFEST").count
    let expected = try rows(try items(try openStore(full, .readOnly)))
    let trimmed = try openStore(full, .readOnly).status().trimmed
    var calls = 0
    var killed = true
    var wasRewritten = false
    while killed {
      let directory = TestDirectory()
      try copyTree(full.data, directory.data)
      let disk = FailingDisk()
      var acknowledged: UInt64 = 1
      do {
        let store = try open(directory, disk, options)
        disk.set(.init(callsLeft: calls, tornBytes: calls * 29 % 200))
        let before = disk.changeCount
        for position in 2...4 as ClosedRange<UInt64> {
          do throws(StorageError) {
            try store.setCursor("c", position: position)
            acknowledged = position
          } catch {}
        }
        killed = disk.changeCount - before > calls
        #expect(store.cursors.map(\.position) == [acknowledged])
      }
      if try readFile("\(directory.data)/MANIFEST").count < size / 2 { wasRewritten = true }
      let store = try open(directory, FailingDisk(), options)
      let position = try #require(store.cursors.first?.position)
      #expect(position == acknowledged || position == acknowledged + 1, "killed at call \(calls)")
      #expect(try rows(try items(store)) == expected)
      #expect(store.status().trimmed == trimmed && store.status().gaps.isEmpty)
      try store.setCursor("c", position: 4)
      #expect(try openStore(directory, .readOnly).cursors.map(\.position) == [4])
      calls += 1
    }
    #expect(wasRewritten && calls > 8)
  }

  @Test("on a full disk nothing is dropped and nothing is broken; with room again it goes on, without a restart")
  func fullDisk() async throws {
    let directory = TestDirectory()
    let disk = FailingDisk()
    let store = try open(directory, disk, options(atEndOfDay: 9))
    try await fillDays(store, 0..<2)
    _ = try await store.append(try predictions(0..<5, onDay: 9))
    let before = try rows(try items(store))
    for tornBytes in [0, 1, 100, 200] {
      disk.set(.init(callsLeft: 0, cause: .full, tornBytes: tornBytes, isFinal: false, operations: ["write"]))
      let full = #expect(throws: StorageError.self) { _ = try store.trim(.days(1)) }
      #expect(full?.code == .diskFull && full?.isRetryable == true)
      disk.set(.init(callsLeft: 0, cause: .full, tornBytes: tornBytes, isFinal: false, operations: ["write"]))
      #expect(throws: StorageError.self) { try store.setCursor("c", position: 1) }
    }
    #expect(try rows(try items(store)) == before && store.cursors.isEmpty)
    #expect(try directory.archiveFiles().count == 4)
    try store.setCursor("c", position: 4)
    #expect(try store.trim(.days(1)).dropped.count == 4)
    _ = try store.compact()
    try await store.close()
    let again = try openStore(directory)
    #expect(try items(again).gaps.damaged.isEmpty && again.cursors.count == 1)
  }

  @Test(
    "a failed fsync of the manifest ends its edits until a restart, and deletes nothing that it may not have released")
  func failedSync() async throws {
    let directory = TestDirectory()
    let disk = FailingDisk()
    let store = try open(directory, disk, options(atEndOfDay: 9))
    try await fillDays(store, 0..<2)
    _ = try await store.append(try predictions(0..<5, onDay: 9))
    disk.set(.init(callsLeft: 0, cause: .medium, isFinal: false, operations: ["sync"]))
    let unknown = #expect(throws: StorageError.self) { _ = try store.trim(.days(1)) }
    #expect(unknown?.code == .io && unknown?.message.contains("not known") == true)
    #expect(throws: StorageError.self) { try store.setCursor("c", position: 1) }
    #expect(throws: StorageError.self) { _ = try store.trim(.days(1)) }
    #expect(try directory.archiveFiles().count == 4)
    #expect(try items(store).gaps.isEmpty)
    // The journal is another file, and goes on.
    #expect(try await store.append(try predictions(0..<5, onDay: 9)).position == 6)
    try await store.close()
    let again = try openStore(directory, .exclusive, options(atEndOfDay: 9))
    #expect(try items(again).gaps.damaged.isEmpty)
    #expect(try directory.archiveFiles().count == again.status().archiveFileCount)
    _ = try again.trim(.days(1))
    #expect(again.status().trimmed.map(\.rows) == [20, 40])
  }

  @Test("the newest file tells which positions were given out when the manifest's last edits are damaged")
  func lostEdits() async throws {
    let directory = TestDirectory()
    let store = try openStore(directory, .exclusive, options(atEndOfDay: 90))
    try await fillDays(store, 0..<3)
    #expect(try store.trim(.days(1)).kept.map(\.reason) == [.newestPositions])
    try await store.close()
    var inspection = try FileInspection(path: "\(directory.data)/MANIFEST")
    var offsets: [Int] = []
    while let frame = try inspection.next() { offsets.append(Int(frame.offset)) }
    // The compaction's and the trimming's edit, and with them all that said how far the log had come.
    var bytes = try readFile("\(directory.data)/MANIFEST")
    for offset in offsets.suffix(2) { bytes[offset + 140] ^= 1 }
    try writeFile("\(directory.data)/MANIFEST", bytes)
    let again = try openStore(directory, .exclusive, options(atEndOfDay: 90))
    #expect(try items(again).gaps.damaged.isEmpty == false)
    #expect(try await again.append(try predictions(0..<5, onDay: 9)).position == 7)
  }
}
