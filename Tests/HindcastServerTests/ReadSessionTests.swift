import HindcastFormat
import HindcastStorage
import HindcastWire
import Testing

@testable import HindcastServer

@Suite struct ReadSessionTests {
  @Test("a plain read that follows, and that compaction overtakes, gets no row twice")
  func overtaken() async throws {
    let folder = TemporaryFolder()
    let store = try LogStore.open(directory: folder.path, mode: .exclusive)
    for first in [0, 10] { _ = try await store.append(try SampleBlocks.encoded(first: first)) }
    _ = try store.compact()
    let request = ReadRequest(ReadQuery(), columns: ["score"], follows: true, isPlain: true)
    let limits = ServerLimits()

    // An earlier pass has handed out position 1 while it stood in the journal; the archive's block holds both.
    var query = request.query
    query.fromPosition = 2
    let session = try ReadSession(
      store: store, query: query, form: ReadForm(request, limits: limits), reached: 1, limits: limits,
      counters: ServerCounters())
    var ids: [ColumnValues?] = []
    func nextBatch() throws -> [StoredItem]? {
      while session.needsDecoding { #expect(try session.decodeNext(limits: .format, isLast: true)) }
      return try session.nextBatch(bytesMax: limits.readBatchBytes)
    }
    while let items = try nextBatch() {
      for case .block(let block) in items { ids.append(try BlockDecoder.decode(block.bytes).ids?.values) }
    }
    #expect(ids == [.strings(ByteStrings((10..<20).map { "loan-\($0)" }))])
    #expect(session.reached == 2)
    try await store.close()
  }
}
