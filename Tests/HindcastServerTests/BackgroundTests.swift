import GRPCCore
import HindcastFormat
import HindcastStorage
import HindcastWire
import Testing

@testable import HindcastServer

@Suite struct BackgroundTests {
  @Test(
    "background compaction moves what is stored into the archive, and reads give the same rows with their positions")
  func compaction() async throws {
    try await withServer {
      $0.compaction = CompactionSchedule(interval: .milliseconds(200))
    } _: { client, _ in
      for first in [0, 10, 20] { _ = try await client.put(AppendRequest(try SampleBlocks.encoded(first: first))) }
      var compacted: UInt64 = 0
      for _ in 0..<200 where compacted < 3 {
        try await Task.sleep(for: .milliseconds(50))
        compacted = try await client.status().compactedPosition
      }
      #expect(compacted == 3)
      #expect(try await client.status().archiveFiles > 0)
      let blocks = try await client.readBlocks().map { try BlockDecoder.decode($0.bytes) }
      var joined = try Block.concatenating(blocks)
      let positions = try #require(joined.column(.system, ColumnName.position))
      #expect(positions.values == .int64((0..<30).map { Int64($0 / 10 + 1) }))
      joined.columns.removeAll { $0.schema == positions.schema }
      #expect(Set(joined.columns.map(\.schema)) == Set(SampleBlocks.predictions(rows: 30).columns.map(\.schema)))
      for column in SampleBlocks.predictions(rows: 30).columns {
        #expect(joined.column(column.schema.role, column.name) == column)
      }

      // Plain reads drop archived rows outside the positions asked for, and go on behind the archive.
      _ = try await client.put(AppendRequest(try SampleBlocks.encoded(first: 30)))
      var query = ReadQuery()
      query.fromPosition = 2
      query.toPosition = 3
      let wanted = try await client.readBlocks(ReadRequest(query, columns: ["score"], isPlain: true))
      let ids = try wanted.compactMap { try BlockDecoder.decode($0.bytes).ids }
      #expect(ids.map(\.values) == [.strings(ByteStrings((10..<20).map { "loan-\($0)" }))])
    }
  }

  @Test("when the journal fails the server says that it does not serve, and reads go on")
  func journalFailure() async throws {
    let folder = TemporaryFolder()
    let store = try LogStore.open(directory: folder.path, mode: .exclusive)
    let core = ServerCore(store: store, configuration: configuration(in: folder))
    core.health.serve(.serving)
    var watched = core.health.watch().makeAsyncIterator()
    #expect(await watched.next() == .serving)
    for code in [StorageError.Code.diskFull, .staleEpoch, .sequenceGap(expected: 2), .overloaded] {
      _ = core.refusal(for: StorageError(code, "not that"))
      #expect(core.health.status == .serving)
    }
    let refusal = core.refusal(for: StorageError(.journalFailed, "the disk is gone"))
    #expect(refusal.code == .unavailable && refusal.isRetryable)
    #expect(core.health.status == .notServing)
    #expect(await watched.next() == .notServing)
    #expect(core.counters[.refusedStorage] == 3)
    var cursor = try store.read(ReadQuery())
    let item = try cursor.next()
    #expect(item == nil)
    try await store.close()
  }
}
