import HindcastFormat
import HindcastStorage
import Testing

@Suite struct CompactionTests {
  /// Two models, late rows, a block sent twice without a producer, a column that comes later.
  static func fill(_ store: LogStore) async throws {
    for start in stride(from: 0, to: 600, by: 60) {
      _ = try await store.append(try predictions(start..<start + 60, withNote: start >= 300))
      _ = try await store.append(try actuals(start..<start + 30))
    }
    let shadow = StreamKey(kind: .prediction, model: "Loans/../x", version: "2", environment: .shadow)
    _ = try await store.append(try predictions(0..<50, stream: shadow, daySpan: 1))
  }

  @Test("reads before and after a compaction give the same rows, by position, model and time")
  func sameRows() async throws {
    let directory = TestDirectory()
    let store = try openStore(directory, .exclusive, smallOptions(segmentBytes: 8_192))
    try await Self.fill(store)
    var byModel = ReadQuery()
    byModel.model = "loans"
    byModel.kinds = [.actual]
    var late = ReadQuery()
    late.fromPosition = 15
    let before = try rows(try items(store))
    let beforeModel = try rows(try items(store, byModel))
    let beforeLate = try rows(try items(store, late)).filter { position(of: $0) >= 15 }
    let report = try store.compact()
    #expect(report.rowsRead == 950 && report.rowsWritten == 950)
    #expect(report.compactedPosition == 21 && report.gaps == 0)
    for store in [store, try openStore(directory, .readOnly)] {
      let after = try items(store)
      #expect(try rows(after) == before)
      #expect(after.reached == [21])
      #expect(try rows(try items(store, byModel)) == beforeModel)
      #expect(try rows(try items(store, late)).filter { position(of: $0) >= 15 } == beforeLate)
      #expect(store.status().segmentCount == 0)
    }
    #expect(try directory.segments().isEmpty)
    #expect(try directory.archiveFiles().contains { $0.contains("/archive/%4Coans%2F..%2Fx/2018-10-31-") })
    try await store.close()
    let again = try openStore(directory)
    #expect(try rows(try items(again)) == before)
    // The log goes on behind what was archived.
    #expect(try await again.append(try actuals(0..<5)).position == 22)
    #expect(try items(again).reached == [21, 22, 22])
  }

  private func position(of line: String) -> Int {
    Int(line.split(separator: "@")[1].prefix { $0.isNumber })!
  }

  @Test("archived rows stand in the order of time, then position")
  func sorted() async throws {
    let directory = TestDirectory()
    let store = try openStore(directory)
    try await Self.fill(store)
    _ = try store.compact()
    var query = ReadQuery()
    query.model = "loans"
    query.kinds = [.prediction]
    var last: [Int64] = []
    for stored in try items(store, query).blocks {
      let block = try BlockDecoder.decode(stored.bytes)
      let times = try #require(block.times)
      #expect(times == times.sorted())
      last.append(try #require(times.last))
      let day = Set(times.map { $0 / 86_400_000_000 })
      #expect(day.count == 1)
    }
    #expect(last == last.sorted())
  }

  @Test("a prediction that is an exact duplicate is dropped, a repeat with another value stays")
  func duplicates() async throws {
    let directory = TestDirectory()
    let store = try openStore(directory)
    _ = try await store.append(try predictions(0..<10))
    _ = try await store.append(try predictions(5..<15))
    _ = try await store.append(try predictions(0..<10, withNote: true))
    let report = try store.compact()
    #expect(report.exactDuplicatesDropped == 5)
    #expect(report.rowsRead == 30 && report.rowsWritten == 25)
    let kept = try rows(try items(store))
    #expect(kept.filter { $0.contains("row-5 ") && $0.contains("@1 ") }.count == 1)
    #expect(kept.filter { $0.contains("@2 ") }.count == 5)
    #expect(kept.filter { $0.contains("@3 ") }.count == 10)
  }

  @Test("actuals that repeat earlier ones stay, since the last of equal rank is the truth")
  func repeatedActuals() async throws {
    let directory = TestDirectory()
    let store = try openStore(directory)
    for _ in 0..<3 { _ = try await store.append(try actuals(0..<10)) }
    let before = try rows(try items(store))
    let report = try store.compact()
    #expect(report.exactDuplicatesDropped == 0)
    #expect(try rows(try items(store)) == before)
  }

  @Test("memory for rows bounds a step: many small steps give the same rows as one")
  func manySteps() async throws {
    let directory = TestDirectory()
    var options = smallOptions()
    options.compactionRawBytesMax = 10_000
    options.archiveBlockRows = 20
    let store = try openStore(directory, .exclusive, options)
    try await Self.fill(store)
    let before = try rows(try items(store))
    let report = try store.compact()
    #expect(report.filesWritten > 10)
    #expect(try rows(try items(store)) == before)
    #expect(try rows(try items(try openStore(directory, .readOnly))) == before)
    #expect(try directory.segments().isEmpty)
  }

  @Test("a cursor that was made before a compaction reads on as if there had been none")
  func cursorKeepsFiles() async throws {
    let directory = TestDirectory()
    let store = try openStore(directory)
    try await Self.fill(store)
    let before = try rows(try items(store))
    var cursor = try store.read(ReadQuery())
    let first = try #require(try cursor.next())
    let elsewhere = try openStore(directory, .readOnly)
    var cursorElsewhere = try elsewhere.read(ReadQuery())
    _ = try store.compact()
    var read = [first]
    while let item = try cursor.next() { read.append(item) }
    #expect(try rows(read) == before && read.gaps.isEmpty)
    read = []
    while let item = try cursorElsewhere.next() { read.append(item) }
    #expect(try rows(read) == before && read.gaps.isEmpty)
    // A new cursor of the store that was opened before finds that its files are gone, and loads the manifest again.
    #expect(try rows(try items(elsewhere)) == before)
  }

  @Test("the same column with another type later is archived beside the first, losing neither")
  func typeChange() async throws {
    let directory = TestDirectory()
    let store = try openStore(directory)
    for type in [ColumnType.int64, .float64] {
      var builder = BlockBuilder(stream: testStream)
      let id = try builder.column(ColumnSchema(ColumnName.id, role: .id, type: .string))
      let time = try builder.column(ColumnSchema(ColumnName.time, role: .time, type: .timestamp))
      let age = try builder.column(ColumnSchema("age", role: .feature, type: type))
      for row in 0..<4 {
        builder.append("\(type)-\(row)", to: id)
        builder.append(Int64(row), to: time)
        if type == .int64 { builder.append(Int64(row), to: age) } else { builder.append(Double(row), to: age) }
        builder.endRow()
      }
      _ = try await store.append(try BlockEncoder(effort: .ingest).encode(builder.take()))
    }
    let before = try rows(try items(store))
    #expect(try store.compact().filesWritten == 1)
    #expect(try rows(try items(store)) == before)
  }

  @Test("rows whose clocks are scattered over centuries do not become a file each")
  func scatteredDays() async throws {
    let directory = TestDirectory()
    let store = try openStore(directory)
    _ = try await store.append(try predictions(0..<2_000, daySpan: 1_999))
    let before = try rows(try items(store))
    let report = try store.compact()
    #expect(report.filesWritten <= 64)
    #expect(try rows(try items(store)) == before)
  }

  @Test("compacting an empty or fully compacted log does nothing")
  func nothingToDo() async throws {
    let directory = TestDirectory()
    let store = try openStore(directory)
    #expect(try store.compact() == CompactionReport())
    _ = try await store.append(try actuals(0..<5))
    #expect(try store.compact().rowsWritten == 5)
    #expect(try store.compact().rowsWritten == 0)
    #expect(throws: StorageError.self) { _ = try openStore(directory, .readOnly).compact() }
  }
}
