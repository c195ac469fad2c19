import GRPCCore
import HindcastFormat
import HindcastServer
import HindcastWire
import Testing

@Suite struct ReadTests {
  private static let actuals = StreamKey(kind: .actual, model: "loan", version: "", environment: .production)
  private static let fraud = StreamKey(kind: .prediction, model: "fraud", version: "9", environment: .shadow)

  private func query(_ change: (inout ReadQuery) -> Void) -> ReadQuery {
    var query = ReadQuery()
    change(&query)
    return query
  }

  @Test("a read chooses by position, model and time, and ends with a checkpoint")
  func chooses() async throws {
    try await withServer { client, _ in
      for first in [0, 100, 200] { _ = try await client.put(AppendRequest(try SampleBlocks.encoded(first: first))) }
      _ = try await client.put(AppendRequest(try SampleBlocks.encoded(stream: Self.fraud)))
      func positions(_ change: (inout ReadQuery) -> Void) async throws -> [UInt64] {
        try await client.readBlocks(ReadRequest(query(change))).map(\.position)
      }
      #expect(try await positions { _ in } == [1, 2, 3, 4])
      #expect(try await positions { $0.fromPosition = 2 } == [2, 3, 4])
      #expect(try await positions { $0.toPosition = 3 } == [1, 2])
      #expect(try await positions { $0.model = "fraud" } == [4])
      #expect(try await positions { $0.version = "1" } == [1, 2, 3])
      #expect(try await positions { $0.environment = .shadow } == [4])
      #expect(try await positions { $0.kinds = [.actual] } == [])
      #expect(try await positions { $0.times = 100_000_000..<101_000_000 } == [2])
      let items = try await client.read(ReadRequest(query { $0.model = "loan" }))
      guard case .reached(4) = items.last else {
        Issue.record("the last item is \(String(describing: items.last))")
        return
      }
    }
  }

  @Test("chosen columns come as they are stored, with id and time and without the rest")
  func chosenColumns() async throws {
    try await withServer { client, _ in
      let block = SampleBlocks.predictions(rows: 30)
      _ = try await client.put(AppendRequest(try BlockEncoder(effort: .ingest).encode(block)))
      let whole = try #require(try await client.readBlocks().first)
      let chosen = try #require(
        try await client.readBlocks(ReadRequest(ReadQuery(), columns: ["score", "tag:region", "feature:score"])).first)
      #expect(chosen.payloadHash == 0)
      let summary = try BlockDecoder.summary(chosen.bytes)
      #expect(summary.columns.map(\.schema.qualifiedName) == ["id:id", "time:time", "output:score", "tag:region"])
      let encodings = try BlockDecoder.summary(whole.bytes).columns
      for column in summary.columns {
        #expect(encodings.first { $0.schema == column.schema }?.encoding == column.encoding)
      }
      var expected = block
      expected.columns.removeAll { $0.name == "income" }
      #expect(try BlockDecoder.decode(chosen.bytes) == expected)
    }
  }

  @Test("plain blocks hold only the rows that are wanted, and no empty blocks are sent")
  func plainRows() async throws {
    try await withServer { client, _ in
      let block = SampleBlocks.predictions(rows: 30)
      _ = try await client.put(AppendRequest(try BlockEncoder(effort: .ingest).encode(block)))
      let wanted = try await client.readBlocks(
        ReadRequest(query { $0.times = 5_000_000..<8_000_000 }, columns: ["income"], isPlain: true))
      #expect(wanted.count == 1)
      let summary = try BlockDecoder.summary(wanted[0].bytes)
      #expect(summary.columns.allSatisfy { !$0.isEncoded })
      var expected = block.taking(rows: [5, 6, 7])
      expected.columns.removeAll { ["score", "region"].contains($0.name) }
      #expect(try BlockDecoder.decode(wanted[0].bytes) == expected)
      // Between two rows: the block's range of times covers it, but no row does.
      let none = try await client.readBlocks(ReadRequest(query { $0.times = 5_000_001..<5_999_999 }, isPlain: true))
      #expect(none.isEmpty)
    }
  }

  @Test(
    "a large block is cut into plain blocks that a client without configuration accepts",
    arguments: [1, 2_000, 1 << 20])
  func plainCuts(plainBlockBytes: Int) async throws {
    try await withServer {
      $0.limits.plainBlockBytes = plainBlockBytes
    } _: { client, _ in
      let block = SampleBlocks.predictions(rows: 100)
      _ = try await client.put(AppendRequest(try BlockEncoder(effort: .ingest).encode(block)))
      let parts = try await client.readBlocks(ReadRequest(ReadQuery(), isPlain: true))
      #expect(parts.count == (plainBlockBytes == 1 ? 100 : plainBlockBytes == 2_000 ? parts.count : 1))
      if plainBlockBytes == 2_000 { #expect((2...20).contains(parts.count)) }
      #expect(try Block.concatenating(parts.map { try BlockDecoder.decode($0.bytes) }) == block)
      #expect(parts.allSatisfy { $0.payloadHash == Checksum.xxh3($0.bytes) })
    }
  }

  @Test("a following read gets what is appended later, without a block missing or twice")
  func follows() async throws {
    try await withServer { client, _ in
      let count = 30
      _ = try await client.put(AppendRequest(try SampleBlocks.encoded()))
      let reading = Task {
        try await client.stream(HindcastMethods.read, ReadRequest(ReadQuery(), follows: true)) {
          (messages: RPCAsyncSequence<StoredItem, any Error>) in
          var positions: [UInt64] = []
          for try await item in messages {
            if case .block(let block) = item { positions.append(block.position) }
            if positions.count == count { break }
          }
          return positions
        }
      }
      for number in 1..<count { _ = try await client.put(AppendRequest(try SampleBlocks.encoded(first: number))) }
      #expect(try await reading.value == (1...UInt64(count)).map { $0 })
    }
  }

  @Test("a following read ends at its last position")
  func followsToTheEnd() async throws {
    try await withServer { client, _ in
      _ = try await client.put(AppendRequest(try SampleBlocks.encoded()))
      let reading = Task {
        try await client.readBlocks(ReadRequest(query { $0.toPosition = 3 }, follows: true)).map(\.position)
      }
      for number in 1..<4 { _ = try await client.put(AppendRequest(try SampleBlocks.encoded(first: number))) }
      #expect(try await reading.value == [1, 2])
    }
  }

  @Test("a model that the log does not know is NOT_FOUND, and the known names are named")
  func unknownModel() async throws {
    try await withServer { client, _ in
      let empty = await rpcError { _ = try await client.read(ReadRequest(query { $0.model = "lona" })) }
      #expect(empty?.code == .notFound)
      _ = try await client.put(AppendRequest(try SampleBlocks.encoded()))
      _ = try await client.put(AppendRequest(try SampleBlocks.encoded(stream: Self.fraud)))
      for follows in [false, true] {
        let error = await rpcError {
          _ = try await client.read(ReadRequest(query { $0.model = "lona" }, follows: follows))
        }
        #expect(error?.code == .notFound)
        #expect(error?.message.contains("lona") == true)
        #expect(error?.message.contains("fraud, loan") == true)
      }
      let described = await rpcError {
        let _: DescribeModelResponse = try await client.unary(
          HindcastMethods.describeModel, DescribeModelRequest(model: "lona"))
      }
      #expect(described?.code == .notFound && described?.message.contains("fraud, loan") == true)
      #expect(try await client.readBlocks().count == 2)
    }
  }

  @Test("reads over the limit are refused until one ends")
  func tooManyReads() async throws {
    try await withServer {
      $0.limits.readsMax = 1
    } _: { client, _ in
      _ = try await client.put(AppendRequest(try SampleBlocks.encoded()))
      try await client.stream(HindcastMethods.read, ReadRequest(ReadQuery(), follows: true)) {
        (messages: RPCAsyncSequence<StoredItem, any Error>) in
        for try await _ in messages {
          let error = await rpcError { _ = try await client.read(ReadRequest(ReadQuery())) }
          #expect(error?.code == .resourceExhausted)
          break
        }
      }
      // The reader that left is noticed in a moment.
      for _ in 0..<100 {
        if await rpcError({ _ = try await client.read(ReadRequest(ReadQuery())) }) == nil { break }
        try await Task.sleep(for: .milliseconds(20))
      }
      #expect(try await client.readBlocks().count == 1)
    }
  }

  @Test("models are listed and described by their newest blocks")
  func models() async throws {
    try await withServer { client, _ in
      _ = try await client.put(AppendRequest(try SampleBlocks.encoded(rows: 10)))
      _ = try await client.put(AppendRequest(try SampleBlocks.encoded(rows: 20, first: 10, extraFeatures: 1)))
      _ = try await client.put(AppendRequest(try SampleBlocks.encoded(stream: Self.fraud)))
      let list: ListModelsResponse = try await client.unary(HindcastMethods.listModels, ListModelsRequest())
      #expect(list.models.map(\.stream) == [Self.fraud, SampleBlocks.loan])
      let loan = list.models[1]
      #expect(loan.rows == 30 && loan.blocks == 2 && loan.lastPosition == 2)
      #expect(loan.minTime == 0 && loan.maxTime == 29_000_000)
      let described: DescribeModelResponse = try await client.unary(
        HindcastMethods.describeModel, DescribeModelRequest(model: "loan"))
      #expect(described.parts == [loan])
      #expect(
        described.columns.map(\.schema.qualifiedName) == [
          "id:id", "time:time", "feature:income", "output:score", "tag:region", "feature:noise_0",
        ])
      let status = try await client.status()
      #expect(status.softwareVersion == "test" && status.durablePosition == 3 && status.logID.count == 32)
      #expect(status.counters.first { $0.name == "blocks_appended" }?.value == 3)
      #expect(status.counters.first { $0.name == "blocks_received" }?.value == 3)
    }
  }

  @Test("with conditions plain reads give the rows that meet them, others the columns that they name")
  func conditions() async throws {
    try await withServer { client, _ in
      _ = try await client.put(AppendRequest(try SampleBlocks.encoded(rows: 30)))
      let conditions = try ["score <= 0.1", "region = 'süd'"].map { try ColumnCondition(parsing: $0) }
      let plain = try await client.readBlocks(
        ReadRequest(query { $0.conditions = conditions }, columns: ["income"], isPlain: true))
      let block = try BlockDecoder.decode(try #require(plain.first).bytes)
      #expect(block.columns.map(\.schema.qualifiedName) == ["id:id", "time:time", "feature:income"])
      #expect(block.times == stride(from: 9, to: 30, by: 2).map { Int64($0) * 1_000_000 })

      let encoded = try await client.readBlocks(ReadRequest(query { $0.conditions = conditions }, columns: ["income"]))
      let summary = try BlockDecoder.summary(try #require(encoded.first).bytes)
      #expect(
        summary.columns.map(\.schema.qualifiedName)
          == ["id:id", "time:time", "feature:income", "output:score", "tag:region"])

      let wrongKind = try [ColumnCondition(parsing: "income = much")]
      let error = await rpcError {
        _ = try await client.readBlocks(ReadRequest(query { $0.conditions = wrongKind }, isPlain: true))
      }
      #expect(error?.code == .invalidArgument && error?.message.contains("compare it with a number") == true)
    }
  }
}
