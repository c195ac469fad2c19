import HindcastFormat
import HindcastStorage
import Testing

@Suite("Losses in the log") struct LossTests {
  private func lost(_ reading: LossReading, _ version: String = "1") -> UInt64? {
    reading.tally.parts.first { $0.version == version }?.byKind[.prediction]?.count
  }

  @Test("reports that are equal are losses of their own, before compaction and after; a resend is none")
  func equalReports() async throws {
    let directory = TestDirectory()
    let store = try openStore(directory)
    let producer = ProducerID(low: 1, high: 2)
    for sequence in [UInt64(1), 2, 2, 1, 3] {
      _ = try await store.append(try losses([5, 5]), producer: producer, epoch: 1, sequence: sequence)
    }
    _ = try await store.append(try losses([5, 5]))
    let before = try rows(try items(store))
    #expect(before.count == 8)
    #expect(lost(try store.losses(of: "loans")) == 40)
    let report = try store.compact()
    #expect(report.rowsWritten == 8 && report.exactDuplicatesDropped == 0)
    #expect(try rows(try items(store)) == before)
    #expect(lost(try store.losses(of: "loans")) == 40)
    let resent = try await store.append(try losses([5, 5]), producer: producer, epoch: 1, sequence: 3)
    #expect(resent.isDuplicate && resent.position == 3)
    try await store.close()
    #expect(try LogVerifier.verify(directory: directory.data).isGood)
    #expect(lost(try openStore(directory, .readOnly).losses(of: "loans")) == 40)
  }

  @Test("compaction files reports under their day, beside the predictions, in the order of time")
  func archived() async throws {
    let directory = TestDirectory()
    let store = try openStore(directory)
    for day in [Int64(2), 0, 1, 0] { _ = try await store.append(try losses([day + 1], onDay: day)) }
    _ = try await store.append(try predictions(0..<5, onDay: 1))
    #expect(try store.compact().filesWritten == 3)
    var query = ReadQuery()
    query.kinds = [.loss]
    let blocks = try items(store, query).blocks.map { try BlockDecoder.decode($0.bytes) }
    #expect(blocks.map { $0.rowCount } == [2, 1, 1])
    #expect(blocks.flatMap { $0.times ?? [] } == [0, 0, 1, 2].map { testDay($0) + 1_000_000 })
    query.times = testDay(1)..<testDay(2)
    #expect(try items(store, query).blocks.count == 1)
    let summary = try #require(store.streams().first { $0.stream.kind == .loss })
    #expect(summary.rows == 4 && summary.minTime == testDay(0) + 1_000_000)
  }

  @Test("a reading that goes on from an earlier one is the same as one of everything, whatever was compacted between")
  func goingOn() async throws {
    let directory = TestDirectory()
    let store = try openStore(directory)
    var earlier: LossReading?
    for step in 0..<6 {
      _ = try await store.append(try losses([1, 2], onDay: Int64(step % 2)))
      _ = try await store.append(try losses([10], version: "2", reason: .sampledOut))
      _ = try await store.append(try losses([7], model: "other"))
      if step % 2 == 1 { _ = try store.compact() }
      let reading = try store.losses(of: "loans", since: earlier)
      #expect(reading.tally == (try store.losses(of: "loans")).tally)
      #expect(lost(reading) == UInt64(3 * (step + 1)) && lost(reading, "2") == UInt64(10 * (step + 1)))
      earlier = reading
    }
    let unknown = #expect(throws: StorageError.self) { _ = try store.losses(of: "laons") }
    #expect(unknown?.code == .unknownModel)
  }

  @Test("retention drops reports with their files; a reading begins anew, and says what was trimmed")
  func trimmed() async throws {
    let directory = TestDirectory()
    let store = try openStore(directory)
    for day in Int64(0)..<3 {
      _ = try await store.append(try losses([10], onDay: day))
      _ = try await store.append(try predictions(0..<5, onDay: day))
    }
    _ = try store.compact()
    let before = try store.losses(of: "loans")
    #expect(lost(before) == 30 && before.gaps.isEmpty)
    var policy = RetentionPolicy()
    policy.bytesMax = 1
    let report = try store.trim(policy)
    #expect(report.dropped.count == 2)
    let after = try store.losses(of: "loans", since: before)
    #expect(lost(after) == 10)
    #expect(after.gaps.map(\.kind) == [.trimmed])
    let again = try store.losses(of: "loans", since: after)
    #expect(lost(again) == 10 && again.gaps == after.gaps)
  }

  @Test("a damaged block of reports is a gap, and the others count")
  func damaged() async throws {
    let directory = TestDirectory()
    let store = try openStore(directory)
    for count in Int64(1)...3 { _ = try await store.append(try losses([count])) }
    try await store.close()
    let path = try #require(try directory.segments().first)
    var bytes = try readFile(path)
    var query = ReadQuery()
    query.fromPosition = 2
    query.toPosition = 3
    let stored = try #require(try items(try openStore(directory, .readOnly), query).blocks.first).bytes
    let place = try #require(bytes.indices.first { bytes[$0...].starts(with: stored) })
    bytes[place + stored.count - 1] ^= 1
    try writeFile(path, bytes)
    let reading = try openStore(directory, .readOnly).losses(of: "loans")
    #expect(lost(reading) == 4)
    #expect(reading.gaps.map(\.positions) == [2...2] && reading.gaps.map(\.kind) == [.damaged])
  }

  @Test("a block that needs more memory than a reading may take is a gap")
  func tooLarge() async throws {
    let directory = TestDirectory()
    let store = try openStore(directory)
    _ = try await store.append(try losses(Array(repeating: 1, count: 1_000)))
    _ = try await store.append(try losses([5]))
    let reading = try store.losses(of: "loans", limits: DecodeLimits(valueBytesMax: 4_096))
    #expect(lost(reading) == 5)
    #expect(reading.gaps.map(\.positions) == [1...1])
    #expect(lost(try store.losses(of: "loans")) == 1_005)
  }

  @Test("rows that break the rules are counted, and add nothing")
  func nonsense() async throws {
    let directory = TestDirectory()
    let store = try openStore(directory)
    _ = try await store.append(try losses([5, -7, 0, .max, 5]))
    for _ in 0..<2 {
      let part = try #require(try store.losses(of: "loans").tally.parts.first)
      #expect(part.unreadable == 3 && part.byKind[.prediction]?.count == 10)
      _ = try store.compact()
    }
  }
}
