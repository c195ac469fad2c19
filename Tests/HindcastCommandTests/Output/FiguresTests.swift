import Testing

@testable import HindcastCommand

@Suite("Figures for people")
struct FiguresTests {
  @Test("thousands are grouped", arguments: [(0, "0"), (999, "999"), (1_000, "1,000"), (-1_234_567, "-1,234,567")])
  func grouped(value: Int, text: String) {
    #expect(Figures.grouped(value) == text)
  }

  @Test(
    "bytes in the unit that suits",
    arguments: [(0, "0 B"), (1_023, "1023 B"), (1_024, "1.0 KiB"), (1_572_864, "1.5 MiB"), (Int.max, "8388608.0 TiB")])
  func bytes(count: Int, text: String) {
    #expect(Figures.bytes(count) == text)
  }

  @Test(
    "decimals are rounded, and nothing is minus zero",
    arguments: [
      (1.25, 1, "1.3"), (0.05, 2, "0.05"), (-0.04, 1, "0.0"), (-1.5, 1, "-1.5"), (2.0, 0, "2"), (.nan, 1, "nan"),
      (.infinity, 1, "inf"),
    ])
  func decimals(value: Double, count: Int, text: String) {
    #expect(Figures.decimals(value, count) == text)
  }

  @Test(
    "durations",
    arguments: [(0.4, "0 s"), (59.0, "59 s"), (125.0, "2 min 5 s"), (12_000.0, "3 h 20 min"), (.infinity, "long")])
  func durations(seconds: Double, text: String) {
    #expect(Figures.duration(seconds) == text)
  }

  @Test("the progress line has amount, rate, share and the time left, as far as they are known")
  func progress() {
    #expect(ProgressLine.text("importing", 10, "rows", share: nil, elapsed: .milliseconds(100)) == "importing: 10 rows")
    #expect(
      ProgressLine.text("importing", 20_000, "rows", share: 0.25, elapsed: .seconds(2))
        == "importing: 20,000 rows  10,000/s  25 %  6 s left")
  }

  @Test("a table's columns are as wide as their widest cell, numbers stand to the right")
  func table() {
    var table = TextTable(["name", ">rows"])
    table.add(["a", "1"])
    table.add(["longer", "1,000"])
    #expect(table.text() == "name     rows\na           1\nlonger  1,000\n")
  }
}
