internal import HindcastFormat

/// A Block message from a peer or a payload from a disk: plain columns, encoded ones, or both.
struct BlockTarget: FuzzTarget {
  let name = "block"
  let inputBytesMax = 4_096
  let mutation: FuzzMutation? = MessageMutation.ofMessage(behind: 0)

  func run(_ input: [UInt8]) throws(Violation) {
    let summary = accepted { () throws(FormatError) in try BlockDecoder.summary(input) }
    guard let block = BlockProperties.decode(input) else { return }
    try require(summary != nil, "a block decodes, but has no summary")
    try BlockProperties.check(block, of: input)
    // Derived from the input, so that an input says all there is to an execution.
    let choice = input.count & 3
    try BlockProperties.checkRoundTrip(
      block, effort: choice & 1 == 0 ? .ingest : .compaction, codec: choice & 2 == 0 ? .zlib : .zstd)
  }

  func seeds() throws -> [FuzzSeed] {
    var seeds: [FuzzSeed] = []
    let small = SampleColumns.all.filter { $0.rowCount == SampleColumns.rowCount }
    for start in stride(from: 0, to: small.count, by: 4) {
      let block = SampleBlocks.predictions(
        SampleColumns.rowCount, columns: Array(small[start..<min(start + 4, small.count)]))
      for (form, bytes) in try SampleBlocks.forms(block) { seeds.append(FuzzSeed("\(form)-\(start)", bytes)) }
    }
    for (form, bytes) in try SampleBlocks.forms(SampleBlocks.predictions(1)) {
      seeds.append(FuzzSeed("\(form)-one", bytes))
    }
    return seeds
  }
}
