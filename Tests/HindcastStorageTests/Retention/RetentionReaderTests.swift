import HindcastFormat
import HindcastStorage
import Testing

/// What goes on while and after files are dropped.
@Suite struct RetentionReaderTests {
  @Test("a reader that is in a file while it is dropped reads on; the file goes when the reader does")
  func readerInside() async throws {
    let directory = TestDirectory()
    let store = try openStore(directory, .exclusive, options(atEndOfDay: 9))
    try await fillDays(store, 0..<3)
    _ = try await store.append(try predictions(0..<5, onDay: 9))
    let before = try rows(try items(store))
    let elsewhere = try openStore(directory, .readOnly)
    var inside: LogCursor? = try store.read(ReadQuery())
    var insideElsewhere = try elsewhere.read(ReadQuery())
    var read = [try #require(try inside!.next())]
    #expect(try store.trim(.days(1)).dropped.count == 6)
    #expect(try directory.archiveFiles().count == 6)
    #expect(try items(store).blocks.count == 1)
    while let item = try inside!.next() { read.append(item) }
    #expect(try rows(read) == before && read.gaps.isEmpty)
    inside = nil
    #expect(try directory.archiveFiles().isEmpty)
    read = []
    while let item = try insideElsewhere.next() { read.append(item) }
    #expect(try rows(read) == before && read.gaps.isEmpty)
    // A new read of the other process finds its files gone, and loads the manifest again.
    let again = try items(elsewhere)
    #expect(again.blocks.count == 1 && again.gaps.damaged.isEmpty && again.gaps.trimmed.count == 2)
  }

  @Test("a resend is answered with the first answer after every segment and nearly every file is gone")
  func duplicates() async throws {
    let directory = TestDirectory()
    let producer = ProducerID(low: 7, high: 7)
    var store = try openStore(directory, .exclusive, options(atEndOfDay: 90, segmentBytes: 1_500))
    func send(_ sequence: UInt64) async throws -> AppendResult {
      try await store.append(
        try predictions(Int(sequence)..<Int(sequence) + 5, onDay: 0), producer: producer, epoch: 1, sequence: sequence)
    }
    for sequence in 1...8 as ClosedRange<UInt64> { _ = try await send(sequence) }
    _ = try store.compact()
    _ = try store.trim(.days(1))
    #expect(try directory.segments().isEmpty)
    #expect(try directory.archiveFiles().count == 1)
    func check(_ last: UInt64) async throws {
      for sequence in 1...last {
        #expect(try await send(sequence) == AppendResult(position: sequence, isDuplicate: true))
      }
    }
    try await check(8)
    try await store.close()
    store = try openStore(directory, .exclusive, options(atEndOfDay: 90, segmentBytes: 1_500))
    try await check(8)
    for sequence in 9...16 as ClosedRange<UInt64> { #expect(try await send(sequence).position == sequence) }

    // The same where segments are dropped without having been compacted.
    var policy = RetentionPolicy.days(1)
    policy.includesUncompacted = true
    #expect(try store.trim(policy).dropped.contains(where: \.isSegment))
    try await check(16)
    try await store.close()
    store = try openStore(directory, .exclusive, options(atEndOfDay: 90))
    try await check(16)
    let gap = await #expect(throws: StorageError.self) { _ = try await send(18) }
    #expect(gap?.code == .sequenceGap(expected: 17))
    #expect(try await send(17) == AppendResult(position: 17, isDuplicate: false))
  }

  @Test("ids of files that are gone are never given out again, also behind a manifest that was written anew")
  func fileIDs() async throws {
    let directory = TestDirectory()
    var seen: Set<String> = []
    for round in 0..<3 as Range<Int64> {
      let store = try openStore(directory, .exclusive, options(atEndOfDay: 90))
      for day in 0..<2 as Range<Int64> {
        let first = Int(round * 100 + day * 10)
        _ = try await store.append(try predictions(first..<first + 5, onDay: 0))
        _ = try store.compact()
        let names = Set(try directory.archiveFiles())
        #expect(seen.isDisjoint(with: names.subtracting(seen)))
        #expect(names.subtracting(seen).count == 1, "a name came again")
        seen.formUnion(names)
      }
      if round == 1 {
        for position in 0...300 as ClosedRange<UInt64> {
          try store.setCursor("c", position: position % 4, resetting: true)
        }
      }
      try store.removeCursorIfThere("c")
      _ = try store.trim(.days(1))
      try await store.close()
    }
    #expect(seen.count == 6)
  }

  @Test("a dry run says the same and changes nothing, also beside the process that writes")
  func dryRun() async throws {
    let directory = TestDirectory()
    let store = try openStore(directory, .exclusive, options(atEndOfDay: 4))
    try await fillDays(store, 0..<5)
    let reader = try openStore(directory, .readOnly, options(atEndOfDay: 4))
    let manifest = try readFile("\(directory.data)/MANIFEST")
    let dry = try reader.trim(.days(3), isDryRun: true)
    #expect(try store.trim(.days(3), isDryRun: true).dropped == dry.dropped)
    #expect(try directory.archiveFiles().count == 10)
    #expect(try readFile("\(directory.data)/MANIFEST") == manifest)
    #expect(store.status().trimmed.isEmpty && store.status().counters.trimmedFiles == 0)
    let real = try store.trim(.days(3))
    #expect(real.dropped == dry.dropped && real.kept == dry.kept)
    let closed = #expect(throws: StorageError.self) { _ = try reader.trim(.days(3)) }
    #expect(closed?.code == .closed)
  }

  @Test("retention drops archive files while a compaction runs, and leaves it the segments")
  func whileCompacting() async throws {
    let directory = TestDirectory()
    let store = try openStore(directory, .exclusive, options(atEndOfDay: 90))
    try await fillDays(store, 0..<2)
    try await fillDays(store, 2..<4, compacting: false)
    var policy = RetentionPolicy.days(1)
    policy.includesUncompacted = true
    var during: RetentionReport?
    var busy: StorageError?
    let report = try store.compact { progress in
      guard during == nil, progress.phase == .writing else { return }
      during = try? store.trim(policy)
      do throws(StorageError) { _ = try store.compact() } catch { busy = error }
    }
    #expect(during?.dropped.count == 4)
    #expect(during?.kept.allSatisfy { $0.reason == .compacting } == true && during?.kept.isEmpty == false)
    #expect(busy?.code == .busy)
    #expect(report.rowsWritten == 60)
    let read = try items(store)
    #expect(Set(try rows(read).map { $0.split(separator: "@")[1].prefix { $0.isNumber } }) == ["5", "6", "7", "8"])
    try await store.close()
    #expect(try rows(try items(try openStore(directory))) == (try rows(read)))
    #expect(try LogVerifier.verify(directory: directory.data).isGood)
  }

  @Test("verify beside a server that trims and compacts takes files that are gone for what they are")
  func verifyBeside() async throws {
    let directory = TestDirectory()
    let store = try openStore(directory, .exclusive, options(atEndOfDay: 90, segmentBytes: 1_500))
    try await fillDays(store, 0..<3)
    try await fillDays(store, 3..<8, compacting: false)
    var isFirst = true
    var failure: (any Error)?
    let report = try LogVerifier.verify(directory: directory.data) { _ in
      guard isFirst else { return }
      isFirst = false
      do {
        _ = try store.trim(.days(1))
        _ = try store.compact()
      } catch { failure = error }
    }
    #expect(failure == nil)
    #expect(report.isGood, "\(report.badFrames)")
    // A file that is gone and that the manifest still names is damage.
    try PosixDisk().remove(try directory.archiveFiles()[0])
    #expect(try LogVerifier.verify(directory: directory.data).badFrames.count == 1)
  }

  @Test("a file that is missing can be dropped, too, and is then trimmed and not damaged")
  func missingFile() async throws {
    let directory = TestDirectory()
    try await {
      let store = try openStore(directory, .exclusive, options(atEndOfDay: 9))
      try await fillDays(store, 0..<2)
      try await store.close()
    }()
    try PosixDisk().remove(try directory.archiveFiles()[0])
    let store = try openStore(directory, .exclusive, options(atEndOfDay: 9))
    _ = try await store.append(try predictions(0..<5, onDay: 9))
    let report = try store.trim(.days(1))
    #expect(report.dropped.count == 4 && report.dropped.count { $0.byteCount == 0 } == 1)
    try await store.close()
    let again = try openStore(directory, .exclusive, options(atEndOfDay: 9))
    // What was lost before is remembered as lost.
    #expect(again.status().gaps.count == 1)
    #expect(try LogVerifier.verify(directory: directory.data).isGood)
  }
}

extension LogStore {
  fileprivate func removeCursorIfThere(_ name: String) throws {
    if cursors.contains(where: { $0.name == name }) { _ = try removeCursor(name) }
  }
}
