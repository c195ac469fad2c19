import HindcastFormat
import Testing

@testable import HindcastReplay

@Suite("Names of a table's columns")
struct DeltaColumnNameTests {
  private func name(
    _ role: ColumnRole, _ name: String, _ type: ColumnType = .float64, isRetyped: Bool = false, taken: Set<String> = []
  ) -> String {
    DeltaColumnName.make(
      DeltaColumnSource(ColumnSchema(name, role: role, type: type)), isRetyped: isRetyped, taken: taken)
  }

  @Test("features, outputs, tags and actuals stand behind their role; id, time and system columns as they are")
  func roles() {
    #expect(name(.feature, "amount") == "feature_amount")
    #expect(name(.output, "score") == "output_score")
    #expect(name(.tag, "region") == "tag_region")
    #expect(name(.actual, "label") == "actual_label")
    #expect(name(.system, "latency_us") == "latency_us")
    #expect(name(.id, "id", .string) == "id" && name(.time, "time", .timestamp) == "time")
    #expect(DeltaColumnName.make(.log(.position), isRetyped: false, taken: []) == "position")
  }

  @Test("characters that engines forbid become underscores, others stay", arguments: Array(" ,;{}()=\t\n\r\u{0}\u{7F}"))
  func forbidden(character: Character) {
    #expect(name(.feature, "a\(character)b") == "feature_a_b")
  }

  @Test("letters of any script, dots, quotes and slashes stay")
  func odd() { #expect(name(.feature, "größe.€/\"'`\\") == "feature_größe.€/\"'`\\") }

  @Test("a second type of one column gets the type's word behind its name")
  func retyped() {
    #expect(name(.feature, "x", .string, isRetyped: true) == "feature_x_string")
    #expect(name(.feature, "x", .vector, isRetyped: true) == "feature_x_vector")
  }

  @Test("a name that is taken but for its case gets eight digits of a hash, the same every time")
  func collision() throws {
    let found = name(.feature, "Amount", taken: ["feature_amount"])
    let match = try #require(found.wholeMatch(of: /feature_Amount_([0-9a-f]{8})/))
    #expect(name(.feature, "Amount", taken: ["feature_amount"]) == found)
    let other = name(.feature, "AMOUNT", taken: ["feature_amount"])
    #expect(!other.hasSuffix(match.1))
  }

  @Test("even names that were made to collide differ in the end")
  func madeToCollide() {
    let first = name(.feature, "x", taken: ["feature_x"])
    let second = name(.feature, "x", taken: ["feature_x", first.lowercased()])
    #expect(second == first + "_")
  }

  @Test("no two columns of a schema share a name, whatever they are called")
  func property() {
    var generator = SeededGenerator(seed: 21)
    let roles: [ColumnRole] = [.feature, .output, .tag, .actual, .system]
    let parts = ["a", "A", " ", "_", "feature_", "output_", "id", "time", "model", "string", "bool", "é", "É"]
    for round in 0..<50 {
      var schema = DeltaSchema()
      for _ in 0..<60 {
        let text = (0..<Int.random(in: 1...3, using: &generator)).map { _ in parts.randomElement(using: &generator)! }
        let column = ColumnSchema(
          text.joined(), role: roles.randomElement(using: &generator)!,
          type: [.bool, .string, .int64].randomElement(using: &generator)!)
        _ = schema.place(DeltaColumnSource(column))
      }
      let names = schema.columns.map { $0.parquet.name.lowercased() }
      #expect(Set(names).count == names.count, "round \(round): \(names)")
    }
  }
}
