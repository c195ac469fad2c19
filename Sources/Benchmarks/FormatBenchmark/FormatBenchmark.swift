internal import HindcastFormat

/// Bytes an event, and seconds to encode and decode, of rows in blocks of different sizes.
///
/// usage: FormatBenchmark FILE [--rows 4096] [--compaction] [--zlib] [--rounds 3] [--columns]
///
/// FILE holds plain blocks (`hindcast.v1.Block`), each behind its length in 8 bytes. The id column is not counted.
@main
enum FormatBenchmark {
  static func main() throws {
    var arguments = Array(CommandLine.arguments.dropFirst())
    func flag(_ name: String) -> Bool {
      guard let index = arguments.firstIndex(of: name) else { return false }
      arguments.remove(at: index)
      return true
    }
    func option(_ name: String, _ fallback: Int) -> Int {
      guard let index = arguments.firstIndex(of: name), index + 1 < arguments.count else { return fallback }
      defer { arguments.removeSubrange(index...index + 1) }
      return Int(arguments[index + 1]) ?? fallback
    }
    let rows = option("--rows", 4_096)
    let rounds = option("--rounds", 3)
    let effort: EncodeEffort = flag("--compaction") ? .compaction : .ingest
    let codec: ByteCodec = flag("--zlib") ? .zlib : .zstd
    let columns = flag("--columns")
    guard let path = arguments.first else {
      print("usage: FormatBenchmark FILE [--rows 4096] [--compaction] [--zlib] [--rounds 3] [--columns]")
      return
    }
    let blocks = try BlockFile.read(path, rowsInBlock: rows)
    let run = try FormatRun(blocks, effort, codec, rounds: rounds)
    if columns { for line in run.columnLines { print(line) } }
    print(run.line)
  }
}
