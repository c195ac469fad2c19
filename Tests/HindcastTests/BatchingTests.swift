import HindcastFormat
import Logging
import Testing

@testable import Hindcast

/// Events into blocks, without a network or threads: the worker is told when to collect.
@Suite struct BatchingTests {
  @Test("a block ends at the row limit", arguments: [1, 2, 10])
  func rowLimit(rows: Int) {
    let batcher = TestBatcher(rows: rows)
    // The first text id ends the block made for generated ids, which is empty.
    for row in 0..<(3 * rows - 1) { batcher.log("id-\(row)", ["a": 1]) }
    batcher.collect()
    #expect(batcher.blocks.map(\.rowCount) == [rows, rows, rows - 1].filter { $0 > 0 })
    #expect(batcher.logged == 3 * rows - 1)
  }

  @Test("a block ends when its values reach the byte limit")
  func byteLimit() {
    // Per event 8 bytes of time, 4 + 1 of id, 8 of the feature: 21.
    let batcher = TestBatcher(rawBytes: 21 * 5)
    for _ in 0..<9 { batcher.log("x", ["a": 1.5]) }
    batcher.collect()
    #expect(batcher.blocks.map(\.rowCount) == [5, 4])
  }

  @Test("the budget has what the encoded blocks take once events are collected")
  func byteAccount() {
    let budget = MemoryBudget(limit: 1 << 20)
    let batcher = TestBatcher(budget: budget)
    for row in 0..<100 {
      batcher.log(
        "id-\(row)",
        [
          "i": 1, "f": .float(2), "d": 0.5, "b": true, "s": "text", "v": .vector([1, 2, 3]), "l": ["a", "bc"],
          "n": [1, 2],
        ])
    }
    #expect(budget.reservedBytes > 100 * 100)
    batcher.collect()
    #expect(batcher.blocks.map(\.rowCount) == [100])
    // No outbox gives back what the block takes.
    #expect(budget.reservedBytes > 0 && budget.reservedBytes < 100 * 100)
  }

  @Test("fields come as columns of their role and type, with nulls where an event has none")
  func columns() throws {
    let batcher = TestBatcher()
    batcher.log("1", ["amount": 12.5, "country": "PT"], outputs: ["score": 0.5])
    batcher.log("2", ["country": nil, "amount": 3], outputs: ["score": 0.25])
    batcher.log("3", ["late": true, "country": "ES"])
    batcher.collect()
    let block = batcher.blocks[0]
    #expect(block.rowCount == 3)
    #expect(block.times == [7, 7, 7])
    let amount = try #require(block.column(.feature, "amount"))
    #expect(amount.values == .float64([12.5, 3, 0]))
    #expect(amount.validity?.bytes == [0b011])
    let country = try #require(block.column(.feature, "country"))
    #expect(country.values == .strings(ByteStrings(["PT", "", "ES"])))
    #expect(country.validity?.bytes == [0b101])
    #expect(block.column(.output, "score")?.values == .float64([0.5, 0.25, 0]))
    let late = try #require(block.column(.feature, "late"))
    #expect(late.values == .bool([0, 0, 1]))
    #expect(late.validity?.bytes == [0b100])
  }

  @Test("an integer column that meets a fraction becomes a column of doubles in a new block, and stays one")
  func widening() {
    let batcher = TestBatcher()
    batcher.log("1", ["a": 1])
    batcher.log("2", ["a": 2])
    batcher.log("3", ["a": 2.5])
    batcher.log("4", ["a": 4])
    batcher.collect()
    batcher.log("5", ["a": 5])
    batcher.collect()
    #expect(
      batcher.blocks.map { $0.column(.feature, "a")?.values }
        == [.int64([1, 2]), .float64([2.5, 4]), .float64([5])])
  }

  @Test("an integer that a double can't hold exactly does not go into a column of doubles")
  func inexactInteger() {
    let batcher = TestBatcher()
    let exact: Int64 = 1 << 53
    batcher.log("1", ["a": 0.5])
    batcher.log("2", ["a": .int(exact)])
    batcher.log("3", ["a": .int(exact + 1)])
    batcher.collect()
    #expect(
      batcher.blocks.map { $0.column(.feature, "a")?.values } == [.float64([0.5, Double(exact)]), .int64([exact + 1])])
  }

  @Test(
    "a column whose type changes otherwise ends the block",
    arguments: [
      ("text", 1), (1, "text"), (true, "text"), (.vector([1, 2]), .vector([1, 2, 3])), (["a"], [1.5]),
    ] as [(Value, Value)])
  func typeChange(first: Value, second: Value) {
    let batcher = TestBatcher()
    batcher.log("1", ["a": first, "same": 1])
    batcher.log("2", ["a": second, "same": 2])
    batcher.log("3", ["a": nil, "same": 3])
    batcher.collect()
    let blocks = batcher.blocks
    #expect(blocks.map(\.rowCount) == [1, 2])
    #expect(blocks.map { $0.column(.feature, "same")?.values } == [.int64([1]), .int64([2, 3])])
    #expect(blocks[0].column(.feature, "a")?.schema != blocks[1].column(.feature, "a")?.schema)
  }

  @Test("an empty list fits a list of either type")
  func emptyList() {
    let batcher = TestBatcher()
    batcher.log("1", ["a": ["x"], "b": [1.5]])
    batcher.log("2", ["a": [], "b": []])
    batcher.collect()
    #expect(batcher.blocks.map(\.rowCount) == [2])
  }

  @Test("generated ids are uuids, and text once an id came as text")
  func identifiers() throws {
    let batcher = TestBatcher()
    let first = batcher.log(nil)
    batcher.log("mine")
    let third = batcher.log(nil)
    batcher.collect()
    let blocks = batcher.blocks
    #expect(blocks.map(\.rowCount) == [1, 2])
    guard case .uuid(let bytes)? = blocks[0].ids?.values else { throw Missing() }
    let hex = bytes.map { String(Int($0) + 0x100, radix: 16).dropFirst() }.joined()
    #expect(hex == first.text.filter { $0 != "-" })
    #expect(blocks[1].ids?.values == .strings(ByteStrings(["mine", third.text])))
  }

  struct Missing: Error {}

  @Test(
    "wrong use is rejected and names the field",
    arguments: [
      (["": 1], "empty name"), (["a": 1, "a": 2], "'a' is given twice"),
      ([String(repeating: "n", count: 257): 1], "257 bytes; 256 are allowed"), (["bad\u{1}": 1], "control characters"),
      (["mixed": [1, "x"]], "'mixed'"), (["huge": .int(UInt64.max)], "'huge'"),
      (["v": .vector([])], "'v' is a vector of 0"),
    ] as [(Fields, String)])
  func wrongUse(fields: Fields, text: String) {
    let batcher = TestBatcher()
    batcher.log("1", ["good": 1])
    batcher.log("2", fields)
    batcher.log("3", ["good": 3])
    batcher.collect()
    #expect(batcher.blocks.map(\.rowCount) == [2])
    #expect(batcher.logged == 3)
    #expect(batcher.lost(.rejected) == 1)
    #expect(batcher.lines.contains(text))
  }

  @Test("a value of 16 MiB is taken, a longer one rejected", arguments: [0, 1])
  func longestValue(excess: Int) {
    let batcher = TestBatcher()
    batcher.log("1", ["long": .string(String(repeating: "x", count: (16 << 20) + excess))])
    batcher.collect()
    #expect(batcher.lost(.rejected) == excess)
    #expect(batcher.lines.contains("'long' takes") == (excess > 0))
  }

  @Test("a name of 256 bytes is taken")
  func longestName() {
    let batcher = TestBatcher()
    batcher.log("1", [String(repeating: "n", count: 256): 1])
    batcher.collect()
    #expect(batcher.blocks.map(\.rowCount) == [1])
  }

  @Test("an event with more fields than a block has columns is rejected, one with as many as fit is not")
  func tooManyFields() {
    let batcher = TestBatcher()
    var fields = Fields()
    for index in 0..<4_094 { fields.append("f\(index)", .int(index)) }
    batcher.log("1", fields)
    fields.append("one more", 1)
    batcher.log("2", fields)
    batcher.collect()
    #expect(batcher.blocks.map(\.rowCount) == [1])
    #expect(batcher.lost(.rejected) == 1)
    #expect(batcher.lines.contains("more fields"))
  }

  @Test("an empty id is rejected")
  func emptyID() {
    let batcher = TestBatcher()
    batcher.log("")
    batcher.collect()
    #expect(batcher.lost(.rejected) == 1)
    #expect(batcher.lines.contains("id is empty"))
  }

  @Test("events beyond the memory bound are dropped, the newest first, and counted")
  func memoryBound() {
    // Three chunks of 4,096 bytes; a row of one field and an id of four bytes takes 64.
    let batcher = TestBatcher(budget: MemoryBudget(limit: 3 * 4_096 + 100))
    for row in 1_000..<1_300 { batcher.log("\(row)", ["a": 1.5], at: Int64(row)) }
    #expect(batcher.lost(.queueFull) == 300 - 3 * 64)
    batcher.collect()
    #expect(batcher.ids == (1_000..<1_192).map { "\($0)" })
    #expect(batcher.lines.lines.count == 1)
    batcher.log("later")
    batcher.collect()
    #expect(batcher.ids.last == "later")
  }

  @Test("what comes after the close is dropped and counted, what came before is kept")
  func closed() {
    let batcher = TestBatcher()
    batcher.log()
    batcher.recorder.close()
    batcher.log()
    batcher.collect()
    #expect(batcher.blocks.map(\.rowCount) == [1])
    #expect(batcher.lost(.shutdown) == 1)
    #expect(batcher.logged == 2)
  }
}
