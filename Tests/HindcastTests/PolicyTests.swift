import HindcastFormat
import Testing

@testable import Hindcast

/// Sampling, privacy, and the reports of what was lost.
@Suite struct PolicyTests {
  private func probabilities(_ batcher: TestBatcher) -> [Double] {
    batcher.blocks.flatMap { block -> [Double] in
      if case .float64(let values)? = block.column(.system, "inclusion_probability")?.values { return values }
      return []
    }
  }

  @Test("a sample keeps its share, says with which probability, and counts the rest", arguments: [0.0, 0.1, 0.5, 1.0])
  func rate(rate: Double) {
    let batcher = TestBatcher(rows: 100_000)
    batcher.stream.changePolicy { $0.sampling = Sampling(rate: rate) }
    for index in 0..<10_000 { batcher.log("id-\(index)", ["a": 1]) }
    batcher.collect()
    let kept = batcher.ids.count
    #expect(abs(Double(kept) - 10_000 * rate) < 200)
    #expect(batcher.lost(.sampledOut) == 10_000 - kept)
    #expect(probabilities(batcher) == Array(repeating: rate, count: kept))
  }

  @Test("the same ids are kept whoever samples, and those of a lower rate are among those of a higher one")
  func sticky() {
    func kept(_ rate: Double, prefix: String) -> [String] {
      let batcher = TestBatcher(rows: 100_000)
      batcher.stream.changePolicy { $0.sampling = Sampling(rate: rate) }
      batcher.log("another \(prefix)", ["x": 1])
      for index in 0..<2_000 { batcher.log("id-\(index)", [prefix: 1]) }
      batcher.collect()
      return batcher.ids.filter { $0.hasPrefix("id-") }
    }
    let some = kept(0.2, prefix: "a")
    #expect(some == kept(0.2, prefix: "b"))
    #expect(Set(some).isSubset(of: kept(0.4, prefix: "c")))
  }

  /// FNV-1a and MurmurHash3's finalizer, as anyone would compute them from their definitions in another language.
  @Test(
    "the hash that decides is the documented one",
    arguments: [("", 0xefd0_1f60_ba99_2926), ("a", 0x82a2_a958_a9be_ce5b)] as [(String, UInt64)])
  func hash(text: String, expected: UInt64) {
    #expect(Array(text.utf8).withUnsafeBytes { SamplingDecision.hash($0) } == expected)
  }

  @Test("rules keep what they speak of, with its own probability")
  func rules() {
    let batcher = TestBatcher(rows: 100_000)
    batcher.stream.changePolicy {
      $0.sampling = Sampling(
        rate: 0,
        rules: [
          .init(.failed, rate: 1), .init(.equals(.tag("region"), "north"), rate: 1),
          .init(.below(.output("score"), 0.2), rate: 1), .init(.above(.feature("amount"), 1_000), rate: 1),
        ])
    }
    batcher.log("plain", ["amount": 5], outputs: ["score": 0.9], tags: ["region": "south"])
    batcher.log("north", ["amount": 5], outputs: ["score": 0.9], tags: ["region": "north"])
    batcher.log("unsure", ["amount": 5], outputs: ["score": 0.1], tags: ["region": "south"])
    batcher.log("large", ["amount": 1_001], outputs: ["score": 0.9], tags: ["region": "south"])
    batcher.log("none", [:])
    for (status, error) in [("ok", nil), ("timeout", nil), (nil, "broke")] as [(String?, String?)] {
      var arguments: EventArguments = []
      if status != nil { arguments.insert(.status) }
      if error != nil { arguments.insert(.error) }
      let event = DictionaryEvent(features: [], outputs: [], tags: [], arguments: arguments)
      _ = batcher.recorder.record(event, batcher.stream, id: EventID("\(status ?? "") \(error ?? "")"), time: nil) {
        row, first in
        var values = ArgumentWriter(next: first)
        values.write(status, to: &row)
        values.write(error, to: &row)
      }
    }
    batcher.collect()
    #expect(batcher.ids == ["north", "unsure", "large", "timeout ", " broke"])
    #expect(probabilities(batcher) == [1, 1, 1, 1, 1])
    #expect(batcher.lost(.sampledOut) == 3)
  }

  @Test("a sampling can be changed and taken away while events come")
  func changes() {
    let batcher = TestBatcher()
    batcher.log("before")
    batcher.collect()
    batcher.stream.changePolicy { $0.sampling = Sampling(rate: 0) }
    batcher.log("out")
    batcher.collect()
    batcher.stream.changePolicy { $0.sampling = nil }
    batcher.log("after")
    batcher.collect()
    #expect(batcher.ids == ["before", "after"])
    #expect(probabilities(batcher) == [])
  }

  @Test("a dropped field leaves no trace, a hashed one is a keyed hash, texts are cut and numbers rounded")
  func privacy() throws {
    let batcher = TestBatcher()
    let key = [UInt8](repeating: 0x0b, count: 20)
    batcher.stream.changePolicy {
      $0.privacy = Privacy(rules: [
        .feature("email"): .drop, .feature("name"): .hash(key: key), .feature("comment"): .truncate(characters: 3),
        .feature("income"): .round(to: 1_000), .feature("age"): .round(to: 10), .output("vector"): .round(to: 0.5),
        .tag("visits"): .hash(key: key),
      ])
    }
    for index in 0..<3 {
      batcher.log(
        "\(index)",
        [
          "email": "planted@example.com", "name": "Hi There", "comment": "größer", "income": 51_499.5, "age": 47,
          "plain": 7,
        ], outputs: ["vector": .vector([0.2, 0.3])], tags: ["visits": ["a", "Hi There"]])
    }
    batcher.collect()
    let block = try #require(batcher.blocks.first)
    #expect(block.rowCount == 3)
    #expect(block.column(.feature, "email") == nil)
    // The first test case of RFC 4231, cut to 16 bytes.
    let hashed = "b0344c61d8db38535ca8afceaf0bf12b"
    #expect(block.column(.feature, "name")?.values == .strings(ByteStrings([hashed, hashed, hashed])))
    #expect(block.column(.feature, "comment")?.values == .strings(ByteStrings(["grö", "grö", "grö"])))
    #expect(block.column(.feature, "income")?.values == .float64([51_000, 51_000, 51_000]))
    #expect(block.column(.feature, "age")?.values == .int64([50, 50, 50]))
    #expect(block.column(.feature, "plain")?.values == .int64([7, 7, 7]))
    #expect(block.column(.output, "vector")?.values == .float32([0, 0.5, 0, 0.5, 0, 0.5]))
    guard case .stringList(_, let elements)? = block.column(.tag, "visits")?.values else {
      Issue.record("no list")
      return
    }
    #expect(elements.string(1) == hashed)
  }

  @Test("ids are hashed by their text, generated or given, so that actuals still meet their predictions")
  func hashedIDs() {
    let batcher = TestBatcher()
    let key: [UInt8] = [1, 2, 3]
    for stream in [batcher.stream, batcher.actuals] {
      stream.changePolicy { $0.privacy = Privacy(rules: [.id: .hash(key: key)]) }
    }
    let made = batcher.log(nil)
    batcher.log("given")
    let event = DictionaryEvent(features: [], outputs: [], tags: [], arguments: [.label])
    for id in [EventID(made.text), "given"] {
      _ = batcher.recorder.record(event, batcher.actuals, id: id, time: nil) { $0.store(true, at: $1) }
    }
    batcher.collect()
    let ids = batcher.ids
    #expect(ids.count == 4)
    #expect(Set(ids).count == 2)
    #expect(!ids.contains("given") && !ids.contains(made.text))
    #expect(ids.allSatisfy { $0.utf8.count == HashKey.textByteCount })
  }

  @Test("what was lost is told by a block of its own, once, with reasons, counts and times")
  func lossReports() throws {
    let batcher = TestBatcher(budget: MemoryBudget(limit: 4_200))
    batcher.stream.changePolicy { $0.sampling = Sampling(rate: 0, rules: [.init(.above(.feature("a"), 10), rate: 1)]) }
    for index in 0..<80 { batcher.log("\(1_000 + index)", ["a": 1], at: Int64(100 + index)) }
    batcher.collect()
    batcher.log("", ["a": 11], at: 7_000)
    batcher.collect()
    #expect(batcher.lossBlocks.isEmpty)
    batcher.tell()
    let report = try #require(batcher.lossBlocks.first)
    #expect(batcher.lossBlocks.count == 1)
    #expect(report.stream == StreamKey(kind: .loss, model: "m", version: "1", environment: .production))
    func column(_ name: String) -> ColumnValues? { report.column(.system, name)?.values }
    #expect(column("reason") == .strings(ByteStrings(["queue_full", "sampled_out", "rejected"])))
    #expect(column("lost_kind") == .strings(ByteStrings(["prediction", "prediction", "prediction"])))
    #expect(column("count") == .int64([16, 64, 1]))
    #expect(column("first_time") == .int64([164, 100, 7_000]))
    #expect(column("last_time") == .int64([179, 163, 7_000]))
    batcher.tell()
    #expect(batcher.lossBlocks.count == 1)
    batcher.log("more", ["a": 1], at: 9_000)
    batcher.tell()
    #expect(batcher.lossBlocks.count == 2)
    #expect(batcher.lossBlocks[1].column(.system, "count")?.values == .int64([1]))
    #expect(batcher.lossBlocks[1].column(.system, "first_time")?.values == .int64([9_000]))
  }
}
