import GRPCCore
import HindcastFormat
import HindcastServer
import HindcastWire
import Testing

/// One block that must be refused, and words its refusal must have.
struct BadBlock: CustomTestStringConvertible, Sendable {
  var testDescription: String
  var words: [String]
  var counter: String
  var make: @Sendable () throws -> AppendRequest

  init(
    _ description: String, says words: String..., counter: String,
    _ make: @escaping @Sendable () throws -> AppendRequest
  ) {
    testDescription = description
    self.words = words
    self.counter = counter
    self.make = make
  }
}

@Suite struct BadInputTests {
  static let blocks: [BadBlock] = [
    BadBlock("no block at all", says: "no block", counter: "rejected_invalid") { AppendRequest(block: []) },
    BadBlock("a truncated block", says: "hash", counter: "rejected_checksum") {
      var request = AppendRequest(try SampleBlocks.encoded(rows: 100))
      request.block.removeLast(10)
      return request
    },
    BadBlock("a truncated block without a hash", says: "bytes", counter: "rejected_truncated") {
      AppendRequest(block: try SampleBlocks.encoded(rows: 100).bytes.dropLast(10))
    },
    BadBlock("a flipped bit", says: "payload_hash", "damaged", counter: "rejected_checksum") {
      var request = AppendRequest(try SampleBlocks.encoded(rows: 100))
      request.block[request.block.count / 2] ^= 4
      return request
    },
    BadBlock("a wrong checksum", says: "XXH3-64", counter: "rejected_checksum") {
      var request = AppendRequest(try SampleBlocks.encoded())
      request.payloadHash ^= 1
      return request
    },
    BadBlock("a wrong row count in one column", says: "score", "rows", counter: "rejected_invalid") {
      AppendRequest(block: try PlainBytes.block(rows: 10, scores: 9))
    },
    BadBlock("an unknown kind", says: "kind 99", counter: "rejected_invalid") {
      AppendRequest(block: try PlainBytes.block(head: PlainBytes.head(kind: 99)))
    },
    BadBlock("an unknown environment", says: "environment 77", counter: "rejected_invalid") {
      AppendRequest(block: try PlainBytes.block(head: PlainBytes.head(environment: 77)))
    },
    BadBlock("an unknown role", says: "role 50", counter: "rejected_invalid") {
      AppendRequest(block: try PlainBytes.block(extra: PlainBytes.column("x", role: 50, type: 4)))
    },
    BadBlock("an unknown type", says: "type 60", counter: "rejected_invalid") {
      AppendRequest(block: try PlainBytes.block(extra: PlainBytes.column("x", role: 3, type: 60)))
    },
    BadBlock("a model name over the limit", says: "model", "129", counter: "rejected_over_limit") {
      AppendRequest(block: try PlainBytes.block(head: PlainBytes.head(model: Array(repeating: 0x61, count: 129))))
    },
    BadBlock("a column name over the limit", says: "257", counter: "rejected_over_limit") {
      AppendRequest(
        block: try PlainBytes.block(extra: PlainBytes.column(String(repeating: "x", count: 257), role: 3, type: 4)))
    },
    BadBlock("a model name that is not UTF-8", says: "model", "UTF-8", counter: "rejected_invalid") {
      AppendRequest(block: try PlainBytes.block(head: PlainBytes.head(model: [0x61, 0xff])))
    },
    BadBlock("a million columns", says: "4096", "columns", counter: "rejected_over_limit") {
      let column: [UInt8] = [0x32, 7, 0x0a, 1, 0x78, 0x10, 3, 0x18, 4]  // { name: "x" role: FEATURE type: FLOAT64 }
      return AppendRequest(block: PlainBytes.head() + Array(repeatElement(column, count: 1_000_000).joined()))
    },
    BadBlock("the column that compaction writes", says: "system:position", counter: "rejected_invalid") {
      var block = SampleBlocks.predictions(rows: 2)
      block.columns.append(Column(ColumnSchema("position", role: .system, type: .int64), .int64([1, 2])))
      return AppendRequest(block: try PlainBlock.pack(block))
    },
    BadBlock("statistics, which compaction writes", says: "statistics", counter: "rejected_invalid") {
      let values = PlainBytes.field(9, Array(repeating: 0, count: 80))
      let column = PlainBytes.column("x", role: 3, type: 4, values: values + PlainBytes.field(14, [0xff]))
      return AppendRequest(block: try PlainBytes.block(extra: column))
    },
    BadBlock("a block over the size limit", says: "67108864", counter: "rejected_over_limit") {
      AppendRequest(block: Array(repeating: 0, count: Limits.blockBytesMax + 1))
    },
  ]

  @Test("a bad block is refused by name, and the stream and the server go on", arguments: blocks)
  func badBlock(_ bad: BadBlock) async throws {
    try await withServer { client, _ in
      let good = try SampleBlocks.encoded()
      let answers = try await client.append([AppendRequest(good), try bad.make(), AppendRequest(good)])
      #expect(answers.map { $0.error == nil } == [true, false, true])
      let refusal = try #require(answers[1].error)
      #expect(refusal.code == .invalidArgument && !refusal.isRetryable)
      for word in bad.words { #expect(refusal.message.contains(word), "\(refusal.message)") }
      #expect(try await client.counter(bad.counter) == 1)
      let error = await rpcError { _ = try await client.put(try bad.make()) }
      #expect(error?.code == .invalidArgument && error?.message == refusal.message)
      #expect(try await client.readBlocks().map(\.bytes) == [good.bytes, good.bytes])
      #expect(try await client.status().admittedBytes == 0)
      #expect(try await client.health() == .serving)
    }
  }

  @Test("no truncation and no flipped bit of an encoded block without a hash brings the server down")
  func everyDamage() async throws {
    try await withServer { client, _ in
      let block = try SampleBlocks.encoded(rows: 5).bytes
      var damaged = (0..<block.count).map { Array(block[..<$0]) }
      for bit in 0..<block.count * 8 {
        var bytes = block
        bytes[bit / 8] ^= 1 << UInt8(bit % 8)
        damaged.append(bytes)
      }
      let answers = try await client.append(damaged.map { AppendRequest(block: $0) })
      #expect(answers.count == damaged.count)
      let refusals = answers.compactMap(\.error)
      #expect(refusals.count >= block.count)
      #expect(refusals.allSatisfy { $0.code == .invalidArgument && !$0.message.isEmpty })
      // What was stored, since it still made a block, can be read again.
      let stored = try await client.readBlocks(ReadRequest(ReadQuery(), isPlain: true))
      #expect(stored.count == answers.count - refusals.count)
      #expect(try await client.health() == .serving)
    }
  }

  @Test("bytes that are no AppendRequest end their stream only")
  func garbageMessage() async throws {
    try await withServer { client, _ in
      let error = await rpcError { try await client.putBytes([0xff, 0xff, 0xff]) }
      #expect(error?.code == .invalidArgument)
      #expect(error?.message.contains("AppendRequest") == true)
      let stored = try await client.putSample()
      #expect(stored == 1)
    }
  }

  @Test("a message over the transport's limit ends its stream only")
  func hugeMessage() async throws {
    try await withServer { client, server in
      try await withClient(port: server.boundPort) { other in
        let error = await rpcError {
          _ = try await other.put(AppendRequest(block: Array(repeating: 1, count: WireLimits.messageBytesMax + 1)))
        }
        #expect(error != nil)
      }
      let stored = try await client.putSample()
      #expect(stored == 1)
    }
  }
}

/// Blocks written by hand, for what our own writers refuse to write.
enum PlainBytes {
  static func head(
    kind: UInt8 = 1, model: [UInt8] = Array("loan".utf8), environment: UInt8 = 1, rows: UInt8 = 10
  ) -> [UInt8] {
    [0x08, kind] + field(2, model) + [0x20, environment, 0x28, rows]
  }

  /// A plain block of predictions with id, time and score.
  static func block(
    head: [UInt8]? = nil, rows: Int = 10, scores: Int = 10, extra: [UInt8] = []
  ) throws -> [UInt8] {
    let ids = Array((0..<rows).map { field(10, Array("id-\($0)".utf8)) }.joined())
    let times = field(7, Array(repeating: 2, count: rows))
    let score = field(9, Array(repeating: 0, count: scores * 8))
    return (head ?? self.head(rows: UInt8(rows)))
      + column("id", role: 1, type: 5, values: ids)
      + column("time", role: 2, type: 7, values: times)
      + column("score", role: 4, type: 4, values: score)
      + extra
  }

  /// The field `columns` of a block.
  static func column(
    _ name: String, role: UInt8, type: UInt8, values: [UInt8] = field(9, Array(repeating: 0, count: 80))
  ) -> [UInt8] {
    field(6, field(1, Array(name.utf8)) + [0x10, role, 0x18, type] + values)
  }

  static func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] {
    var field = [number << 3 | 2]
    var count = bytes.count
    while count > 0x7f {
      field.append(UInt8(count & 0x7f) | 0x80)
      count >>= 7
    }
    return field + [UInt8(count)] + bytes
  }
}
