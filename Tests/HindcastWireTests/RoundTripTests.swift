import GRPCCore
import HindcastFormat
import HindcastWire
import Testing

/// Through the serializers, as the transport uses them.
func roundTrip<Message: WireMessage>(_ message: Message) throws -> Message {
  let bytes: [UInt8] = try WireSerializer<Message>().serialize(message)
  return try WireDeserializer<Message>().deserialize(bytes)
}

let stream = StreamKey(kind: .prediction, model: "loan", version: "2026-11", environment: .shadow)

let summary = ModelSummary(
  stream: stream, rows: 7, blocks: 2, storedBytes: 1 << 40, minTime: -5, maxTime: .max, lastPosition: .max)

@Suite struct RoundTripTests {
  @Test("an append request keeps its block byte for byte", arguments: [0, 1, 255, 256, 70_000])
  func appendRequest(blockByteCount: Int) throws {
    let request = AppendRequest(
      producer: ProducerID(low: 1, high: .max), epoch: 3, sequence: .max, payloadHash: 0xfedc_ba98_7654_3210,
      block: (0..<blockByteCount).map { UInt8(truncatingIfNeeded: $0 &* 31) })
    #expect(try roundTrip(request) == request)
  }

  @Test("an append request without a producer reads as nobody's")
  func noProducer() throws {
    #expect(try roundTrip(AppendRequest(block: [1])).producer == .none)
  }

  @Test("an answer keeps its position, or its refusal with every field")
  func appendResponse() throws {
    let stored = AppendResponse(sequence: 4, position: 9, isDuplicate: true)
    #expect(try roundTrip(stored) == stored)
    let refused = AppendResponse(
      sequence: 5,
      error: Refusal(
        .failedPrecondition, "sequence gap \u{1F4A5}", isRetryable: true, retryAfterMilliseconds: 250,
        expectedSequence: 4))
    #expect(try roundTrip(refused) == refused)
  }

  @Test("a refusal survives being a status")
  func refusalAsStatus() {
    let refusal = Refusal(
      .resourceExhausted, "full", isRetryable: true, retryAfterMilliseconds: 100, expectedSequence: 12)
    #expect(Refusal(refusal.rpcError) == refusal)
    #expect(Refusal(RPCError(code: .unavailable, message: "gone")).isRetryable)
    #expect(!Refusal(RPCError(code: .invalidArgument, message: "bad")).isRetryable)
  }

  @Test("a read request keeps the query, the columns and the flags")
  func readRequest() throws {
    var query = ReadQuery()
    query.fromPosition = 17
    query.toPosition = 99
    query.model = "loan"
    query.version = "2"
    query.kinds = [.prediction, .actual, .loss]
    query.environment = .training
    query.times = -1_000..<2_000
    let request = ReadRequest(query, columns: ["score", "feature:age"], follows: true, isPlain: true)
    #expect(try roundTrip(request) == request)
    #expect(try roundTrip(ReadRequest(ReadQuery())) == ReadRequest(ReadQuery()))
  }

  @Test("bounds that the wire spells 0 keep their meaning")
  func readBounds() throws {
    func times(_ times: Range<Int64>?) throws -> Range<Int64>? {
      var query = ReadQuery()
      query.times = times
      return try roundTrip(ReadRequest(query)).query.times
    }
    #expect(try times(nil) == nil)
    #expect(try times(0..<0)?.isEmpty == true)
    #expect(try times(0..<5) == 0..<5)
    #expect(try times(5..<Int64.max) == 5..<Int64.max)
    #expect(try times(Int64.min..<(-1)) == Int64.min..<(-1))
    var nothing = ReadQuery()
    nothing.toPosition = 0
    // Positions start at 1, so "before 1" wants nothing, as "before 0" does.
    #expect(try roundTrip(ReadRequest(nothing)).query.toPosition == 1)
  }

  @Test("each item of a read keeps its fields")
  func storedItems() throws {
    let block = StoredBlock(position: 3, lastPosition: 8, bytes: [0, 1, 2, 255], payloadHash: .max)
    guard case .block(let same) = try roundTrip(StoredItem.block(block)) else {
      Issue.record("a block became something else")
      return
    }
    #expect(same.position == 3 && same.lastPosition == 8 && same.bytes == block.bytes && same.payloadHash == .max)
    guard case .gap(let gap) = try roundTrip(StoredItem.gap(ReadGap(positions: 4...6, reason: "damaged"))) else {
      Issue.record("a gap became something else")
      return
    }
    #expect(gap == ReadGap(positions: 4...6, reason: "damaged"))
    for gap in [
      ReadGap(positions: 1...(.max), reason: "gone", kind: .trimmed, model: "loan", times: .min...(.max)),
      ReadGap(positions: 1...1, reason: "", kind: .trimmed), ReadGap(positions: 2...2, reason: "r", times: -1...0),
    ] { #expect(try roundTrip(gap) == gap) }
    guard case .reached(0) = try roundTrip(StoredItem.reached(0)) else {
      Issue.record("a checkpoint became something else")
      return
    }
  }

  @Test("models, columns and status keep their fields")
  func models() throws {
    let list = ListModelsResponse(models: [summary, summary])
    #expect(try roundTrip(list) == list)
    let described = DescribeModelResponse(
      parts: [summary],
      columns: [
        ColumnSummary(
          kind: .prediction, version: "1",
          schema: ColumnSchema("embedding", role: .feature, type: .vector, dimension: 64))
      ],
      served: [
        ServedSummary(
          version: "1", environment: .shadow, logged: 70,
          lost: [
            LostSummary(kind: .prediction, reason: "queue_full", sum: LossSum(count: 5, bytes: .max, times: -9...(-3))),
            LostSummary(kind: .actual, reason: "refused", sum: LossSum(count: .max, times: .min...(.max))),
          ], unreadable: 3),
        ServedSummary(version: "", environment: .production, logged: .max, lost: [], unreadable: 0),
      ], gaps: [ReadGap(positions: 3...4, reason: "damaged")])
    #expect(try roundTrip(described) == described)
    #expect(described.served.map(\.served) == [75, .max], "lost actuals were no predictions")
    #expect(try roundTrip(DescribeModelRequest(model: "loan")).model == "loan")
    #expect(try roundTrip(ListModelsRequest()) == ListModelsRequest())
    var status = StatusResponse()
    status.softwareVersion = "1"
    status.logID = "abc"
    status.durablePosition = 1
    status.firstPosition = 2
    status.segments = 3
    status.journalBytes = 4
    status.archiveFiles = 5
    status.archiveBytes = 6
    status.compactedPosition = 7
    status.admittedBytes = 8
    status.admittedBytesMax = 9
    status.gaps = [ReadGap(positions: 1...1, reason: "trimmed")]
    status.counters = [Counter(name: "blocks_appended", value: .max)]
    status.histograms = [
      HistogramSummary(name: "sync_microseconds", upperBounds: [1, 2, 4], counts: [0, 3, 1], sum: 9)
    ]
    status.cursors = [
      NamedCursor(name: "nightly", position: .max, model: "loan", time: -1), NamedCursor(name: "ü", position: 0),
    ]
    status.trimmed = [
      TrimRecord(model: "loan", positions: 1...9, times: 0...0, rows: 3, bytes: 4, files: 5),
      TrimRecord(model: nil, positions: 2...2, times: nil, rows: 1, bytes: .max),
    ]
    #expect(try roundTrip(status) == status)
    #expect(status.histograms[0].upperBound(ofShare: 0.5) == 2)
    #expect(status.histograms[0].upperBound(ofShare: 1) == 4)
    #expect(try roundTrip(StatusRequest()) == StatusRequest())
  }

  @Test("what is asked of cursors, and the answers, keep their fields")
  func cursors() throws {
    for request in [
      SetCursorRequest(name: "nightly", position: .max, model: "loan", resets: true),
      SetCursorRequest(name: "n", position: 0),
    ] { #expect(try roundTrip(request) == request) }
    let cursor = NamedCursor(name: "nightly", position: 3, model: "loan", time: 7)
    #expect(try roundTrip(SetCursorResponse(cursor: cursor)).cursor == cursor)
    #expect(try roundTrip(RemoveCursorRequest(name: "nightly")).name == "nightly")
    #expect(try roundTrip(RemoveCursorResponse(cursor: cursor)).cursor == cursor)
  }

  @Test("health keeps the service and the status")
  func health() throws {
    #expect(try roundTrip(HealthCheckRequest(service: "hindcast.v1.Hindcast")).service == "hindcast.v1.Hindcast")
    for status in [HealthCheckResponse.ServingStatus.unknown, .serving, .notServing, .serviceUnknown] {
      #expect(try roundTrip(HealthCheckResponse(status)).status == status)
    }
  }

  @Test("an append request's bytes are those of its .proto")
  func goldenBytes() throws {
    let request = AppendRequest(
      producer: ProducerID(bytes: 1...16)!, epoch: 2, sequence: 300, payloadHash: 0x0102_0304_0506_0708,
      block: [0x08, 1])
    let bytes: [UInt8] = try WireSerializer<AppendRequest>().serialize(request)
    let expected: [UInt8] =
      [0x0a, 16] + Array(1...16)  // 1: producer
      + [0x10, 2]  // 2: epoch
      + [0x18, 0xac, 0x02]  // 3: sequence
      + [0x21, 8, 7, 6, 5, 4, 3, 2, 1]  // 4: payload_hash, fixed64
      + [0x2a, 2, 0x08, 1]  // 5: block
    #expect(bytes == expected)
  }
}
