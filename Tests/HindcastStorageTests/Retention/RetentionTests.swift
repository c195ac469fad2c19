import HindcastFormat
import HindcastStorage
import Testing

@Suite struct RetentionTests {
  @Test("files go whole when their newest event is older than the age; the rest reads as before, after a restart too")
  func byAge() async throws {
    let directory = TestDirectory()
    let store = try openStore(directory, .exclusive, options(atEndOfDay: 4))
    try await fillDays(store, 0..<5)
    let before = try rows(try items(store))
    let report = try store.trim(.days(3))
    #expect(report.dropped.count == 4 && report.dropped.allSatisfy { $0.reason == .age && !$0.isSegment })
    #expect(report.rowsDropped == 60 && report.kept.isEmpty)
    #expect(report.bytesBefore - report.bytesAfter == report.bytesDropped && report.bytesDropped > 0)
    #expect(try directory.archiveFiles().count == 6)
    let expected = before.filter { line in (5...10).contains { line.contains("@\($0) ") } }
    #expect(expected.count == 90)
    let counters = store.status().counters
    #expect(counters.trimmedFiles == 4 && counters.trimmedRows == 60 && counters.trimmedBytes == report.bytesDropped)
    #expect(counters.named.contains { $0.name == "trimmed_files" && $0.value == 4 })
    #expect(store.status().firstPosition == 5)
    for opened in [store, try openStore(directory, .readOnly)] {
      let read = try items(opened)
      #expect(try rows(read) == expected)
      #expect(read.gaps.damaged.isEmpty && read.gaps.trimmed.count == 2)
      #expect(read.reached == [10])
    }
    #expect(try store.trim(.days(3)).dropped.isEmpty)
    try await store.close()
    let again = try openStore(directory, .exclusive, options(atEndOfDay: 5))
    #expect(try rows(try items(again)) == expected)
    #expect(again.status().trimmed == store.status().trimmed)
    #expect(try LogVerifier.verify(directory: directory.data).trimmed.map(\.rows) == [20, 40])
    #expect(try again.trim(.days(3)).rowsDropped == 30)
    #expect(again.status().trimmed.map(\.rows) == [30, 60])
    #expect(try LogVerifier.verify(directory: directory.data).isGood)
  }

  @Test("for bytes the oldest go, and files of rows without a time last")
  func byBytes() async throws {
    let directory = TestDirectory()
    let store = try openStore(directory, .exclusive, options(atEndOfDay: 9))
    _ = try await store.append(try attributions(0..<50))
    try await fillDays(store, 0..<4)
    _ = try await store.append(try predictions(0..<5, onDay: 9))
    let total = store.status().archiveByteCount + store.status().journalByteCount
    let report = try store.trim(RetentionPolicy(bytesMax: total - 1))
    #expect(report.dropped.count == 1 && report.dropped[0].reason == .bytes)
    #expect(report.dropped[0].name.contains("2018-10-31-") || report.dropped[0].name.contains("/fraud/"))
    #expect(report.bytesAfter < total)
    let rest = try store.trim(RetentionPolicy(bytesMax: 0))
    #expect(rest.dropped.count == 8)
    #expect(rest.dropped.last?.name.contains("/undated-") == true)
    #expect(rest.dropped.dropLast().allSatisfy { !$0.name.contains("undated") })
    #expect(try directory.archiveFiles().isEmpty)
    #expect(try rows(try items(store)).count == 5)
    let undated = store.status().trimmed.filter { $0.times == nil }
    #expect(undated.map(\.rows) == [50] && undated.map(\.model) == ["loans"])
  }

  @Test("readers are told of what was trimmed where model, positions and time overlap it, and nowhere else")
  func told() async throws {
    let directory = TestDirectory()
    let store = try openStore(directory, .exclusive, options(atEndOfDay: 4))
    _ = try await store.append(try attributions(0..<5, model: "loans"))
    try await fillDays(store, 0..<5)
    _ = try store.trim(.days(2))
    func trimmed(_ change: (inout ReadQuery) -> Void) throws -> [ReadGap] {
      try items(store, query(change)).gaps.trimmed
    }
    let loans = try trimmed { $0.model = "loans" }
    #expect(loans.map(\.positions) == [2...6] && loans.map(\.model) == ["loans"])
    #expect(loans.map(\.times) == [testDay(0)...testDay(2) + 219])
    #expect(loans[0].reason == "retention dropped 60 rows in 3 files")
    #expect(try trimmed { $0.model = "fraud" }.map(\.positions) == [3...7])
    #expect(try trimmed { _ in }.map(\.model) == ["fraud", "loans"])
    #expect(try trimmed { ($0.model, $0.fromPosition) = ("loans", 4) }.map(\.positions) == [4...6])
    #expect(try trimmed { ($0.model, $0.toPosition) = ("loans", 4) }.map(\.positions) == [2...3])
    #expect(try trimmed { ($0.model, $0.fromPosition) = ("loans", 7) }.isEmpty)
    #expect(try trimmed { ($0.model, $0.toPosition) = ("loans", 2) }.isEmpty)
    #expect(try trimmed { $0.times = testDay(2) + 219..<testDay(4) }.map(\.model) == ["loans"])
    #expect(try trimmed { $0.times = testDay(2) + 220..<testDay(4) }.isEmpty)
    #expect(try trimmed { $0.times = 0..<testDay(0) }.isEmpty)
    #expect(try trimmed { $0.times = 0..<testDay(0) + 1 }.count == 2)
    // What reads nothing is told nothing.
    #expect(try items(store, query { $0.toPosition = 0 }).isEmpty)

    // Rows without a time are told to whoever reads such kinds, whatever the times.
    _ = try store.trim(RetentionPolicy(bytesMax: 0))
    #expect(try trimmed { ($0.model, $0.times) = ("loans", testDay(90)..<testDay(91)) }.map(\.times) == [nil])
    #expect(try trimmed { ($0.model, $0.kinds) = ("loans", [.attribution]) }.count == 2)
    #expect(try trimmed { ($0.model, $0.kinds) = ("loans", [.prediction, .actual]) }.count == 1)
  }

  @Test("a model whose files are all gone is still known: a reader gets TRIMMED, not an error")
  func wholeModel() async throws {
    let directory = TestDirectory()
    let store = try openStore(directory, .exclusive, options(atEndOfDay: 9))
    try await fillDays(store, 0..<2)
    _ = try await store.append(try predictions(0..<5, onDay: 9, model: "new"))
    #expect(try store.trim(.days(1)).dropped.count == 4)
    for opened in [store, try openStore(directory, .readOnly)] {
      let read = try items(opened, query { $0.model = "fraud" })
      #expect(read.blocks.isEmpty && read.gaps.map(\.kind) == [.trimmed])
      #expect(read.reached.first == 4)
      let unknown = #expect(throws: StorageError.self) { _ = try items(opened, query { $0.model = "frod" }) }
      #expect(unknown?.message.contains("fraud, loans, new") == true)
    }
  }

  @Test("segments that are in no archive stay unless told; then they go from the old end, and their rows are told of")
  func uncompacted() async throws {
    let directory = TestDirectory()
    let store = try openStore(directory, .exclusive, options(atEndOfDay: 40, segmentBytes: 1_500))
    try await fillDays(store, 0..<10, compacting: false)
    let segments = try directory.segments().count
    #expect(segments >= 4)
    let spared = try store.trim(.days(1))
    #expect(spared.dropped.isEmpty && spared.kept.count == segments - 1)
    #expect(spared.kept.allSatisfy { $0.reason == .notCompacted })
    var policy = RetentionPolicy.days(1)
    policy.includesUncompacted = true
    let report = try store.trim(policy)
    // The active segment is never dropped.
    #expect(report.dropped.count == segments - 1 && report.dropped.allSatisfy(\.isSegment))
    #expect(try directory.segments().count == 1)
    let compacted = store.status().compactedPosition
    #expect(compacted + 1 == store.status().firstPosition)
    for opened in [store, try openStore(directory, .readOnly)] {
      let read = try items(opened)
      #expect(read.blocks.map(\.position) == Array(compacted + 1...20))
      #expect(read.gaps.damaged.isEmpty)
      #expect(read.gaps.trimmed.map(\.positions.lowerBound).min() == 1)
      #expect(read.gaps.trimmed.map(\.positions.upperBound).max() == compacted)
      #expect(read.reached.first == compacted && read.reached.last == 20)
      // A checkpoint in the middle of what was trimmed goes on from there.
      let later = try items(opened, query { $0.fromPosition = compacted - 1 })
      #expect(later.blocks.map(\.position) == Array(compacted + 1...20))
      #expect(later.gaps.trimmed.allSatisfy { $0.positions.lowerBound >= compacted - 1 })
    }
    #expect(report.rowsDropped == store.status().trimmed.reduce(0) { $0 + $1.rows })
    #expect(try store.compact().gaps == 0)
    try await store.close()
    #expect(try items(try openStore(directory)).gaps.damaged.isEmpty)
    #expect(try LogVerifier.verify(directory: directory.data).isGood)
  }

  @Test("a segment that is half archived gives up only its other half")
  func halfArchived() async throws {
    let directory = TestDirectory()
    var small = options(atEndOfDay: 40, segmentBytes: 1 << 20)
    small.compactionRawBytesMax = 1
    let disk = FailingDisk()
    let store = try LogStore.open(directory: directory.data, mode: .exclusive, options: small, disk: disk)
    try await fillDays(store, 0..<2, compacting: false)
    // Killed behind the first of its steps.
    #expect(throws: StorageError.self) {
      _ = try store.compact { if $0.phase == .committed { disk.set(.init(callsLeft: 0)) } }
    }
    try? await store.close()
    let again = try openStore(directory, .exclusive, small)
    #expect(again.status().compactedPosition == 1)
    _ = try await again.append(try predictions(0..<5, onDay: 40))
    var policy = RetentionPolicy.days(20)
    policy.includesUncompacted = true
    let before = again.status().archiveFileCount
    let report = try again.trim(policy)
    #expect(before == 1 && report.dropped.map(\.rowCount) == [20, 40])
    #expect(try items(again).blocks.map(\.position) == [5])
  }
}
