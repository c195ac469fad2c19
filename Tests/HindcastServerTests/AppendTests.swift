import GRPCCore
import HindcastFormat
import HindcastServer
import HindcastWire
import Testing

@Suite struct AppendTests {
  @Test("blocks of many streams at once are answered in order and read back byte for byte")
  func manyStreams() async throws {
    try await withServer { client, _ in
      let streams = 8
      let blocksPerStream = 20
      let sent = try (0..<streams).map { stream in
        try (0..<blocksPerStream).map { try SampleBlocks.encoded(rows: 50, first: (stream * 100 + $0) * 50) }
      }
      let answers = try await withThrowingTaskGroup(of: (Int, [AppendResponse]).self) { group in
        for (number, blocks) in sent.enumerated() {
          group.addTask {
            let producer = ProducerID(low: UInt64(number + 1), high: 7)
            let requests = blocks.enumerated().map {
              AppendRequest($1, producer: producer, epoch: 1, sequence: UInt64($0 + 1))
            }
            return (number, try await client.append(requests))
          }
        }
        return try await group.reduce(into: [Int: [AppendResponse]]()) { $0[$1.0] = $1.1 }
      }
      let stored = Dictionary(uniqueKeysWithValues: try await client.readBlocks().map { ($0.position, $0) })
      #expect(Set(stored.keys) == Set(1...UInt64(streams * blocksPerStream)))
      for (number, blocks) in sent.enumerated() {
        let answers = try #require(answers[number])
        #expect(answers.map(\.sequence) == (1...UInt64(blocksPerStream)).map { $0 })
        #expect(answers.allSatisfy { $0.error == nil && !$0.isDuplicate })
        #expect(answers.map(\.position) == answers.map(\.position).sorted())
        for (block, answer) in zip(blocks, answers) {
          #expect(stored[answer.position]?.bytes == block.bytes)
          #expect(stored[answer.position]?.payloadHash == block.payloadHash)
        }
      }
      #expect(try await client.status().admittedBytes == 0)
    }
  }

  @Test("a resend is answered with the first answer, over streams and over Put")
  func duplicates() async throws {
    try await withServer { client, _ in
      let producer = ProducerID(low: 5, high: 5)
      let requests = try (1...3).map {
        AppendRequest(try SampleBlocks.encoded(first: $0 * 10), producer: producer, epoch: 1, sequence: UInt64($0))
      }
      let first = try await client.append(requests)
      let again = try await client.append(requests)
      #expect(again.map(\.position) == first.map(\.position))
      #expect(again.allSatisfy { $0.isDuplicate })
      let put = try await client.put(requests[1])
      #expect(put.isDuplicate && put.position == first[1].position)
      #expect(try await client.readBlocks().count == 3)
    }
  }

  @Test("a sequence gap names the number that is waited for, and the stream goes on from there")
  func sequenceGap() async throws {
    try await withServer { client, _ in
      let producer = ProducerID(low: 6, high: 0)
      func request(_ sequence: UInt64) throws -> AppendRequest {
        AppendRequest(try SampleBlocks.encoded(first: Int(sequence)), producer: producer, epoch: 1, sequence: sequence)
      }
      let answers = try await client.append([try request(1), try request(3), try request(2), try request(3)])
      #expect(answers.map { $0.error == nil } == [true, false, true, true])
      let gap = try #require(answers[1].error)
      #expect(gap.code == .failedPrecondition && gap.isRetryable && gap.expectedSequence == 2)
      let unknown = try await client.append([
        AppendRequest(try SampleBlocks.encoded(), producer: ProducerID(low: 7, high: 0), epoch: 1, sequence: 4)
      ])
      #expect(unknown[0].error?.expectedSequence == 1)
      #expect(try await client.counter("refused_sequence_gap") == 2)
      #expect(try await client.readBlocks().count == 3)
    }
  }

  @Test("a stale epoch is refused for good")
  func staleEpoch() async throws {
    try await withServer { client, _ in
      let producer = ProducerID(low: 8, high: 0)
      func request(epoch: UInt64, sequence: UInt64) throws -> AppendRequest {
        AppendRequest(try SampleBlocks.encoded(), producer: producer, epoch: epoch, sequence: sequence)
      }
      let answers = try await client.append([
        try request(epoch: 1, sequence: 1), try request(epoch: 2, sequence: 1), try request(epoch: 1, sequence: 2),
        try request(epoch: 2, sequence: 2),
      ])
      #expect(answers.map { $0.error == nil } == [true, true, false, true])
      let refusal = try #require(answers[2].error)
      #expect(refusal.code == .failedPrecondition && !refusal.isRetryable)
      #expect(refusal.message.contains("epoch"))
      #expect(try await client.counter("refused_stale_epoch") == 1)
    }
  }

  @Test("a block refused by Put is the call's status, with what a status has no room for as metadata")
  func putRefusal() async throws {
    try await withServer { client, _ in
      let block = try SampleBlocks.encoded()
      let gap = await rpcError {
        _ = try await client.put(AppendRequest(block, producer: ProducerID(low: 1, high: 1), epoch: 1, sequence: 9))
      }
      let refusal = gap.map { Refusal($0) }
      #expect(refusal?.code == .failedPrecondition)
      #expect(refusal?.expectedSequence == 1)
      #expect(refusal?.isRetryable == true)
      let bad = await rpcError { _ = try await client.put(AppendRequest(payloadHash: 1, block: block.bytes)) }
      #expect(bad?.code == .invalidArgument)
      #expect(bad?.message.contains("payload_hash") == true)
      #expect(bad.map { Refusal($0).isRetryable } == false)
    }
  }

  @Test("plain columns are encoded before they are stored, and mean the same")
  func plainColumns() async throws {
    try await withServer { client, _ in
      let block = SampleBlocks.predictions(rows: 1_000)
      let answer = try await client.put(AppendRequest(block: try PlainBlock.pack(block)))
      #expect(answer.position == 1)
      let stored = try #require(try await client.readBlocks().first)
      #expect(try BlockDecoder.summary(stored.bytes).columns.allSatisfy { $0.isEncoded })
      #expect(try BlockDecoder.decode(stored.bytes) == block)
      #expect(try await client.counter("plain_blocks_encoded") == 1)
    }
  }

  @Test("a stream that breaks off leaves the others alone, and what it got in is stored or can be sent again")
  func vanishingStream() async throws {
    try await withServer { client, server in
      let producer = ProducerID(low: 9, high: 9)
      let requests = try (1...20).map {
        AppendRequest(
          try SampleBlocks.encoded(rows: 200, first: $0 * 200), producer: producer, epoch: 1, sequence: UInt64($0))
      }
      try await withClient(port: server.boundPort) { other in
        struct Vanished: Error {}
        let error = await rpcError {
          try await other.append(answers: { messages in
            // Goes after the first answer, with the rest on their way.
            for try await _ in messages { throw Vanished() }
          }) { writer in
            for request in requests { try await writer.write(request) }
            try await Task.sleep(for: .seconds(60))
          }
        }
        #expect(error == nil || error?.code == .cancelled || error?.code == .unknown)
      }
      #expect(try await client.put(AppendRequest(try SampleBlocks.encoded())).position > 0)
      let again = try await client.append(requests)
      #expect(again.allSatisfy { $0.error == nil })
      // Each of the twenty once, and the one by Put.
      #expect(try await client.readBlocks().count == 21)
      #expect(try await client.status().admittedBytes == 0)
    }
  }
}
