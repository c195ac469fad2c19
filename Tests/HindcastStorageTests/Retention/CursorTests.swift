import HindcastFormat
import HindcastStorage
import Testing

@Suite struct CursorTests {
  private func code(_ body: () throws -> Void) -> StorageError.Code? {
    do {
      try body()
      return nil
    } catch {
      return (error as? StorageError)?.code
    }
  }

  @Test("a cursor is durable when it is set, moves forward only, and keeps its model, unless it is reset")
  func moves() async throws {
    let directory = TestDirectory()
    var store = try openStore(directory)
    try await fillDays(store, 0..<3)
    #expect(store.cursors.isEmpty)
    try store.setCursor("nightly", position: 0, model: "loans")
    try store.setCursor("nightly", position: 4, model: "loans")
    try store.setCursor("all", position: 6)
    let back = #expect(throws: StorageError.self) { try store.setCursor("nightly", position: 3, model: "loans") }
    #expect(back?.code == .conflict && back?.message.contains("stands at position 4") == true)
    let other = #expect(throws: StorageError.self) { try store.setCursor("nightly", position: 5, model: "fraud") }
    #expect(other?.code == .conflict && other?.message.contains("is of model loans") == true)
    #expect(code { try store.setCursor("nightly", position: 5) } == .conflict)
    for opened in [store, try openStore(directory, .readOnly)] {
      #expect(opened.cursors.map { "\($0.name) \($0.position) \($0.model ?? "-")" } == ["all 6 -", "nightly 4 loans"])
      #expect(opened.status().cursors == opened.cursors)
    }
    try await store.close()
    store = try openStore(directory)
    #expect(store.cursors.map(\.position) == [6, 4])
    try store.setCursor("nightly", position: 2, model: "fraud", resetting: true)
    #expect(
      store.cursors.last == NamedCursor(name: "nightly", position: 2, model: "fraud", time: store.cursors[1].time))
    #expect(try store.removeCursor("all").position == 6)
    let gone = #expect(throws: StorageError.self) { try store.removeCursor("all") }
    #expect(gone?.code == .unknownCursor && gone?.message.contains("nightly") == true)
    try await store.close()
    store = try openStore(directory)
    #expect(store.cursors.map(\.name) == ["nightly"])
    try await store.close()
    #expect(code { try store.setCursor("x", position: 0) } == .closed)
    #expect(code { try store.removeCursor("nightly") } == .closed)
    #expect(code { try openStore(directory, .readOnly).setCursor("x", position: 0) } == .closed)
  }

  @Test("a position that is noted already costs no edit")
  func same() async throws {
    let directory = TestDirectory()
    let store = try openStore(directory)
    try await fillDays(store, 0..<1)
    let first = try store.setCursor("c", position: 2)
    let size = try readFile("\(directory.data)/MANIFEST").count
    #expect(try store.setCursor("c", position: 2) == first)
    #expect(try readFile("\(directory.data)/MANIFEST").count == size)
  }

  @Test("a position that is not durable, a model the log does not know and a bad name are refused")
  func refused() async throws {
    let directory = TestDirectory()
    let store = try openStore(directory)
    try await fillDays(store, 0..<1)
    #expect(code { try store.setCursor("c", position: 2) } == nil)
    let ahead = #expect(throws: StorageError.self) { try store.setCursor("d", position: 3) }
    #expect(ahead?.code == .invalid && ahead?.message.contains("the durable position is 2") == true)
    #expect(code { try store.setCursor("d", position: 1, model: "laons") } == .unknownModel)
    for name in ["", String(repeating: "x", count: 129), "a\u{0}b", "a\nb"] {
      #expect(code { try store.setCursor(name, position: 1) } == .invalid)
    }
    #expect(code { try store.setCursor(String(repeating: "é", count: 64), position: 1) } == nil)
    #expect(store.cursors.count == 2)
  }

  @Test("there is a limit to cursors: the last one fits, the next is refused, and moving one still works")
  func limit() async throws {
    let directory = TestDirectory()
    let store = try LogStore.open(
      directory: directory.data, mode: .exclusive, options: smallOptions(), disk: FailingDisk())
    try await fillDays(store, 0..<1)
    for number in 0..<Limits.cursorsMax { try store.setCursor("c\(number)", position: 1) }
    #expect(code { try store.setCursor("one more", position: 1) } == .conflict)
    #expect(code { try store.setCursor("c7", position: 2) } == nil)
    try store.removeCursor("c8")
    #expect(code { try store.setCursor("one more", position: 1) } == nil)
    try await store.close()
    let again = try openStore(directory)
    #expect(again.cursors == store.cursors && again.cursors.count == Limits.cursorsMax)
  }

  @Test("a cursor is set and moved while a compaction runs, without waiting for it")
  func duringCompaction() async throws {
    let directory = TestDirectory()
    var small = smallOptions()
    small.compactionRawBytesMax = 1_000
    let store = try openStore(directory, .exclusive, small)
    try await fillDays(store, 0..<4, compacting: false)
    var set: [UInt64] = []
    // Called on the compaction's thread: what would wait for the compaction would never return.
    _ = try store.compact { progress in
      let next = min(UInt64(progress.blocksDone), 8)
      if (try? store.setCursor("c", position: next)) != nil { set.append(next) }
    }
    #expect(set.contains(1) && set.last == 8)
    #expect(store.cursors.map(\.position) == [8])
    #expect(store.status().compactedPosition == 8)
    let before = try rows(try items(store))
    try await store.close()
    let again = try openStore(directory)
    #expect(again.cursors.map(\.position) == [8])
    #expect(try rows(try items(again)) == before)
  }

  @Test("retention waits for a cursor and goes on when it moves, unless told not to wait")
  func retentionWaits() async throws {
    let directory = TestDirectory()
    var store = try openStore(directory, .exclusive, options(atEndOfDay: 9))
    try await fillDays(store, 0..<3)
    _ = try await store.append(try predictions(0..<5, onDay: 9))
    try store.setCursor("tables", position: 1, model: "loans")
    func trim() throws -> (dropped: [UInt64], held: Int) {
      let report = try store.trim(.days(1))
      #expect(report.kept.allSatisfy { $0.reason == .cursor("tables") })
      return (report.dropped.flatMap(\.records).map(\.positions.upperBound).sorted(), report.kept.count)
    }
    #expect(try trim() == ([1, 2, 4, 6], 2))
    #expect(try trim() == ([], 2))
    try await store.close()
    store = try openStore(directory, .exclusive, options(atEndOfDay: 9))
    #expect(try trim() == ([], 2))
    try store.setCursor("tables", position: 3, model: "loans")
    #expect(try trim() == ([3], 1))
    var forced = RetentionPolicy.days(1)
    forced.ignoresCursors = true
    #expect(try store.trim(forced).dropped.map(\.overruledCursors) == [["tables"]])
    // The promise stands where it stood; its reader is told what it misses.
    #expect(store.cursors.map(\.position) == [3])
    let read = try items(store, query { ($0.model, $0.fromPosition) = ("loans", 4) })
    #expect(read.gaps.map(\.positions) == [4...5])
    #expect(try store.removeCursor("tables").position == 3)
    #expect(try trim() == ([], 0))
  }

  @Test("a manifest that cursors have made long is written anew while the log is open, and says the same")
  func rewritten() async throws {
    let directory = TestDirectory()
    let store = try LogStore.open(
      directory: directory.data, mode: .exclusive, options: options(atEndOfDay: 9), disk: FailingDisk())
    try await fillDays(store, 0..<3)
    _ = try store.trim(.days(8))
    var largest = 0
    for number in 0..<700 as Range<UInt64> {
      try store.setCursor("c\(number % 3)", position: number % 7, resetting: true)
      largest = max(largest, try readFile("\(directory.data)/MANIFEST").count)
    }
    #expect(largest < 100_000)
    let size = try readFile("\(directory.data)/MANIFEST").count
    #expect(size < largest)
    let before = store.status()
    #expect(before.trimmed.count == 2)
    // Edits go on in the new file.
    _ = try await store.append(try predictions(900..<910, onDay: 9))
    _ = try store.compact()
    let rowsBefore = try rows(try items(store))
    #expect(try rows(try items(try openStore(directory, .readOnly))) == rowsBefore)
    try await store.close()
    let again = try openStore(directory, .exclusive, options(atEndOfDay: 9))
    #expect(again.cursors == before.cursors && again.status().trimmed == before.trimmed)
    #expect(try rows(try items(again)) == rowsBefore)
    #expect(again.status().compactedPosition == 7)
  }
}
