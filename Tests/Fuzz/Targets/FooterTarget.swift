internal import HindcastFormat

/// A sealed segment whose footer says anything at all, behind good checksums.
///
/// An input is choices, what is put right, and a FileFooter message. The blocks in front of it are good.
struct FooterTarget: FuzzTarget {
  let name = "footer"
  let inputBytesMax = 1_024
  let mutation: FuzzMutation? = MessageMutation.ofMessage(behind: 2)
  let checksLeaks = false

  func run(_ input: [UInt8]) throws(Violation) {
    var input = FuzzInput(input)
    let choices = LogChoices(rawValue: input.byte())
    let mendsContentHash = input.byte() & 1 != 0
    var footer = input.rest()
    if mendsContentHash { footer = Self.withContentHash(footer) }
    var segment = Self.blocks
    segment.seal(with: footer)
    let log = LogHarness()
    log.disk.put(LogHarness.manifestPath, SampleFrames.manifest([]))
    log.disk.put(LogHarness.segmentPath(1), segment.bytes)
    if choices.contains(.isFollowed) { log.disk.put(LogHarness.segmentPath(2), Self.later) }
    try log.exercise(choices)
  }

  private static let blocks = (try? SampleFrames.segment(fileID: 1, firstPosition: 1, blocks: 3, isSealed: false))!
  private static let later = (try? SampleFrames.segment(fileID: 2, firstPosition: 4, blocks: 2, isSealed: true))!.bytes

  private static func withContentHash(_ bytes: [UInt8]) -> [UInt8] {
    let footer = bytes.withUnsafeBytes { buffer in
      accepted { () throws(FormatError) in try FileFooter(unpacking: buffer) }
    }
    guard var footer else { return bytes }
    footer.contentHash = FileFooter.contentHash(of: footer.frames)
    return footer.packed()
  }

  func seeds() -> [FuzzSeed] {
    let footers: KeyValuePairs<String, FileFooter> = ["real": Self.blocks.ending, "empty": FileFooter()]
    return footers.flatMap { name, footer in
      FuzzSeed.variants(
        name, footer.packed(),
        behind: ["": [1, 0], "mended": [3, 1], "recovered": [5, 1], "compacted": [15, 1], "trimmed": [101, 1]])
    }
  }
}
