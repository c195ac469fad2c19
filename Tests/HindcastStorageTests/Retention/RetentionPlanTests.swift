import HindcastFormat
import Testing

@testable import HindcastStorage

/// Facts in, decisions out: the plan alone, without a disk.
@Suite struct RetentionPlanTests {
  private typealias Plan = RetentionPlan

  /// An archive file of 100 bytes; `newest` nil: without times.
  private func archive(
    _ name: String, model: String = "a", last position: UInt64, newest: Int64?, bytes: UInt64 = 100
  ) -> RetentionPlan.File {
    RetentionPlan.File(
      name: name, segment: nil, byteCount: bytes, positions: 1...position,
      records: [
        TrimRecord(
          model: model, positions: 1...position, times: newest.map { min(0, $0)...$0 }, rows: 10, bytes: bytes)
      ])
  }

  private func segment(
    _ id: UInt64, _ positions: ClosedRange<UInt64>, newest: Int64?, models: [String] = ["a"], bytes: UInt64 = 100
  ) -> RetentionPlan.File {
    RetentionPlan.File(
      name: "s\(id)", segment: id, byteCount: bytes, positions: positions,
      records: models.map {
        TrimRecord(model: $0, positions: positions, times: newest.map { 0...$0 }, rows: 1, bytes: bytes)
      })
  }

  /// The active segment has the newest positions, unless a test is about that.
  private func facts(
    _ archives: [RetentionPlan.File] = [], segments: [RetentionPlan.File] = [], now: Int64 = 1_000,
    cursors: [NamedCursor] = []
  ) -> RetentionPlan.Facts {
    RetentionPlan.Facts(
      now: now, archives: archives, segments: segments, activeByteCount: 0, activeHasBlocks: true, cursors: cursors)
  }

  private func policy(
    age: Int64? = nil, bytes: UInt64? = nil, uncompacted: Bool = false, ignoringCursors: Bool = false
  ) -> RetentionPolicy {
    var policy = RetentionPolicy(ageMax: age, bytesMax: bytes)
    policy.includesUncompacted = uncompacted
    policy.ignoresCursors = ignoringCursors
    return policy
  }

  private func dropped(_ plan: RetentionPlan) -> [String] { plan.drops.map(\.file.name) }
  private func kept(_ plan: RetentionPlan) -> [String: RetentionReport.HoldReason] {
    Dictionary(uniqueKeysWithValues: plan.kept.map { ($0.file.name, $0.reason) })
  }

  @Test("a policy without a bound drops nothing, whatever else it allows")
  func noBound() {
    let all = facts([archive("x", last: 1, newest: -1_000_000)], segments: [segment(2, 2...2, newest: 0)])
    let plan = RetentionPlan(all, policy(uncompacted: true, ignoringCursors: true))
    #expect(plan.drops.isEmpty && plan.kept.isEmpty)
    #expect(plan.bytesBefore == 200 && plan.bytesAfter == 200)
  }

  @Test(
    "a file goes when its newest event is older than the age, and not at it",
    arguments: [(899, true), (900, false), (901, false), (2_000, false), (.min, true), (.max, false)])
  func age(newest: Int64, goes: Bool) {
    let plan = RetentionPlan(facts([archive("x", last: 1, newest: newest)]), policy(age: 100))
    #expect(dropped(plan) == (goes ? ["x"] : []))
    #expect(plan.drops.allSatisfy { $0.reason == .age })
  }

  @Test("an age that reaches back before all time drops nothing and does not trap")
  func ageBeyondTime() {
    let old = facts([archive("x", last: 1, newest: .min)], now: .min + 5)
    #expect(RetentionPlan(old, policy(age: .max)).drops.isEmpty)
    #expect(RetentionPlan(old, policy(age: 6)).drops.isEmpty)
  }

  @Test(
    "for bytes the oldest go, just as many as it takes",
    arguments: [
      (400, []), (399, ["x"]), (300, ["x"]), (299, ["x", "y"]), (100, ["x", "y", "z"]), (1, ["x", "y", "z", "u"]),
      (0, ["x", "y", "z", "u"]),
    ] as [(UInt64, [String])])
  func bytes(bytesMax: UInt64, expected: [String]) {
    let all = facts([
      archive("u", last: 9, newest: nil), archive("z", last: 1, newest: 30), archive("x", last: 5, newest: 10),
      archive("y", last: 3, newest: 20),
    ])
    let plan = RetentionPlan(all, policy(bytes: bytesMax))
    #expect(dropped(plan) == expected)
    #expect(plan.drops.allSatisfy { $0.reason == .bytes })
    #expect(plan.bytesAfter == 400 - 100 * UInt64(expected.count))
  }

  @Test("what goes by age counts towards the bytes, and the journal's bytes count, too")
  func ageThenBytes() {
    var all = facts(
      [archive("x", last: 1, newest: 10), archive("y", last: 2, newest: 950), archive("z", last: 3, newest: 960)],
      segments: [segment(7, 4...4, newest: 990)])
    all.activeByteCount = 50
    let plan = RetentionPlan(all, policy(age: 100, bytes: 349))
    #expect(plan.drops.map { "\($0.file.name) \($0.reason)" } == ["x age", "y bytes"])
    #expect(plan.bytesBefore == 450 && plan.bytesAfter == 250)
  }

  @Test("rows without a time have no age: their files go for bytes only, and last")
  func undated() {
    let all = facts([archive("u", last: 1, newest: nil), archive("x", last: 2, newest: 999)])
    #expect(RetentionPlan(all, policy(age: 0)).drops.map(\.file.name) == ["x"])
    #expect(dropped(RetentionPlan(all, policy(bytes: 100))) == ["x"])
    #expect(dropped(RetentionPlan(all, policy(bytes: 99))) == ["x", "u"])
  }

  @Test("segments that are in no archive stay unless told, and the report says so")
  func uncompacted() {
    let all = facts([archive("x", last: 1, newest: 5)], segments: [segment(2, 2...4, newest: 5)])
    let plan = RetentionPlan(all, policy(age: 100))
    #expect(dropped(plan) == ["x"])
    #expect(kept(plan) == ["s2": .notCompacted])
    #expect(dropped(RetentionPlan(all, policy(age: 100, uncompacted: true))) == ["x", "s2"])
    var compacting = all
    compacting.isCompacting = true
    #expect(kept(RetentionPlan(compacting, policy(age: 100, uncompacted: true))) == ["s2": .compacting])
  }

  @Test("segments go from the journal's old end only: one that stays keeps those behind it")
  func prefix() {
    let all = facts(segments: [
      segment(1, 1...2, newest: 10), segment(2, 3...4, newest: 950), segment(3, 5...6, newest: 10),
    ])
    let byAge = RetentionPlan(all, policy(age: 100, uncompacted: true))
    #expect(dropped(byAge) == ["s1"])
    #expect(kept(byAge) == ["s3": .behindKept])
    #expect(dropped(RetentionPlan(all, policy(bytes: 150, uncompacted: true))) == ["s1", "s2"])
    // Once the one in between goes for bytes, age takes the next.
    let both = RetentionPlan(all, policy(age: 100, bytes: 100, uncompacted: true))
    #expect(both.drops.map { "\($0.file.name) \($0.reason)" } == ["s1 age", "s2 bytes", "s3 age"])
    // Rows without a time in a segment: its age is not known.
    let mixed = facts(segments: [segment(1, 1...2, newest: nil), segment(2, 3...4, newest: 10)])
    let plan = RetentionPlan(mixed, policy(age: 100, uncompacted: true))
    #expect(plan.drops.isEmpty)
    #expect(kept(plan) == ["s2": .behindKept])
  }

  @Test("archive files go before any segment does")
  func archiveBeforeJournal() {
    let all = facts(
      [archive("u", last: 1, newest: nil), archive("x", last: 1, newest: 500)], segments: [segment(3, 2...2, newest: 1)]
    )
    #expect(dropped(RetentionPlan(all, policy(bytes: 200, uncompacted: true))) == ["x"])
    #expect(dropped(RetentionPlan(all, policy(bytes: 100, uncompacted: true))) == ["x", "u"])
    #expect(dropped(RetentionPlan(all, policy(bytes: 0, uncompacted: true))) == ["x", "u", "s3"])
  }

  @Test(
    "a cursor keeps what lies behind its position, of its model or of all",
    arguments: [
      (9, "a", true), (10, "a", false), (11, "a", false), (0, "a", true), (9, "b", false), (0, "b", false),
      (9, nil, true),
      (10, nil, false),
    ] as [(UInt64, String?, Bool)])
  func cursor(position: UInt64, model: String?, holds: Bool) {
    let cursors = [NamedCursor(name: "c", position: position, model: model)]
    let all = facts(
      [archive("x", last: 10, newest: 1)], segments: [segment(3, 5...10, newest: 1)], cursors: cursors)
    let held = RetentionPlan(all, policy(age: 100, uncompacted: true))
    #expect(kept(held) == (holds ? ["x": .cursor("c"), "s3": .cursor("c")] : [:]))
    #expect(dropped(held) == (holds ? [] : ["x", "s3"]))
    let overruled = RetentionPlan(all, policy(age: 100, uncompacted: true, ignoringCursors: true))
    #expect(dropped(overruled) == ["x", "s3"])
    #expect(overruled.drops.allSatisfy { $0.overruled == (holds ? ["c"] : []) })
  }

  @Test("of several cursors the one that is furthest back is named, and younger files go in place of what it holds")
  func severalCursors() {
    let all = facts(
      [
        archive("x", model: "a", last: 10, newest: 1), archive("y", model: "b", last: 8, newest: 2),
        archive("z", model: "b", last: 9, newest: 3),
      ],
      cursors: [
        NamedCursor(name: "near", position: 9, model: "a"), NamedCursor(name: "far", position: 2, model: "a"),
        NamedCursor(name: "b8", position: 8, model: "b"),
      ])
    let plan = RetentionPlan(all, policy(bytes: 200))
    #expect(dropped(plan) == ["y"])
    #expect(kept(plan) == ["x": .cursor("far")])
    let none = RetentionPlan(all, policy(bytes: 0))
    #expect(dropped(none) == ["y"])
    #expect(kept(none) == ["x": .cursor("far"), "z": .cursor("b8")])
    #expect(none.bytesAfter == 200)
  }

  @Test("a cursor of one model keeps a segment that holds rows of it, and none that does not")
  func cursorOnSegment() {
    let all = facts(
      segments: [segment(1, 1...5, newest: 1, models: ["b"]), segment(2, 6...9, newest: 1, models: ["a", "b"])],
      cursors: [NamedCursor(name: "c", position: 0, model: "a")])
    let plan = RetentionPlan(all, policy(age: 100, uncompacted: true))
    #expect(dropped(plan) == ["s1"])
    #expect(kept(plan) == ["s2": .cursor("c")])
  }

  @Test("the file with the newest positions stays where nothing else tells which were given out")
  func newestPositions() {
    var all = facts(
      [archive("x", last: 10, newest: 1), archive("y", last: 10, newest: 2), archive("z", last: 4, newest: 3)])
    all.activeHasBlocks = false
    let plan = RetentionPlan(all, policy(age: 100))
    #expect(dropped(plan) == ["x", "z"])
    #expect(kept(plan) == ["y": .newestPositions])
    all.segments = [segment(7, 11...12, newest: 1), segment(8, 13...13, newest: 1)]
    let withSegments = RetentionPlan(all, policy(age: 100, uncompacted: true))
    #expect(dropped(withSegments) == ["x", "y", "z", "s7"])
    #expect(kept(withSegments) == ["s8": .newestPositions])
    // A file that is gone tells nothing.
    var missing = facts([archive("x", last: 10, newest: 1), archive("y", last: 12, newest: 2, bytes: 0)])
    missing.activeHasBlocks = false
    #expect(kept(RetentionPlan(missing, policy(age: 100))) == ["x": .newestPositions])
  }

  @Test("an empty log has nothing to drop")
  func empty() {
    let plan = RetentionPlan(RetentionPlan.Facts(now: 0), policy(age: 0, bytes: 0, uncompacted: true))
    #expect(plan.drops.isEmpty && plan.kept.isEmpty && plan.bytesAfter == 0)
  }
}
