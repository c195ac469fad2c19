import Testing

@testable import HindcastFormat

@Suite("A loss block that comes from a client")
struct LossRulesTests {
  /// What a server says to the block, plain and encoded.
  private static func refusal(_ block: Block) throws -> FormatError? {
    let forms = [try PlainBlock.pack(block), try BlockEncoder(effort: .ingest).encode(block).bytes]
    let errors = forms.map { bytes in
      thrown { () throws(FormatError) in _ = try ReceivedBlock(bytes, payloadHash: Checksum.xxh3(bytes)) }
    }
    #expect(errors[0] == errors[1], "plain and encoded columns are judged alike")
    return errors[1]
  }

  @Test("is taken with all columns, and with those only that it must have")
  func complete() throws {
    var block = lossBlock([
      LossRow(reason: "queue_full", count: 1, bytes: 0, first: -5, last: 5),
      LossRow(reason: "a", kind: "actual", count: Int64(Limits.lossCountMax)),
      LossRow(reason: String(repeating: "z", count: Limits.lossReasonBytesMax), kind: "attribution", first: 7),
      LossRow(reason: "spool_2", kind: "assessment", last: 7),
    ])
    #expect(try Self.refusal(block) == nil)
    block.columns.removeAll { ["bytes", "first_time", "last_time"].contains($0.name) }
    #expect(try Self.refusal(block) == nil)
    block.columns.append(
      Column(ColumnSchema("host", role: .tag, type: .string), .strings(ByteStrings(["a", "b", "c", "d"]))))
    #expect(try Self.refusal(block) == nil, "columns that no rule names may come along")
    let encoded = try BlockEncoder(effort: .ingest).encode(block)
    let received = try ReceivedBlock(encoded.bytes, payloadHash: encoded.payloadHash)
    #expect(received.block.minTime == 100 && received.block.maxTime == 100)
  }

  @Test(
    "is refused without a column that it must have, which the error names",
    arguments: ["time:time", "system:reason", "system:lost_kind", "system:count"])
  func missing(name: String) throws {
    var block = lossBlock([LossRow()])
    block.columns.removeAll { $0.schema.qualifiedName == name }
    #expect(try Self.refusal(block)?.message.contains("needs a column \(name)") == true)
  }

  @Test("is refused with ids")
  func ids() throws {
    var block = lossBlock([LossRow()])
    block.columns.append(Column(ColumnSchema("id", role: .id, type: .string), .strings(ByteStrings(["a"]))))
    #expect(try Self.refusal(block)?.message.contains("id:id: a loss report has no id") == true)
  }

  @Test(
    "is refused if a column is of another type",
    arguments: ["reason", "lost_kind", "count", "bytes", "first_time", "last_time"])
  func types(name: String) throws {
    var block = lossBlock([LossRow(bytes: 1, first: 1, last: 1)])
    block.columns.removeAll { $0.name == name }
    block.columns.append(Column(ColumnSchema(name, role: .system, type: .float64), .float64([1])))
    let error = try Self.refusal(block)
    #expect(error?.code == .invalid)
    #expect(error?.message.contains("column system:\(name): in a block of losses it is of type") == true)
  }

  static let wrong: [(LossRow, String)] = [
    (LossRow(reason: ""), "system:reason: the reason in row 1 is not 1 to 64 characters"),
    (LossRow(reason: "Queue full"), "system:reason"), (LossRow(reason: "größe"), "system:reason"),
    (LossRow(reason: String(repeating: "z", count: 65)), "system:reason"),
    (LossRow(reason: nil), "system:reason: 1 rows have no value, but every loss report needs one"),
    (LossRow(kind: "loss"), "system:lost_kind: the value in row 1 is none of the kinds that can be lost"),
    (LossRow(kind: "predictions"), "system:lost_kind"), (LossRow(kind: ""), "system:lost_kind"),
    (LossRow(kind: nil), "system:lost_kind: 1 rows have no value"),
    (LossRow(count: 0), "system:count: row 1 counts 0 lost events"), (LossRow(count: -1), "system:count"),
    (LossRow(count: Int64(Limits.lossCountMax) + 1), "system:count"), (LossRow(count: .max), "system:count"),
    (LossRow(count: nil), "system:count: 1 rows have no value"),
    (LossRow(bytes: -1), "system:bytes: row 1 has -1 bytes"), (LossRow(bytes: .min), "system:bytes"),
  ]

  @Test("is refused for one row that makes no sense, and the error says which", arguments: wrong)
  func values(row: LossRow, message: String) throws {
    let error = try Self.refusal(lossBlock([LossRow(), row, LossRow()]))
    #expect(error?.code == .invalid)
    #expect(error?.message.contains("column \(message)") == true, "\(error?.message ?? "taken")")
  }

  @Test("other kinds may have columns of these names as they like")
  func otherKinds() throws {
    let reason = Column(ColumnSchema("reason", role: .system, type: .int64), .int64([0]))
    #expect(try Self.refusal(predictions(1, [reason])) == nil)
  }

  @Test("what is stored is decoded and encoded again whatever it holds: the rules are for what comes")
  func stored() throws {
    let block = lossBlock([LossRow(reason: "Queue full", count: -1), LossRow()])
    let encoded = try BlockEncoder(effort: .compaction).encode(block)
    #expect(try BlockDecoder.decode(encoded.bytes) == block)
  }
}
