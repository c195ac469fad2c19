internal import HindcastFormat

/// The bytes of a manifest, before a journal of two segments and an archive file.
///
/// An input is which checksums are put right, choices, and the file.
struct ManifestTarget: FuzzTarget {
  let name = "manifest"
  let inputBytesMax = 4_096
  let checksLeaks = false
  let mutation: FuzzMutation? = FrameMutation.ofFile(behind: 2)

  func run(_ input: [UInt8]) throws(Violation) {
    guard input.count > 2 else { return }
    var bytes = Array(input.dropFirst(2))
    FrameMending.mend(&bytes, FrameMending.Parts(rawValue: input[0]))
    let log = LogHarness()
    log.disk.put(LogHarness.manifestPath, bytes)
    for (path, file) in Self.files { log.disk.put(path, file) }
    try log.exercise(LogChoices(rawValue: input[1]))
  }

  /// A log of which the first positions are archived, without its manifest.
  private static let files = SampleLog.compacted.filter { $0.path != LogHarness.manifestPath }

  func seeds() throws -> [FuzzSeed] {
    let real = SampleLog.compacted.first { $0.path == LogHarness.manifestPath }?.bytes ?? []
    let several = SampleFrames.manifest((1...3).map(SampleFrames.edit))
    let bare = SampleFrames.manifest([])
    let torn = several.dropLast(40)
    var gap = ManifestEdit(number: 1, logID: SampleFrames.logID, time: 0, compactedPosition: 0)
    gap.gaps = [GapRecord(firstPosition: 2, lastPosition: 9, reason: "lost")]
    let files: KeyValuePairs<String, [UInt8]> = [
      "real": real, "several": several, "bare": bare, "torn": Array(torn), "gap": SampleFrames.manifest([gap]),
    ]
    return files.flatMap { name, bytes in
      FuzzSeed.variants(
        name, bytes,
        behind: ["": [0, 0], "mended": [3, 1], "recovered": [3, 5], "compacted": [3, 13], "trimmed": [3, 109]])
    }
  }
}
