/// Lists: how many elements each row has, then all elements as one column.
extension StepReader {
  /// The offsets of `count` lists and how many elements they have together.
  private mutating func listOffsets(_ count: Int) throws(FormatError) -> (offsets: [UInt32], total: Int) {
    try budget.take(count, stride: 4)
    let (lengths, total) = try lengths(
      count, upTo: Limits.valueBytesMax, totalUpTo: Limits.decodedBytesMax / 4, "list")
    return (UncheckedLoops.prefixSums(first: 0, lengths).map { UInt32($0) }, total)
  }

  mutating func stringLists(_ count: Int) throws(FormatError) -> ColumnValues {
    try lists(count, .stringList(offsets: [0], elements: ByteStrings())) { reader, offsets, total throws(FormatError) in
      try reader.budget.expect(total, stride: 4)
      return .stringList(offsets: offsets, elements: try reader.strings(total, isText: true))
    }
  }

  mutating func doubleLists(_ count: Int) throws(FormatError) -> ColumnValues {
    try lists(count, .doubleList(offsets: [0], elements: [])) { reader, offsets, total throws(FormatError) in
      try reader.budget.expect(total, stride: 8)
      return .doubleList(offsets: offsets, elements: try reader.float64s(total))
    }
  }

  private mutating func lists(
    _ count: Int, _ empty: ColumnValues,
    elements: (inout StepReader, [UInt32], Int) throws(FormatError) -> ColumnValues
  ) throws(FormatError) -> ColumnValues {
    let (step, _) = try enter()
    defer { leave() }
    switch step {
    case .empty where count == 0: return empty
    case .list:
      let (offsets, total) = try listOffsets(count)
      return try elements(&self, offsets, total)
    default: throw misplaced(step, "lists")
    }
  }
}
