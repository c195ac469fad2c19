import Testing

import CHindcastProto
@testable import HindcastFormat

struct LimitsTests {
  @Test("a million columns are refused, and at once")
  func millionColumns() {
    var bytes: [UInt8] = []
    bytes.appendBlockHead(fraudStream, rowCount: 1)
    var column: [UInt8] = []
    column.appendColumnHead(ColumnSchema("x", role: .feature, type: .bool))
    for _ in 0..<1_000_000 { bytes.appendField(BlockField.columns, bytes: column) }
    let error = thrown { () throws(FormatError) in _ = try BlockDecoder.decode(bytes) }
    #expect(error?.code == .overLimit)
    #expect(error?.message.contains("more than 4096 columns") == true)
    #expect(thrown { () throws(FormatError) in _ = try BlockDecoder.summary(bytes) }?.code == .overLimit)
  }

  @Test("a block of as many columns as are allowed is read, and one more is refused")
  func columnsMax() throws {
    func block(_ count: Int) -> Block {
      predictions(1, (2..<count).map { feature("c\($0)", .bool, .bool([1])) })
    }
    let most = block(Limits.columnsMax)
    #expect(try BlockDecoder.decode(try BlockEncoder(effort: .ingest).encode(most).bytes) == most)
    let error = thrown { () throws(FormatError) in
      _ = try BlockEncoder(effort: .ingest).encode(block(Limits.columnsMax + 1))
    }
    #expect(error?.code == .overLimit)
  }

  @Test("a block over the size limit is refused, whatever its bytes")
  func blockSize() {
    let bytes = [UInt8](repeating: 0, count: Limits.blockBytesMax + 1)
    let error = thrown { () throws(FormatError) in _ = try BlockDecoder.decode(bytes) }
    #expect(error?.code == .overLimit)
    #expect(error?.message.contains("Send fewer rows") == true)
  }

  @Test("a small block that decodes to more than the limit is refused")
  func decodedSize() throws {
    let rows = Limits.rowsMax
    var bytes: [UInt8] = []
    bytes.appendBlockHead(StreamKey(kind: .loss, model: "m", version: "", environment: .production), rowCount: rows)
    for index in 0..<40 {
      var encoded: [UInt8] = []
      encoded.appendVarint(rows)
      encoded += [1, EncodingStep.constant.rawValue, 2]
      var column: [UInt8] = []
      column.appendColumnHead(ColumnSchema("c\(index)", role: .feature, type: .int64))
      column.appendField(ColumnField.encoded, bytes: encoded)
      bytes.appendField(BlockField.columns, bytes: column)
    }
    #expect(bytes.count < 2_000)
    let error = thrown { () throws(FormatError) in _ = try BlockDecoder.decode(bytes) }
    #expect(error?.code == .overLimit)
    // Each column alone is fine.
    #expect(try BlockDecoder.decode(bytes, choice: .named(["c7"])).columns.count == 1)
  }

  @Test("steps that ask for more working memory than allowed are refused before it is taken")
  func workingMemory() {
    // A vector of the largest dimension in each of a million rows, all zero.
    let schema = ColumnSchema("v", role: .feature, type: .vector, dimension: Limits.vectorDimensionMax)
    var bytes: [UInt8] = []
    bytes.appendVarint(Limits.rowsMax)
    bytes += [3, EncodingStep.vector.rawValue, EncodingStep.float32Ordered.rawValue, EncodingStep.constant.rawValue, 0]
    let result: Result<Column, FormatError> = bytes.withUnsafeBytes { bytes in
      Result { () throws(FormatError) in
        var budget = DecodeBudget()
        return try ColumnDecoder.decode(
          bytes, schema: schema, rowCount: Limits.rowsMax, budget: &budget, compressor: ByteCompressor())
      }
    }
    #expect(throws: FormatError.self) { try result.get() }
  }

  @Test("values over the block's limit are refused by the encoder")
  func rawSize() {
    let rows = 1_024
    let vector = feature(
      "v", .vector, .float32(Array(repeating: 0, count: rows * Limits.vectorDimensionMax)),
      dimension: Limits.vectorDimensionMax)
    let block = predictions(rows, [vector])
    #expect(block.rawByteCount > Limits.blockRawBytesMax)
    let error = thrown { () throws(FormatError) in _ = try BlockEncoder(effort: .ingest).encode(block) }
    #expect(error?.code == .overLimit)
  }

  @Test("the arena refuses more than its limit, and the error tells that from damage")
  func arena() throws {
    // 5,000 empty byte strings: 2 bytes each on the wire, many more unpacked.
    let bytes = [UInt8](repeating: 0, count: 10_000).indices.map { UInt8($0 % 2 == 0 ? 11 << 3 | 2 : 0) }
    func unpack(_ arena: borrowing ProtobufArena, _ bytes: [UInt8]) -> FormatError? {
      thrown { () throws(FormatError) in
        let result: Result<Int, FormatError> = bytes.withUnsafeBytes { bytes in
          do throws(FormatError) {
            return .success(try arena.unpackColumn(bytes))
          } catch {
            return .failure(error)
          }
        }
        _ = try result.get()
      }
    }
    #expect(unpack(ProtobufArena(byteLimit: 1_000), bytes)?.code == .overLimit)
    #expect(unpack(ProtobufArena(forMessageOf: bytes.count), bytes) == nil)
    #expect(unpack(ProtobufArena(forMessageOf: 3), [11 << 3 | 2, 9, 0])?.code == .corrupt)
  }

  @Test("a plain column of empty strings, the worst case for the arena, is read")
  func emptyStrings() throws {
    let rows = 200_000
    let block = predictions(
      rows, [feature("s", .string, .strings(ByteStrings(offsets: Array(repeating: 0, count: rows + 1), bytes: [])))])
    #expect(try BlockDecoder.decode(try PlainBlock.pack(block)) == block)
  }

  @Test("unchosen columns are not looked into")
  func choice() throws {
    let block = predictions(3, [feature("a", .int64, .int64([1, 2, 3])), feature("b", .int64, .int64([4, 5, 6]))])
    var bytes = try BlockEncoder(effort: .ingest).encode(block).bytes
    // The last column's last byte: its values.
    bytes[bytes.count - 1] ^= 0xFF
    let chosen = try BlockDecoder.decode(bytes, choice: .named(["feature:a"]))
    #expect(chosen.columns.map(\.name) == ["id", "time", "a"])
    #expect(chosen.column(.feature, "a") == block.column(.feature, "a"))
  }
}

extension ProtobufArena {
  /// How many byte strings a Column message holds.
  fileprivate borrowing func unpackColumn(_ bytes: UnsafeRawBufferPointer) throws(FormatError) -> Int {
    try unpack(bytes, what: "a column") { hindcast__v1__column__unpack($0, $1, $2) }.pointee.n_byte_strings
  }
}
