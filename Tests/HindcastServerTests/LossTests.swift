import GRPCCore
import HindcastFormat
import HindcastStorage
import HindcastWire
import Testing

@testable import HindcastServer

@Suite("Losses, told by the server") struct LossTests {
  private func put(_ client: TestClient, _ block: Block) async throws {
    _ = try await client.put(AppendRequest(try BlockEncoder(effort: .ingest).encode(block)))
  }

  private func describe(_ client: TestClient) async throws -> DescribeModelResponse {
    try await client.unary(HindcastMethods.describeModel, DescribeModelRequest(model: "loan"))
  }

  @Test("a model is described with what it served: logged, sampled out and dropped, by version and environment")
  func served() async throws {
    try await withServer { client, _ in
      try await put(client, SampleBlocks.predictions(rows: 10))
      #expect(
        try await describe(client).served
          == [ServedSummary(version: "1", environment: .production, logged: 10, lost: [], unreadable: 0)])

      // Plain columns, as any client sends them.
      _ = try await client.put(AppendRequest(block: try PlainBlock.pack(SampleBlocks.losses([3, 4]))))
      try await put(client, SampleBlocks.losses([100], reason: "sampled_out"))
      try await put(client, SampleBlocks.losses([9], kind: "actual"))
      try await put(client, SampleBlocks.losses([5], version: "2", environment: .shadow))
      let described = try await describe(client)
      let times: ClosedRange<Int64> = 1_000_000...59_000_000
      #expect(
        described.served == [
          ServedSummary(
            version: "1", environment: .production, logged: 10,
            lost: [
              LostSummary(kind: .prediction, reason: "queue_full", sum: LossSum(count: 7, bytes: 700, times: times)),
              LostSummary(
                kind: .prediction, reason: "sampled_out", sum: LossSum(count: 100, bytes: 10_000, times: times)),
              LostSummary(kind: .actual, reason: "queue_full", sum: LossSum(count: 9, bytes: 900, times: times)),
            ], unreadable: 0),
          ServedSummary(
            version: "2", environment: .shadow, logged: 0,
            lost: [
              LostSummary(kind: .prediction, reason: "queue_full", sum: LossSum(count: 5, bytes: 500, times: times))
            ],
            unreadable: 0),
        ])
      #expect(described.served.map(\.served) == [117, 5])
      #expect(described.parts.map(\.stream.kind) == [.prediction, .loss, .loss])
      #expect(described.columns.contains { $0.kind == .loss && $0.schema.name == "lost_kind" })
    }
  }

  private static let limits = DecodeLimits(valueBytesMax: 1 << 20)

  private func describe(_ store: LogStore, _ ledger: LossLedger) throws -> DescribeModelResponse {
    try ModelDescription.of("loan", in: store, ledger.losses(of: "loan", in: store, limits: Self.limits))
  }

  @Test("asking again counts each report once, before compaction, after it, and after a restart")
  func again() async throws {
    let folder = TemporaryFolder()
    let store = try LogStore.open(directory: folder.path, mode: .exclusive)
    let ledger = LossLedger()
    _ = try await store.append(try SampleBlocks.encoded(rows: 10))
    for round in 1...6 {
      _ = try await store.append(try BlockEncoder(effort: .ingest).encode(SampleBlocks.losses([1, 1])))
      if round % 2 == 0 { _ = try store.compact() }
      for _ in 0..<2 { #expect(try describe(store, ledger).served.map(\.served) == [UInt64(10 + 2 * round)]) }
    }
    try await store.close()
    try await withServer(in: folder) { client, _ in
      let described = try await describe(client)
      #expect(described.served.map(\.served) == [22])
    }
  }

  @Test("a loss block that breaks a rule is refused for good, with what is wrong, and nothing is stored")
  func refused() async throws {
    try await withServer { client, _ in
      var missing = SampleBlocks.losses([1])
      missing.columns.removeAll { $0.name == "reason" }
      let wrong: [(Block, String)] = [
        (SampleBlocks.losses([1, 0]), "row 1 counts 0 lost events"), (missing, "needs a column system:reason"),
        (SampleBlocks.losses([1], reason: "No reason"), "the reason in row 0"),
        (SampleBlocks.losses([1], kind: "loss"), "none of the kinds that can be lost"),
      ]
      for (block, message) in wrong {
        let encoded = try BlockEncoder(effort: .ingest).encode(block)
        let answers = try await client.append([AppendRequest(encoded)])
        #expect(answers[0].error?.message.contains(message) == true, "\(answers[0].error?.message ?? "taken")")
        #expect(answers[0].error?.isRetryable == false)
      }
      #expect(try await client.counter("rejected_invalid") == UInt64(wrong.count))
      #expect(try await client.status().durablePosition == 0)
    }
  }

  @Test("what retention dropped, and what is damaged, is told with what was served")
  func trimmed() async throws {
    let folder = TemporaryFolder()
    let store = try LogStore.open(directory: folder.path, mode: .exclusive)
    let ledger = LossLedger()
    for day in Int64(0)..<3 {
      var block = SampleBlocks.losses([10])
      block.columns[0].values = .int64([day * 86_400_000_000])
      _ = try await store.append(try BlockEncoder(effort: .ingest).encode(block))
    }
    _ = try store.compact()
    #expect(try describe(store, ledger).served.map(\.served) == [30])
    _ = try store.trim(RetentionPolicy(bytesMax: 1))
    let described = try describe(store, ledger)
    #expect(described.served.map(\.served) == [10])
    #expect(described.gaps.map(\.kind) == [.trimmed] && described.gaps[0].model == "loan")
    try await store.close()
    try await withServer(in: folder) { client, _ in
      let again = try await describe(client)
      #expect(again == described)
    }
  }
}
