internal import HindcastFormat

/// The bytes of an archive file that a good manifest names.
///
/// An input is which checksums are put right, choices, and the file.
struct ArchiveTarget: FuzzTarget {
  let name = "archive"
  let inputBytesMax = 4_096
  let checksLeaks = false
  let mutation: FuzzMutation? = FrameMutation.ofFile(behind: 2)

  func run(_ input: [UInt8]) throws(Violation) {
    guard input.count > 2 else { return }
    var bytes = Array(input.dropFirst(2))
    FrameMending.mend(&bytes, FrameMending.Parts(rawValue: input[0]))
    let log = LogHarness()
    for (path, file) in SampleLog.compacted { log.disk.put(path, path == Self.path ? bytes : file) }
    try log.exercise(LogChoices(rawValue: input[1]))
  }

  private static let path = SampleLog.compacted.first { $0.path.hasSuffix(".archive") }?.path

  func seeds() throws -> [FuzzSeed] {
    let real = SampleLog.compacted.first { $0.path == Self.path }?.bytes ?? []
    return [
      FuzzSeed("real", [0, 0] + real), FuzzSeed("mended", [15, 1] + real), FuzzSeed("recovered", [15, 5] + real),
      FuzzSeed("compacted", [15, 13] + real), FuzzSeed("unsealed", [15, 1] + real.dropLast(16)),
    ]
  }
}
