/// Distinct integers, then for each value its index among them.
enum DictionaryStep {
  static func decode(_ reader: inout StepReader, _ count: Int) throws(FormatError) -> [Int64] {
    let entryCount = try reader.data.count(upTo: count, "the number of dictionary entries")
    let entries = try reader.integers(entryCount)
    guard let values = UncheckedLoops.lookUp(entries, codes: try reader.integers(count)) else {
      throw FormatError(.corrupt, "a code of encoding step dictionary is not among its \(entryCount) entries")
    }
    return values
  }
}
