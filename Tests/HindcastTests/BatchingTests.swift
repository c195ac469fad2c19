import HindcastFormat
import Logging
import Testing

@testable import Hindcast

/// Events into blocks, without a network: the queue to the encoder is looked at instead of emptied by its thread.
@Suite struct BatchingTests {
  let intake = EncodeQueue()
  let recorder = LogRecorder()

  func batcher(
    rows: Int = 1_000, rawBytes: Int = 1 << 20, budget: MemoryBudget = MemoryBudget(limit: 1 << 30),
    flush: Duration = .seconds(1)
  ) -> StreamBatcher {
    StreamBatcher(
      stream: StreamKey(kind: .prediction, model: "m", version: "1", environment: .production), problem: nil,
      limits: BatchLimits(rows: rows, rawBytes: rawBytes, flushNanoseconds: flush.wholeNanoseconds), budget: budget,
      intake: intake, warnings: WarningLimiter(logger: Logger(label: "test") { _ in recorder }))
  }

  /// The blocks handed on so far.
  func blocks() -> [Block] { intake.stop().map(\.collected.block) }

  func log(_ batcher: StreamBatcher, _ id: String? = "x", _ features: Fields = [:], outputs: Fields = [:]) {
    var fields = EventFields()
    fields.features = features.elements
    fields.outputs = outputs.elements
    _ = batcher.append(id.map { EventID($0) }, Timestamp(microsecondsSince1970: 7), fields)
  }

  @Test("a block is handed on at the row limit, not before", arguments: [1, 2, 10])
  func rowLimit(rows: Int) {
    let batcher = batcher(rows: rows)
    // The first text id ends the block made for generated ids, which is empty.
    for row in 0..<(3 * rows - 1) { log(batcher, "id-\(row)", ["a": 1]) }
    #expect(blocks().map(\.rowCount) == [rows, rows])
    #expect(batcher.counts.logged == 3 * rows - 1)
  }

  @Test("a block is handed on when its values reach the byte limit")
  func byteLimit() {
    // Per event 8 bytes of time, 4 + 1 of id, 8 of the feature: 21.
    let batcher = batcher(rawBytes: 21 * 5)
    for _ in 0..<9 { log(batcher, "x", ["a": 1.5]) }
    #expect(blocks().map(\.rowCount) == [5])
  }

  @Test("bytes reserved for a block are those its columns take")
  func byteAccount() {
    let budget = MemoryBudget(limit: 1 << 20)
    let batcher = batcher(budget: budget)
    for row in 0..<100 {
      log(
        batcher, "id-\(row)",
        [
          "i": 1, "f": .float(2), "d": 0.5, "b": true, "s": "text", "v": .vector([1, 2, 3]), "l": ["a", "bc"],
          "n": [1, 2],
        ])
    }
    batcher.takeAll()
    let raw = blocks()[0].rawByteCount
    // Lists have one offset more than rows.
    #expect(budget.reservedBytes <= raw && budget.reservedBytes > raw - 64)
  }

  @Test("events in time order of the interval go out when it is over")
  func interval() {
    let batcher = batcher(flush: .seconds(3))
    let before = MonotonicClock.nowNanoseconds
    log(batcher)
    let due = batcher.takeDue(at: before)
    #expect(due.map { $0 >= before + 3_000_000_000 } == true)
    #expect(batcher.takeDue(at: before + 4_000_000_000) == nil)
    #expect(blocks().map(\.rowCount) == [1])
  }

  @Test("fields come as columns of their role and type, with nulls where an event has none")
  func columns() throws {
    let batcher = batcher()
    log(batcher, "1", ["amount": 12.5, "country": "PT"], outputs: ["score": 0.5])
    log(batcher, "2", ["country": nil, "amount": 3], outputs: ["score": 0.25])
    log(batcher, "3", ["late": true, "country": "ES"])
    batcher.takeAll()
    let block = blocks()[0]
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
    let batcher = batcher()
    log(batcher, "1", ["a": 1])
    log(batcher, "2", ["a": 2])
    log(batcher, "3", ["a": 2.5])
    log(batcher, "4", ["a": 4])
    batcher.takeAll()
    log(batcher, "5", ["a": 5])
    batcher.takeAll()
    #expect(
      blocks().map { $0.column(.feature, "a")?.values }
        == [.int64([1, 2]), .float64([2.5, 4]), .float64([5])])
  }

  @Test("an integer that a double can't hold exactly does not go into a column of doubles")
  func inexactInteger() {
    let batcher = batcher()
    let exact: Int64 = 1 << 53
    log(batcher, "1", ["a": 0.5])
    log(batcher, "2", ["a": .int(exact)])
    log(batcher, "3", ["a": .int(exact + 1)])
    batcher.takeAll()
    #expect(
      blocks().map { $0.column(.feature, "a")?.values } == [.float64([0.5, Double(exact)]), .int64([exact + 1])])
  }

  @Test(
    "a column whose type changes otherwise ends the block",
    arguments: [
      ("text", 1), (1, "text"), (true, "text"), (.vector([1, 2]), .vector([1, 2, 3])), (["a"], [1.5]),
    ] as [(Value, Value)])
  func typeChange(first: Value, second: Value) {
    let batcher = batcher()
    log(batcher, "1", ["a": first, "same": 1])
    log(batcher, "2", ["a": second, "same": 2])
    log(batcher, "3", ["a": nil, "same": 3])
    batcher.takeAll()
    let blocks = blocks()
    #expect(blocks.map(\.rowCount) == [1, 2])
    #expect(blocks.map { $0.column(.feature, "same")?.values } == [.int64([1]), .int64([2, 3])])
    #expect(blocks[0].column(.feature, "a")?.schema != blocks[1].column(.feature, "a")?.schema)
  }

  @Test("an empty list fits a list of either type")
  func emptyList() {
    let batcher = batcher()
    log(batcher, "1", ["a": ["x"], "b": [1.5]])
    log(batcher, "2", ["a": [], "b": []])
    batcher.takeAll()
    #expect(blocks().map(\.rowCount) == [2])
  }

  @Test("generated ids are uuids, and text once an id came as text")
  func identifiers() throws {
    let batcher = batcher()
    let first = batcher.append(nil, nil, EventFields())
    log(batcher, "mine")
    let third = batcher.append(nil, nil, EventFields())
    batcher.takeAll()
    let blocks = blocks()
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
    let batcher = batcher()
    log(batcher, "1", ["good": 1])
    log(batcher, "2", fields)
    log(batcher, "3", ["good": 3])
    batcher.takeAll()
    #expect(blocks().map(\.rowCount) == [2])
    #expect(batcher.counts.logged == 3)
    #expect(batcher.counts.rejectedInvalid == 1)
    #expect(recorder.contains(text))
  }

  @Test("a value of 16 MiB is taken, a longer one rejected", arguments: [0, 1])
  func longestValue(excess: Int) {
    let batcher = batcher()
    log(batcher, "1", ["long": .string(String(repeating: "x", count: (16 << 20) + excess))])
    #expect(batcher.counts.rejectedInvalid == excess)
    #expect(recorder.contains("'long' takes") == (excess > 0))
  }

  @Test("a name of 256 bytes is taken")
  func longestName() {
    let batcher = batcher()
    log(batcher, "1", [String(repeating: "n", count: 256): 1])
    batcher.takeAll()
    #expect(blocks().map(\.rowCount) == [1])
  }

  @Test("an event with more fields than a block has columns is rejected, one with as many as fit is not")
  func tooManyFields() {
    let batcher = batcher()
    var fields = Fields()
    for index in 0..<4_094 { fields.append("f\(index)", .int(index)) }
    log(batcher, "1", fields)
    fields.append("one more", 1)
    log(batcher, "2", fields)
    batcher.takeAll()
    #expect(blocks().map(\.rowCount) == [1])
    #expect(batcher.counts.rejectedInvalid == 1)
    #expect(recorder.contains("more fields"))
  }

  @Test("an empty id is rejected")
  func emptyID() {
    let batcher = batcher()
    log(batcher, "")
    #expect(batcher.counts.rejectedInvalid == 1)
    #expect(recorder.contains("id is empty"))
  }

  @Test("events beyond the memory bound are dropped, the newest first, and counted")
  func memoryBound() {
    let budget = MemoryBudget(limit: 10 * 21 + 20)
    let batcher = batcher(rows: 4, budget: budget)
    for row in 0..<25 { log(batcher, "\(row % 10)", ["a": 1.5]) }
    batcher.takeAll()
    #expect(batcher.counts.droppedQueueFull == 15)
    #expect(batcher.counts.droppedBytes == 15 * 21)
    let ids = blocks().flatMap { block -> [String] in
      guard case .strings(let ids)? = block.ids?.values else { return [] }
      return (0..<ids.count).map { ids.string($0) }
    }
    #expect(ids == (0..<10).map { "\($0)" })
    #expect(recorder.lines.count == 1)
  }

  @Test("a closed batcher hands on what it has and drops what comes")
  func closed() {
    let batcher = batcher()
    log(batcher)
    batcher.close()
    log(batcher)
    #expect(blocks().map(\.rowCount) == [1])
    #expect(batcher.counts.droppedAtShutdown == 1)
  }
}
