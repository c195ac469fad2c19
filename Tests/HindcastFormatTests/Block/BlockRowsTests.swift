import Testing

@testable import HindcastFormat

struct BlockRowsTests {
  @Test("rows taken in any order, and again, are the rows", arguments: UInt64(0)..<6)
  func taking(seed: UInt64) {
    var random = RandomColumns(seed: seed)
    let block = random.block(rowCount: 40)
    let rows = (0..<60).map { _ in Int.random(in: 0..<40, using: &random.generator) }
    let taken = block.taking(rows: rows)
    #expect(taken.rowCount == 60)
    // One row at a time gives the same.
    for (index, row) in rows.enumerated() {
      #expect(sameBits(taken.taking(rows: [index]), block.taking(rows: [row])), "seed \(seed), row \(row)")
    }
    #expect(sameBits(block.taking(rows: Array(0..<40)), block))
    #expect(block.taking(rows: []).columns.allSatisfy { $0.rowCount == 0 })
  }

  @Test("rows chosen by a mask are those whose bit is set")
  func filtered() {
    var random = RandomColumns(seed: 9)
    let block = random.block(rowCount: 70)
    var mask = Bitmap()
    for row in 0..<70 { mask.append(row % 3 == 0) }
    #expect(sameBits(block.filtered(by: mask), block.taking(rows: Array(stride(from: 0, to: 70, by: 3)))))
    #expect(sameBits(block.filtered(by: Bitmap(repeating: true, count: 70)), block))
  }

  @Test("a block cut into pieces joins into itself", arguments: UInt64(0)..<6)
  func joining(seed: UInt64) throws {
    var random = RandomColumns(seed: seed)
    let block = random.block(rowCount: 90)
    let pieces = [0..<1, 1..<1, 1..<64, 64..<90].map { block.taking(rows: Array($0)) }
    #expect(sameBits(try Block.concatenating(pieces), block), "seed \(seed)")
  }

  @Test("joined blocks have the union of their columns, with nulls where one lacks a column")
  func union() throws {
    let one = predictions(
      2, [feature("a", .int64, .int64([1, 2])), feature("t", .string, .strings(ByteStrings(["x", "y"])))])
    let other = predictions(
      3, [feature("b", .stringList, .stringList(offsets: [0, 1, 1, 2], elements: ByteStrings(["p", "q"])))])
    let joined = try Block.concatenating([one, other, one])
    try BlockValidation.check(joined)
    #expect(joined.rowCount == 7)
    #expect(joined.columns.map(\.name) == ["id", "time", "a", "t", "b"])
    let a = try #require(joined.column(.feature, "a"))
    #expect(a.values == .int64([1, 2, 0, 0, 0, 1, 2]))
    #expect((0..<7).map(a.isNull) == [false, false, true, true, true, false, false])
    #expect(
      joined.column(.feature, "b")?.values
        == .stringList(offsets: [0, 0, 0, 1, 1, 2, 2, 2], elements: ByteStrings(["p", "q"])))
    #expect(joined.column(.id, "id")?.validity == nil)
  }

  @Test("columns of one name and two types do not join, and the error names both")
  func differingTypes() {
    let one = predictions(1, [feature("a", .int64, .int64([1]))])
    let other = predictions(1, [feature("a", .float64, .float64([1]))])
    let error = thrown { () throws(FormatError) in _ = try Block.concatenating([one, other]) }
    #expect(error?.code == .invalid)
    #expect(error?.message.contains("feature:a is float64 in one block and int64 in another") == true)
  }

  @Test("bits appended in bulk are those appended one by one", arguments: [0, 1, 63, 64, 65, 200])
  func bitmaps(count: Int) {
    for start in [0, 1, 63, 64, 70] {
      var bulk = Bitmap(repeating: true, count: start)
      var single = bulk
      bulk.append(repeating: false, count: count)
      bulk.append(repeating: true, count: count)
      for _ in 0..<count { single.append(false) }
      for _ in 0..<count { single.append(true) }
      #expect(bulk == single)
      #expect(bulk.setRows.count == bulk.setCount)
      #expect(Bitmap(bytes: bulk.bytes, count: bulk.count) == bulk)
    }
  }
}
