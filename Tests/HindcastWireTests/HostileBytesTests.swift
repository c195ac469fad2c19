import GRPCCore
import HindcastFormat
import HindcastWire
import Testing

/// The error of a failed read; nil when it succeeded.
private func failure<Message: WireMessage>(_ type: Message.Type, _ bytes: [UInt8]) -> RPCError? {
  do {
    _ = try WireDeserializer<Message>().deserialize(bytes)
    return nil
  } catch {
    return error as? RPCError
  }
}

/// One field of wire type 2.
private func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] { [number << 3 | 2, UInt8(bytes.count)] + bytes }

@Suite struct HostileBytesTests {
  @Test("a producer of the wrong length is refused by name", arguments: [1, 15, 17])
  func producerLength(byteCount: Int) {
    let error = failure(AppendRequest.self, field(1, Array(repeating: 1, count: byteCount)))
    #expect(error?.code == .invalidArgument)
    #expect(error?.message.contains("producer has \(byteCount) bytes") == true)
  }

  @Test("text that is not UTF-8 is refused by name")
  func invalidUTF8() {
    #expect(failure(DescribeModelRequest.self, field(1, [0xff]))?.message.contains("model is not valid UTF-8") == true)
    #expect(failure(ReadRequest.self, field(9, [0xc3, 0x28]))?.message.contains("columns[0]") == true)
    #expect(failure(HealthCheckRequest.self, field(1, [0xed, 0xa0, 0x80]))?.code == .invalidArgument)
  }

  @Test("NUL in text arrives as it is")
  func nulInText() throws {
    #expect(try roundTrip(DescribeModelRequest(model: "a\0b")).model == "a\0b")
  }

  @Test("enum numbers that do not exist are refused by name")
  func unknownEnums() {
    #expect(failure(ReadRequest.self, [0x28, 99])?.message.contains("kind 99 does not exist") == true)
    #expect(failure(ReadRequest.self, [0x28, 0])?.message.contains("kinds[0] is not set") == true)
    #expect(failure(ReadRequest.self, [0x30, 5])?.message.contains("environment 5 does not exist") == true)
    // -1 as a ten-byte varint.
    let minusOne: [UInt8] = Array(repeating: 0xff, count: 9) + [1]
    #expect(failure(ReadRequest.self, [0x30] + minusOne)?.code == .invalidArgument)
  }

  @Test("a time range that ends before it begins is refused")
  func reversedTimes() {
    // sint64 zigzag: from_time 5, to_time 3.
    #expect(failure(ReadRequest.self, [0x38, 10, 0x40, 6])?.message.contains("later than to_time") == true)
  }

  @Test("lost events that end before they begin are refused")
  func reversedLosses() {
    // sint64 zigzag: first_time 5, last_time 3; the kind and the count are right.
    let lost: [UInt8] = [0x08, 1, 0x18, 1, 0x28, 10, 0x30, 6]
    let error = failure(DescribeModelResponse.self, field(3, [0x10, 1] + field(5, lost)))
    #expect(error?.message.contains("lost events end at 3, before they begin at 5") == true)
  }

  @Test("too many columns, and names too long, are refused")
  func columnChoices() {
    let many = Array(repeatElement(field(9, [0x61]), count: WireLimits.columnChoicesMax + 1).joined())
    #expect(failure(ReadRequest.self, many)?.message.contains("4097 columns") == true)
    #expect(failure(ReadRequest.self, field(9, []))?.code == .invalidArgument)
    #expect(
      failure(ReadRequest.self, [0x4a, 0xac, 0x02] + Array(repeating: 0x61, count: 300))?.message.contains("300 bytes")
        == true)
  }

  @Test("a gap that ends before it begins is refused")
  func reversedGap() {
    #expect(failure(ReadGap.self, [0x08, 5, 0x10, 4])?.code == .invalidArgument)
    // min_time 1, max_time 0.
    #expect(failure(ReadGap.self, [0x08, 4, 0x10, 4, 0x30, 2])?.code == .invalidArgument)
  }

  @Test("a gap without a kind, or of one that this reader does not know, is damage")
  func unknownGapKind() throws {
    for bytes in [[0x08, 4, 0x10, 4], [0x08, 4, 0x10, 4, 0x20, 3], [0x08, 4, 0x10, 4, 0x20, 0x81, 0x02]] {
      let gap = try WireDeserializer<ReadGap>().deserialize(bytes.map { UInt8($0) })
      #expect(gap.kind == .damaged && gap.positions == 4...4)
    }
  }

  @Test("an answer without its cursor is refused")
  func noCursor() {
    #expect(failure(SetCursorResponse.self, [])?.message.contains("cursor is not set") == true)
    #expect(failure(RemoveCursorResponse.self, [])?.code == .invalidArgument)
  }

  @Test("an item that is not set is refused as newer than the reader")
  func unknownItem() {
    #expect(failure(StoredItem.self, [])?.message.contains("update hindcast") == true)
  }

  @Test("a refusal with a code that gRPC does not have reads as unknown")
  func unknownCode() throws {
    #expect(try WireDeserializer<Refusal>().deserialize([UInt8]([0x08, 77])).code == .unknown)
    #expect(try WireDeserializer<Refusal>().deserialize([UInt8]([0x08, 0])).code == .unknown)
  }

  @Test("a length beyond the end is refused")
  func lengthBeyondTheEnd() {
    #expect(failure(AppendRequest.self, [0x2a, 0xff, 0xff, 0xff, 0xff, 0x0f])?.code == .invalidArgument)
    #expect(failure(AppendRequest.self, [0x2a, 5, 1])?.code == .invalidArgument)
  }

  @Test("every truncation and every bit flip of every message reads or is refused, and never traps")
  func damage() throws {
    func damage<Message: WireMessage>(_ message: Message) throws {
      let bytes: [UInt8] = try WireSerializer<Message>().serialize(message)
      var outcomes = 0
      func attempt(_ bytes: [UInt8]) {
        outcomes += 1
        do { _ = try WireDeserializer<Message>().deserialize(bytes) } catch {
          #expect((error as? RPCError)?.code == .invalidArgument)
        }
      }
      for count in 0..<bytes.count { attempt(Array(bytes[..<count])) }
      for bit in 0..<bytes.count * 8 {
        var flipped = bytes
        flipped[bit / 8] ^= 1 << UInt8(bit % 8)
        attempt(flipped)
      }
      #expect(outcomes == bytes.count * 9)
    }
    try damage(
      AppendRequest(producer: ProducerID(low: 1, high: 2), epoch: 1, sequence: 2, payloadHash: 3, block: [1, 2, 3]))
    try damage(AppendResponse(sequence: 1, error: Refusal(.unavailable, "später", isRetryable: true)))
    var query = ReadQuery()
    query.model = "loan"
    query.kinds = [.prediction, .actual]
    query.times = 1..<2
    try damage(ReadRequest(query, columns: ["a", "tag:b"], follows: true))
    try damage(StoredItem.block(StoredBlock(position: 1, lastPosition: 1, bytes: [1, 2, 3], payloadHash: 4)))
    try damage(
      StoredItem.gap(ReadGap(positions: 1...2, reason: "trimmed", kind: .trimmed, model: "loan", times: -3...9)))
    try damage(SetCursorRequest(name: "n", position: 5, model: "loan", resets: true))
    try damage(RemoveCursorRequest(name: "n"))
    try damage(SetCursorResponse(cursor: NamedCursor(name: "n", position: 5, model: "loan", time: 1)))
    try damage(ListModelsResponse(models: [summary, summary]))
    try damage(
      DescribeModelResponse(
        parts: [summary],
        columns: [ColumnSummary(kind: .actual, version: "", schema: ColumnSchema("x", role: .actual, type: .bool))],
        served: [
          ServedSummary(
            version: "1", environment: .shadow, logged: 7,
            lost: [LostSummary(kind: .actual, reason: "r", sum: LossSum(count: 3, bytes: 4, times: -5...6))],
            unreadable: 1)
        ], gaps: [ReadGap(positions: 1...1, reason: "r")]))
    var status = StatusResponse()
    status.gaps = [ReadGap(positions: 1...1, reason: "r")]
    status.counters = [Counter(name: "n", value: 1)]
    status.cursors = [NamedCursor(name: "n", position: 5)]
    status.trimmed = [TrimRecord(model: "loan", positions: 1...2, times: -3...9, rows: 1, bytes: 2)]
    try damage(status)
    try damage(HealthCheckResponse(.serving))
  }

  @Test("a small message that unpacks to much memory is refused")
  func arenaLimit() {
    // A million empty model summaries: two bytes each on the wire.
    let bomb = Array(repeatElement([0x0a, 0x00] as [UInt8], count: 1_000_000).joined())
    #expect(failure(ListModelsResponse.self, bomb)?.message.contains("more memory than allowed") == true)
  }
}
