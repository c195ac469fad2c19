import HindcastFormat
import Testing

@testable import HindcastStorage

@Suite struct ZoneTests {
  private func query(_ conditions: String...) throws -> ReadQuery {
    var query = ReadQuery()
    query.conditions = try conditions.map { try ColumnCondition(parsing: $0) }
    return query
  }

  /// The ids of the rows that meet the query's conditions.
  private func ids(_ items: [StoredItem], _ query: ReadQuery) throws -> [String] {
    try items.blocks.flatMap { stored -> [String] in
      let block = try BlockDecoder.decode(stored.bytes)
      let mask = try query.conditions.mask(block)
      guard case .strings(let ids) = block.column(.id, ColumnName.id)?.values else { return [] }
      return mask.setRows.map { ids.string($0) }
    }.sorted()
  }

  @Test("blocks of the archive in which no row can be wanted are passed over, and no wanted row is missed")
  func passesOver() async throws {
    let directory = TestDirectory()
    var options = smallOptions()
    options.archiveBlockRows = 100
    let store = try openStore(directory, .exclusive, options)
    for start in stride(from: 0, to: 1_000, by: 50) {
      _ = try await store.append(try predictions(start..<start + 50, daySpan: 1, withNote: start >= 900))
    }
    let cases: [(ReadQuery, blocks: Int)] = [
      (try query("amount > 1200"), 1), (try query("feature:amount <= 10"), 1), (try query("amount = 625"), 1),
      (try query("amount > 1e9"), 0), (try query("amount >= 0", "score < 0.1"), 1), (try query("note = n950"), 1),
      (try query("note != n950"), 1), (try query("city = Berlin"), 10), (try query("city = Paris"), 0),
      (try query("city < Berlin"), 0), (try query("nothing = 1"), 0), (try query("city != Berlin"), 10),
    ]
    let expected = try cases.map { try ids(try items(store), $0.0) }
    // Nothing is known of blocks of the journal: all of them come.
    for (query, _) in cases { #expect(try items(store, query).blocks.count == 20) }
    _ = try store.compact()
    for (place, (query, blocks)) in cases.enumerated() {
      let before = store.status().counters.blocksPassedOver
      let read = try items(store, query)
      #expect(read.blocks.count == blocks, "\(query.conditions)")
      #expect(store.status().counters.blocksPassedOver - before == UInt64(10 - blocks))
      #expect(try ids(read, query) == expected[place], "\(query.conditions)")
      #expect(read.reached == [20])
    }
    // Where the footer is damaged, nothing is known, and everything is read.
    let file = try #require(directory.archiveFiles().first)
    var bytes = try readFile(file)
    bytes[bytes.count - 100] ^= 1
    try writeFile(file, bytes)
    let again = try openStore(directory, .readOnly)
    #expect(try items(again, cases[0].0).blocks.count == 10)
    #expect(try ids(try items(again, cases[0].0), cases[0].0) == expected[0])
  }

  @Test("verify holds what a footer says of columns to their values")
  func verified() async throws {
    let directory = TestDirectory()
    let store = try openStore(directory)
    _ = try await store.append(try predictions(0..<50))
    _ = try store.compact()
    try await store.close()
    #expect(try LogVerifier.verify(directory: directory.data).badFrames.isEmpty)
    for file in try directory.archiveFiles() {
      let bytes = try readFile(file)
      let id = try #require(UInt64(file.suffix(24).prefix(16), radix: 16))
      guard case .sealed(var ends) = try SealedFile.ends(of: try PosixDisk().open(file, .read), .archive, fileID: id)
      else {
        Issue.record("\(file) is not sealed")
        continue
      }
      ends.footer.zones[0][0].statistics.nulls += 1
      let ending = FrameWriting.ending(
        footer: ends.footer, fileID: id, offset: ends.footerOffset, durablePosition: ends.durablePosition)
      try writeFile(file, Array(bytes[..<Int(ends.footerOffset)]) + ending)
    }
    let report = try LogVerifier.verify(directory: directory.data)
    #expect(try report.badFrames.map(\.path) == directory.archiveFiles())
    #expect(report.badFrames.allSatisfy { $0.reason.contains("contradict") })
  }
}
