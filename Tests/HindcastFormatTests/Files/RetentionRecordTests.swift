import CHindcastProto
import HindcastFormat
import Testing

@Suite struct RetentionRecordTests {
  private func record(
    _ model: String?, _ positions: ClosedRange<UInt64>, _ times: ClosedRange<Int64>?, rows: UInt64 = 1
  ) -> TrimRecord {
    TrimRecord(model: model, positions: positions, times: times, rows: rows, bytes: rows)
  }

  private func unpacked(_ bytes: [UInt8]) throws -> ManifestEdit {
    let result: Result<ManifestEdit, FormatError> = bytes.withUnsafeBytes { bytes in
      do throws(FormatError) { return .success(try ManifestEdit(unpacking: bytes)) } catch { return .failure(error) }
    }
    return try result.get()
  }

  private var edit: ManifestEdit {
    var edit = ManifestEdit(number: 3, logID: LogID(), time: -5, compactedPosition: 9)
    edit.trimmed = [
      record("loans", 1...9, -7...7), record("loans", 2...2, nil),
      record(nil, 1...Limits.positionMax, .min...(.max), rows: 0),
    ]
    edit.cursors = [
      NamedCursor(name: "a", position: Limits.positionMax, model: "loans", time: -1),
      NamedCursor(name: "ü", position: 0),
    ]
    edit.removedCursors = ["gone", String(repeating: "x", count: 128)]
    edit.highestFileID = Limits.positionMax
    return edit
  }

  @Test("an edit keeps what was trimmed, cursors set and removed, and the highest id")
  func roundTrip() throws {
    let edit = edit
    #expect(try unpacked(edit.packed()) == edit)
  }

  @Test("an edit of which any byte is another, or which ends anywhere, is refused or read, and never traps")
  func hostile() throws {
    let bytes = edit.packed()
    for index in bytes.indices {
      for mask in [UInt8(1), 0x80, 0xff] {
        var damaged = bytes
        damaged[index] ^= mask
        _ = try? unpacked(damaged)
      }
      _ = try? unpacked(Array(bytes[..<index]))
    }
  }

  @Test("records that end before they start, and names over the limit, are refused")
  func limits() throws {
    var long = edit
    long.cursors = [NamedCursor(name: String(repeating: "x", count: 129), position: 1)]
    #expect(throws: FormatError.self) { _ = try unpacked(long.packed()) }
    long.cursors = [NamedCursor(name: "", position: 1)]
    #expect(throws: FormatError.self) { _ = try unpacked(long.packed()) }
    long.cursors = [NamedCursor(name: "a\nb", position: 1)]
    #expect(throws: FormatError.self) { _ = try unpacked(long.packed()) }
    long.cursors = [NamedCursor(name: "a", position: 1, model: String(repeating: "m", count: 129))]
    #expect(throws: FormatError.self) { _ = try unpacked(long.packed()) }
    long.cursors = []
    long.trimmed = [record(String(repeating: "m", count: 129), 1...1, nil)]
    #expect(throws: FormatError.self) { _ = try unpacked(long.packed()) }
    // One more than any position or id.
    let over = Limits.positionMax + 1
    long.trimmed = [record("m", 1...over, nil)]
    #expect(throws: FormatError.self) { _ = try unpacked(long.packed()) }
    long.trimmed = []
    long.cursors = [NamedCursor(name: "a", position: over)]
    #expect(throws: FormatError.self) { _ = try unpacked(long.packed()) }
    long.cursors = []
    long.highestFileID = over
    #expect(throws: FormatError.self) { _ = try unpacked(long.packed()) }
    // As a protobuf: field 10, first_position 2, last_position 1.
    let backwards = edit.packed() + [0x52, 4, 0x10, 2, 0x18, 1]
    #expect(throws: FormatError.self) { _ = try unpacked(backwards) }
  }

  @Test("records of one model add up to one that spans both; rows without a time have one of their own")
  func addsUp() {
    var all: [TrimRecord] = []
    all.add(record("a", 3...4, 10...20, rows: 5))
    all.add(record("b", 1...1, 1...1))
    all.add(record("a", 9...9, -5...3, rows: 7))
    all.add(record("a", 2...2, nil, rows: 1))
    all.add(record("a", 7...8, nil, rows: .max))
    #expect(all.map(\.model) == ["a", "a", "b"])
    #expect(all.map(\.positions) == [3...9, 2...8, 1...1])
    #expect(all.map(\.times) == [-5...20, nil, 1...1])
    #expect(all.map(\.files) == [2, 2, 1])
    #expect(all.map(\.rows) == [12, .max, 1], "a sum that does not fit stays at the most there is")
  }

  @Test("beyond the limit of models the others share a record, so that names do not gather for ever")
  func manyModels() {
    var all: [TrimRecord] = []
    for number in 0..<Limits.trimmedModelsMax + 50 {
      all.add(record("m\(number)", UInt64(number + 1)...UInt64(number + 1), 0...Int64(number)))
    }
    all.add(record("m3", 9_000...9_000, 0...0))
    all.add(record("new", 8...8, nil))
    #expect(all.count == Limits.trimmedModelsMax + 2)
    #expect(all.count { $0.model == nil } == 2)
    #expect(all.first { $0.model == "m3" }?.positions == 4...9_000)
    let shared = all[Limits.trimmedModelsMax]
    #expect(
      shared.rows == 50
        && shared.positions == UInt64(Limits.trimmedModelsMax + 1)...UInt64(Limits.trimmedModelsMax + 50))
    var query = ReadQuery()
    query.model = "m4100"
    #expect(shared.gap(in: query, upTo: .max) != nil, "a shared record is told to readers of every model")
  }

  @Test("a gap is told where model, positions and times overlap, cut to the positions asked for")
  func gap() {
    func told(_ change: (inout ReadQuery) -> Void) -> ClosedRange<UInt64>? {
      var query = ReadQuery()
      change(&query)
      let gap = record("a", 5...9, 10...20, rows: 3).gap(in: query, upTo: 100)
      #expect(gap.map { $0.kind == .trimmed && $0.model == "a" && $0.times == 10...20 } ?? true)
      return gap?.positions
    }
    #expect(told { _ in } == 5...9)
    #expect(told { $0.model = "a" } == 5...9)
    #expect(told { $0.model = "b" } == nil)
    #expect(told { $0.fromPosition = 9 } == 9...9)
    #expect(told { $0.fromPosition = 10 } == nil)
    #expect(told { $0.times = 20..<21 } == 5...9)
    #expect(told { $0.times = 21..<99 } == nil)
    #expect(told { $0.times = -9..<10 } == nil)
    #expect(told { $0.times = -9..<11 } == 5...9)
    #expect(told { $0.times = 15..<15 } == nil)
    // What kind and version the rows had is not remembered.
    #expect(told { $0.kinds = [.actual] } == 5...9)
    #expect(told { $0.version = "7" } == 5...9)
  }

  @Test("a gap ends where the reader does; one without times is told to readers of kinds that may have none")
  func gapEdges() {
    let dated = record("a", 5...9, 10...20)
    #expect(dated.gap(in: ReadQuery(), upTo: 7)?.positions == 5...7)
    #expect(dated.gap(in: ReadQuery(), upTo: 4) == nil)
    let undated = record("a", 5...9, nil)
    var query = ReadQuery()
    query.times = 1_000..<2_000
    #expect(undated.gap(in: query, upTo: 100)?.times == nil)
    #expect(undated.gap(in: query, upTo: 100) != nil)
    query.kinds = [.prediction, .actual, .loss]
    #expect(undated.gap(in: query, upTo: 100) == nil)
    query.kinds.insert(.attribution)
    #expect(undated.gap(in: query, upTo: 100) != nil)
  }
}
