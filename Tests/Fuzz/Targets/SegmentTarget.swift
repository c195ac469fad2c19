internal import HindcastFormat

/// The bytes of a segment, whole: what a scan, the verifier, a reader and recovery make of them.
///
/// An input is which checksums are put right, choices, and the file.
struct SegmentTarget: FuzzTarget {
  let name = "segment"
  let inputBytesMax = 4_096
  let checksLeaks = false
  let mutation: FuzzMutation? = FrameMutation.ofFile(behind: 2)

  func run(_ input: [UInt8]) throws(Violation) {
    guard input.count > 2 else { return }
    let choices = LogChoices(rawValue: input[1])
    var bytes = Array(input.dropFirst(2))
    FrameMending.mend(&bytes, FrameMending.Parts(rawValue: input[0]))
    let log = LogHarness()
    log.disk.put(LogHarness.manifestPath, SampleFrames.manifest([]))
    log.disk.put(LogHarness.segmentPath(1), bytes)
    if choices.contains(.isFollowed) { log.disk.put(LogHarness.segmentPath(2), Self.later) }
    try log.exercise(choices)
  }

  private static let later = (try? SampleFrames.segment(fileID: 2, firstPosition: 4, blocks: 2, isSealed: true))!.bytes

  func seeds() throws -> [FuzzSeed] {
    let sealed = try SampleFrames.segment(fileID: 1, firstPosition: 1, blocks: 3, isSealed: true).bytes
    var unsealed = try SampleFrames.segment(fileID: 1, firstPosition: 1, blocks: 3, isSealed: false)
    let open = unsealed.bytes
    unsealed.mark()
    let marked = unsealed.bytes
    let prepared = open + [UInt8](repeating: 0, count: 512)
    let torn = open + sealed[FrameHeader.byteCount..<FrameHeader.byteCount + 100]
    let empty = try SampleFrames.segment(fileID: 1, firstPosition: 1, blocks: 0, isSealed: false).bytes
    let files: KeyValuePairs<String, [UInt8]> = [
      "sealed": sealed, "open": open, "prepared": prepared, "marked": marked, "torn": torn, "empty": empty,
    ]
    return files.flatMap { name, bytes in
      FuzzSeed.variants(
        name, bytes,
        behind: ["": [0, 0], "mended": [15, 1], "recovered": [15, 5], "compacted": [15, 31], "trimmed": [15, 101]])
    }
  }
}

/// What is done with a log; a byte of an input.
struct LogChoices: OptionSet {
  let rawValue: UInt8
  /// The verifier and the inspection read it, too.
  static let inspects = LogChoices(rawValue: 1)
  /// Another segment stands behind the one of the input.
  static let isFollowed = LogChoices(rawValue: 2)
  static let recovers = LogChoices(rawValue: 4)
  static let compacts = LogChoices(rawValue: 8)
  /// A store that writes prepares its next segment.
  static let prepares = LogChoices(rawValue: 16)
  /// Retention drops what it may; with `trimsUncompacted` also what was never archived.
  static let trims = LogChoices(rawValue: 32)
  static let trimsUncompacted = LogChoices(rawValue: 64)
}

extension LogHarness {
  func exercise(_ choices: LogChoices) throws(Violation) {
    if choices.contains(.inspects) { try inspect() }
    let reading = try readOnly()
    if let reading { try check(reading) }
    if choices.contains(.recovers) { try recover(after: reading, choices) }
  }
}
