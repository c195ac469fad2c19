import HindcastFormat
import Logging
import Synchronization
import Testing

@testable import Hindcast

/// Rows in chunks: what is written by any thread, in any size and shape, comes out as it was.
@Suite struct RecordingTests {
  @Test("a row that outgrows its chunk moves to one that holds it, and its neighbours stay as they are")
  func growingRows() throws {
    let batcher = TestBatcher(rows: 10_000, rawBytes: 1 << 26, budget: MemoryBudget(limit: 1 << 20))
    let sizes = [10, 3_900, 5_000, 100, 40_000, 4_000, 0, 9_999]
    for (index, size) in sizes.enumerated() {
      batcher.log("\(index)", ["a": .string(String(repeating: "\(index)", count: size)), "b": .int(index)])
    }
    batcher.collect()
    let block = try #require(batcher.blocks.first)
    guard case .strings(let texts)? = block.column(.feature, "a")?.values else { throw Missing() }
    #expect((0..<texts.count).map { texts[$0].count } == sizes)
    #expect((0..<texts.count).allSatisfy { index in texts[index].allSatisfy { $0 == UInt8(48 + index) } })
    #expect(block.column(.feature, "b")?.values == .int64((0..<8).map { Int64($0) }))
  }

  struct Missing: Error {}

  @Test("a row that no memory is left for is dropped whole, and what was before it stays")
  func lostRow() {
    let batcher = TestBatcher(budget: MemoryBudget(limit: 10_000))
    batcher.log("small", ["a": "x"])
    batcher.log("large", ["a": .string(String(repeating: "y", count: 8_000)), "b": "z"])
    batcher.log("small again", ["a": "x"])
    batcher.collect()
    #expect(batcher.ids == ["small", "small again"])
    #expect(batcher.lost(.queueFull) == 1)
  }

  @Test("events whose fields are ever new are kept, also when no more layouts can be remembered")
  func manyShapes() {
    let batcher = TestBatcher(rows: 100_000, rawBytes: 1 << 26, layoutsMax: 20)
    let count = 100
    for index in 0..<count { batcher.log("\(index)", ["name \(index % 60)": .int(index), "x\(index)": nil]) }
    batcher.collect()
    #expect(batcher.ids == (0..<count).map { "\($0)" })
    let block = batcher.blocks[0]
    guard case .int64(let values)? = block.column(.feature, "name 7")?.values else {
      Issue.record("no column 'name 7'")
      return
    }
    #expect(values[7] == 7 && values[67] == 67)
  }

  @Test("events of many shapes in turn keep their fields apart")
  func alternatingShapes() {
    let batcher = TestBatcher(rows: 100_000)
    let shapes: [Fields] = [
      ["a": 1, "b": "one"], ["b": "two", "a": 2], ["a": 3], ["b": "four"], [:], ["c": 1.5, "a": 6], ["a": 7, "c": 2.5],
    ]
    for round in 0..<30 { batcher.log("\(round)", shapes[round % shapes.count]) }
    batcher.collect()
    let block = batcher.blocks[0]
    #expect(block.rowCount == 30)
    guard case .int64(let a)? = block.column(.feature, "a")?.values,
      case .strings(let b)? = block.column(.feature, "b")?.values
    else {
      Issue.record("columns are missing")
      return
    }
    let expectedA: [Int64] = [1, 2, 3, 0, 0, 6, 7]
    #expect(a == (0..<30).map { expectedA[$0 % 7] })
    #expect((0..<30).map { b.string($0) } == (0..<30).map { ["one", "two", "", "four", "", "", ""][$0 % 7] })
  }

  @Test("a typed event arrives as the same event of dictionaries does")
  func typedEvents() throws {
    let typed = TestBatcher()
    let schema = EventSchema()
    let bool: Field<Bool> = schema.feature("bool")
    let int: Field<Int> = schema.feature("int")
    let float: Field<Float> = schema.feature("float")
    let double: Field<Double> = schema.feature("double")
    let text: Field<String> = schema.tag("text")
    let moment: Field<Timestamp> = schema.feature("moment")
    let bytes: Field<[UInt8]> = schema.feature("bytes")
    let vector: Field<[Float]> = schema.output("vector")
    let list: Field<[Double]> = schema.feature("list")
    let texts: Field<[String]> = schema.feature("texts")
    let absent: Field<Double> = schema.feature("absent")
    let layout = typed.layout(schema.finalFields())
    let plain = TestBatcher()
    for index in 0..<100 {
      _ = typed.recorder.record(
        layout, schema: schema.number, id: "\(index)", time: Timestamp(microsecondsSince1970: 7)
      ) { row in
        // In another order than they were declared in.
        row.set(texts, ["a", "", "\(index)"])
        row.set(bool, index % 2 == 0)
        row.set(int, UInt16(index))
        row.set(double, Double(index) / 8)
        row.set(float, Float(index))
        row.set(text, index % 3 == 0 ? nil : "text \(index)")
        row.set(moment, Timestamp(microsecondsSince1970: Int64(index)))
        row.set(bytes, [UInt8(index), 0, 255])
        row.set(vector, [Float(index), 0.5])
        row.set(list, Array(repeating: Double(index), count: index % 4))
        row.set(absent, nil)
      }
      plain.log(
        "\(index)",
        [
          "bool": .bool(index % 2 == 0), "int": .int(index), "float": .float(Float(index)),
          "double": .double(Double(index) / 8), "moment": .timestamp(Timestamp(microsecondsSince1970: Int64(index))),
          "bytes": .bytes([UInt8(index), 0, 255]),
          "list": .doubles(Array(repeating: Double(index), count: index % 4)),
          "texts": ["a", "", .string("\(index)")], "absent": nil,
        ],
        outputs: ["vector": .vector([Float(index), 0.5])],
        tags: ["text": .string(index % 3 == 0 ? nil : "text \(index)")])
    }
    typed.collect()
    plain.collect()
    let one = try #require(typed.blocks.first)
    let other = try #require(plain.blocks.first)
    #expect(one.rowCount == 100)
    #expect(one.columns.count == other.columns.count)
    for column in one.columns {
      #expect(other.column(column.schema.role, column.schema.name) == column, "\(column.schema.name)")
    }
  }

  @Test("a typed integer beyond 64 bits rejects the event")
  func typedOverflow() {
    let batcher = TestBatcher()
    let schema = EventSchema()
    let field: Field<Int> = schema.feature("count")
    let layout = batcher.layout(schema.finalFields())
    _ = batcher.recorder.record(layout, schema: schema.number, id: "1", time: nil) { $0.set(field, UInt64.max) }
    batcher.collect()
    #expect(batcher.lost(.rejected) == 1)
    #expect(batcher.lines.contains("'count'"))
  }

  @Test("the limits of a row are the format's")
  func limits() {
    #expect(EventRow.byteCountMax == Limits.blockBytesMax / 2)
    #expect(EventRow.valueBytesMax == Limits.valueBytesMax)
  }

  @Test("nothing gives way to an event that has no room at all")
  func tooLargeForAll() {
    let recorder = Recorder(
      budget: MemoryBudget(limit: 10_000), queue: ChunkQueue(collectionInterval: .seconds(1)),
      warnings: WarningLimiter(logger: Logger(label: "test") { _ in LogRecorder() })
    ) { _ in
      Issue.record("blocks were asked to give way")
      return true
    }
    let stream = EventStream(
      key: StreamKey(kind: .prediction, model: "m", version: "", environment: .production), number: 0, problem: nil)
    for text in ["small", String(repeating: "x", count: 20_000)] {
      let event = DictionaryEvent(features: [("a", .string(text))], outputs: [], tags: [], arguments: [])
      _ = recorder.record(event, stream, id: "1", time: nil) { _, _ in }
    }
    #expect(stream.losses[.queueFull].total == 1)
  }

  @Test("asking for the same typed logger again makes no further layout")
  func sameLayout() {
    let batcher = TestBatcher()
    let schema = EventSchema()
    let _: Field<Int> = schema.feature("a")
    #expect(batcher.layout(schema.finalFields()) === batcher.layout(schema.finalFields()))
  }

  @Test("events of many threads all arrive, each once, while others are collected")
  func manyThreads() async {
    let batcher = TestBatcher(rows: 1_000, budget: MemoryBudget(limit: 1 << 28))
    let recorder = batcher.recorder
    let stream = batcher.stream
    let threads = 12
    let perThread = 5_000
    let running = Atomic<Int>(threads)
    let done = Completion()
    for thread in 0..<threads {
      let isStarted = WorkerThread.start {
        for index in 0..<perThread {
          let event = DictionaryEvent(
            features: [("n", .int(thread * perThread + index)), ("text", .string("event number \(index)"))],
            outputs: [], tags: [], arguments: [])
          _ = recorder.record(event, stream, id: EventID("\(thread):\(index)"), time: nil) { _, _ in }
        }
        if running.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 { done.complete() }
      }
      #expect(isStarted)
    }
    while running.load(ordering: .acquiring) > 0 { batcher.collect() }
    await done.wait()
    batcher.collect()
    let ids = batcher.ids
    #expect(ids.count == threads * perThread)
    #expect(Set(ids).count == threads * perThread)
    #expect(batcher.logged == threads * perThread)
    #expect(batcher.lost(.queueFull) == 0)
    // Each id still has its own values.
    for block in batcher.blocks {
      guard case .strings(let ids)? = block.ids?.values, case .int64(let numbers)? = block.column(.feature, "n")?.values
      else { continue }
      for row in 0..<block.rowCount {
        let parts = ids.string(row).split(separator: ":").compactMap { Int64($0) }
        #expect(numbers[row] == parts[0] * Int64(perThread) + parts[1])
      }
    }
  }

  @Test("rows taken in many at a time give the columns that they give one by one", arguments: 0..<20)
  func gathered(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let together = TestBatcher(rows: 150, rawBytes: 20_000)
    let apart = TestBatcher(rows: 150, rawBytes: 20_000)
    // A rule for a field that no event has: rows that a policy looks at are taken in one by one.
    apart.stream.changePolicy { $0.privacy = Privacy(rules: [.feature("no such field"): .drop]) }
    let nulls = Int.random(in: 1...4, using: &random)
    for index in 0..<700 {
      func maybe(_ value: Value) -> Value { Int.random(in: 0..<nulls, using: &random) == 0 ? value : nil }
      // Now and then another shape, or a type that the column does not have.
      let other = Int.random(in: 0..<90, using: &random)
      let fields: Fields = [
        "bool": maybe(.bool(index % 3 == 0)), "int": maybe(.int(index)), "float": maybe(.float(Float(index))),
        "double": maybe(other == 1 ? "text" : .double(Double(index))),
        "text": maybe(.string(String(repeating: "x", count: index % 40))),
        "bytes": maybe(.bytes([1, UInt8(index % 256)])),
        "moment": maybe(.timestamp(Timestamp(microsecondsSince1970: Int64(index)))),
        other == 2 ? "another" : "same": maybe(.int(1)),
      ]
      let id = seed % 2 == 0 ? nil : "\(index)"
      let known = EventID(id ?? "00000000-0000-7000-8000-0000000000\(index % 90 + 10)")
      for batcher in [together, apart] { batcher.log(id ?? known.text, fields, at: Int64(1_000 + index)) }
      if Int.random(in: 0..<200, using: &random) == 0 {
        together.collect()
        apart.collect()
      }
    }
    together.collect()
    apart.collect()
    // Blocks may end at other rows, since bytes are counted in advance; what is in them may not differ.
    #expect(together.ids == apart.ids)
    #expect(together.values == apart.values)
    #expect(together.blocks.allSatisfy { $0.rowCount <= 150 && $0.rawByteCount < 21_000 })
  }

  @Test("an event that is logged while another one is being filled does not wait and is not mixed in")
  func nested() {
    let batcher = TestBatcher()
    let schema = EventSchema()
    let depth: Field<Int> = schema.feature("depth")
    let layout = batcher.layout(schema.finalFields())
    func log(_ level: Int) {
      _ = batcher.recorder.record(layout, schema: schema.number, id: "\(level)", time: nil) { row in
        row.set(depth, level)
        // One more than there are slots, so that some have no lane of their own.
        if level <= LaneSet.slotCount { log(level + 1) }
      }
    }
    log(0)
    batcher.collect()
    #expect(batcher.ids.count == LaneSet.slotCount + 2)
    #expect(batcher.logged == LaneSet.slotCount + 2)
    let values = batcher.blocks.flatMap { block -> [Int64] in
      if case .int64(let values)? = block.column(.feature, "depth")?.values { return values }
      return []
    }
    #expect(zip(batcher.ids, values).allSatisfy { "\($1)" == $0 })
  }
}

/// SplitMix64.
struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
