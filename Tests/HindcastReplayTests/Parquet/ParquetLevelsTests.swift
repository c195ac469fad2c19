import HindcastFormat
import Testing

@testable import HindcastReplay

@Suite("Definition and repetition levels")
struct ParquetLevelsTests {
  private func levels(_ column: Column, rows: Range<Int>? = nil) -> (bytes: [UInt8], lists: Int, values: Int) {
    var buffer = ParquetColumnBuffer(DeltaType(column.schema.type).parquetColumn("x"))
    buffer.append(column, rows: 0..<column.rowCount)
    var levels = ParquetLevels()
    var list = 0
    var value = 0
    levels.fill(buffer, rows: rows ?? 0..<column.rowCount, list: &list, value: &value)
    var bytes: [UInt8] = []
    levels.append(to: &bytes, column: buffer.column)
    return (bytes, list, value)
  }

  @Test("a column without nulls has one run of ones")
  func noNulls() {
    let found = levels(TestEvents.column("x", .feature, [1.5, 2.5, 3.5] as [Double?]))
    #expect(found.bytes == [2, 0, 0, 0, 3 << 1, 1])
    #expect(found.values == 3)
  }

  @Test("a null row has level 0 and no value")
  func nulls() {
    let found = levels(TestEvents.column("x", .feature, [1.5, nil, 3.5, nil] as [Double?]))
    #expect(found.bytes == [2, 0, 0, 0, 0x03, 0b0101])
    #expect(found.values == 2)
  }

  @Test("a part of the rows has only its own levels")
  func part() {
    let found = levels(TestEvents.column("x", .feature, [1.5, nil, 3.5, nil] as [Double?]), rows: 1..<3)
    #expect(found.bytes == [2, 0, 0, 0, 0x03, 0b10])
    #expect(found.values == 1)
  }

  @Test("lists: null is level 0, empty 1, an element 3; the second element of a row repeats")
  func lists() {
    let column = Column(
      ColumnSchema("x", role: .feature, type: .doubleList),
      .doubleList(offsets: [0, 0, 0, 1, 3], elements: [7, 8, 9]),
      validity: Bitmap(bytes: [0b1110], count: 4))
    let found = levels(column)
    // Repetition 0 0 0 0 1, then definition 0 1 3 3 3 in two bits each.
    #expect(found.bytes == [2, 0, 0, 0, 0x03, 0b10000, 3, 0, 0, 0, 0x03, 0b1111_0100, 0b11])
    #expect(found.lists == 3)
    #expect(found.values == 3)
  }
}
