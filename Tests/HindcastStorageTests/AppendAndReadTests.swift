import HindcastFormat
import HindcastStorage
import Testing

@Suite struct AppendAndReadTests {
  @Test("positions start at 1, have no gaps, and are read back in order with their bytes")
  func appendAndRead() async throws {
    let directory = TestDirectory()
    let store = try openStore(directory)
    for number in 1...50 {
      let result = try await store.append(headOnlyBlock(number))
      #expect(result == AppendResult(position: UInt64(number), isDuplicate: false))
    }
    let read = try items(store)
    #expect(read.blocks.map(\.position) == Array(1...50))
    #expect(read.blocks.map(\.bytes) == (1...50).map { headOnlyBlock($0).bytes })
    #expect(read.reached == Array(1...50) + [50])
    #expect(read.gaps.isEmpty)
    #expect(store.durablePosition == 50)
    try await store.close()
  }

  @Test("a log that was closed opens again with all its blocks and goes on behind them")
  func reopen() async throws {
    let directory = TestDirectory()
    for round in 0..<4 {
      let store = try openStore(directory)
      #expect(store.durablePosition == UInt64(round * 7))
      try await store.appendNumbered(round * 7 + 1...round * 7 + 7)
      #expect(try items(store).blocks.map(\.bytes) == (1...round * 7 + 7).map { headOnlyBlock($0).bytes })
      try await store.close()
    }
  }

  @Test("a log whose process died without closing opens with all acknowledged blocks", arguments: [1, 3, 40])
  func reopenWithoutClose(count: Int) async throws {
    let directory = TestDirectory()
    do {
      let store = try openStore(directory)
      try await store.appendNumbered(1...count)
    }
    let store = try openStore(directory)
    #expect(try items(store).blocks.map(\.bytes) == (1...count).map { headOnlyBlock($0).bytes })
    #expect(store.status().counters.tornTails == 0)
    #expect(try await store.append(headOnlyBlock(0)).position == UInt64(count + 1))
  }

  @Test("segments roll at their limit, are sealed, and each is read through its footer")
  func roll() async throws {
    let directory = TestDirectory()
    let store = try openStore(directory)
    try await store.appendNumbered(1...100)
    #expect(store.status().segmentCount > 4)
    try await store.close()
    let files = try directory.segments()
    #expect(files.count == store.status().segmentCount)
    for file in files { #expect(try readFile(file).count <= 4_096 + 2_048) }
    let again = try openStore(directory, .readOnly)
    #expect(again.status().counters.rebuiltIndexes == 0)
    #expect(try items(again).blocks.count == 100)
  }

  @Test("opening and closing without an append leaves no segment behind")
  func emptyRounds() async throws {
    let directory = TestDirectory()
    for _ in 0..<3 {
      let store = try openStore(directory)
      try await store.close()
    }
    #expect(try directory.segments().isEmpty)
  }

  @Test("many tasks appending at once share fsyncs, and each gets a position of its own")
  func groupCommit() async throws {
    let directory = TestDirectory()
    let store = try openStore(directory, .exclusive, smallOptions(segmentBytes: 1 << 20))
    let positions = try await withThrowingTaskGroup(of: [UInt64].self) { group in
      for task in 0..<16 {
        group.addTask { @concurrent in
          var positions: [UInt64] = []
          for number in 0..<50 {
            positions.append(try await store.append(headOnlyBlock(task * 1_000 + number, fillerBytes: 300)).position)
          }
          return positions
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    #expect(positions.sorted() == Array(1...800))
    let status = store.status()
    #expect(status.counters.blocksAppended == 800)
    #expect(status.counters.groups < 800)
    #expect(try items(store).blocks.count == 800)
    try await store.close()
  }

  @Test("a query up to position 0 chooses nothing, and one up to the last number everything")
  func ends() async throws {
    let directory = TestDirectory()
    let store = try openStore(directory)
    try await store.appendNumbered(1...3)
    var query = ReadQuery()
    for (toPosition, count) in [(0, 0), (1, 0), (2, 1), (.max, 3)] as [(UInt64, Int)] {
      query.toPosition = toPosition
      #expect(try items(store, query).blocks.count == count)
    }
    query = ReadQuery()
    query.fromPosition = .max
    #expect(try items(store, query).blocks.isEmpty)
  }

  @Test("a query chooses by position, model, version, kind and time, and reaches the end either way")
  func queries() async throws {
    let directory = TestDirectory()
    let store = try openStore(directory)
    let other = StreamKey(kind: .actual, model: "fraud", version: "", environment: .shadow)
    for number in 1...30 {
      _ = try await store.append(headOnlyBlock(number, stream: number.isMultiple(of: 3) ? other : testStream))
    }
    func positions(_ change: (inout ReadQuery) -> Void) throws -> [UInt64] {
      var query = ReadQuery()
      change(&query)
      let read = try items(store, query)
      #expect(read.reached.last == min(30, (query.toPosition ?? 31) - 1))
      return read.blocks.map(\.position)
    }
    #expect(
      try positions {
        $0.fromPosition = 12; $0.toPosition = 20
      } == Array(12..<20))
    #expect(try positions { $0.model = "fraud" } == stride(from: 3, through: 30, by: 3).map { $0 })
    #expect(
      try positions {
        $0.kinds = [.prediction]; $0.toPosition = 6
      } == [1, 2, 4, 5])
    #expect(
      try positions {
        $0.environment = .shadow; $0.fromPosition = 25
      } == [27, 30])
    #expect(
      try positions {
        $0.version = "1"; $0.fromPosition = 28
      } == [28, 29])
    #expect(try positions { $0.times = 10_000_000..<13_000_000 } == [10, 11, 12])
    #expect(
      try items(
        store,
        {
          var query = ReadQuery(); query.fromPosition = 31; return query
        }()
      ).isEmpty)
    // Positions start at 1: nothing comes before the first.
    var nothing = ReadQuery()
    nothing.toPosition = 0
    #expect(try items(store, nothing).isEmpty)
  }

  @Test("a range of times takes rows without a time along, from the journal and from the archive")
  func undated() async throws {
    let directory = TestDirectory()
    let store = try openStore(directory)
    _ = try await store.append(try attributions(0..<5))
    _ = try await store.append(try predictions(0..<5, onDay: 0))
    _ = try await store.append(try predictions(0..<5, onDay: 1))
    var query = ReadQuery()
    query.times = testDay(1)..<testDay(2)
    for _ in 0..<2 {
      #expect(Set(try items(store, query).blocks.map(\.position)) == [1, 3])
      _ = try store.compact()
    }
  }

  @Test("an unknown model is an error that names those there are")
  func unknownModel() async throws {
    let directory = TestDirectory()
    let store = try openStore(directory)
    try await store.appendNumbered(1...2)
    var query = ReadQuery()
    query.model = "laons"
    let error = #expect(throws: StorageError.self) { _ = try store.read(query) }
    #expect(error?.code == .unknownModel)
    #expect(error?.message.contains("loans") == true)
  }

  @Test("a reader of another process sees what was durable when it opened, and can follow by opening again")
  func readOnlyBeside() async throws {
    let directory = TestDirectory()
    let writer = try openStore(directory)
    try await writer.appendNumbered(1...20)
    let reader = try openStore(directory, .readOnly)
    #expect(try items(reader).blocks.count == 20)
    try await writer.appendNumbered(21...40)
    #expect(try items(reader).blocks.count == 20)
    #expect(try items(try openStore(directory, .readOnly)).blocks.count == 40)
    await #expect(throws: StorageError.self) { _ = try await reader.append(headOnlyBlock(1)) }
  }

  @Test("a follower wakes when the durable position passes what it has read, and when it is cancelled")
  func following() async throws {
    let directory = TestDirectory()
    let store = try openStore(directory)
    try await store.appendNumbered(1...1)
    #expect(await store.waitForPosition(after: 0) == 1)
    let waiting = Task { await store.waitForPosition(after: 1) }
    try await store.appendNumbered(2...2)
    #expect(await waiting.value == 2)
    let cancelled = Task { await store.waitForPosition(after: 2) }
    cancelled.cancel()
    #expect(await cancelled.value == 2)
    let closed = Task { await store.waitForPosition(after: 2) }
    try await store.close()
    #expect(await closed.value == 2)
  }

  @Test("streams are summed up over the whole log")
  func streams() async throws {
    let directory = TestDirectory()
    let store = try openStore(directory)
    try await store.appendNumbered(1...30)
    let streams = store.streams()
    #expect(streams.count == 1)
    #expect(streams[0].rows == 30 && streams[0].blocks == 30 && streams[0].lastPosition == 30)
    #expect(streams[0].minTime == 1_000_000 && streams[0].maxTime == 30_000_000)
  }
}
