internal import HindcastFormat

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Bytes an event, and seconds to encode and decode, of rows in blocks of different sizes. `tools/bench/format` puts it beside
/// other formats.
///
/// FILE holds plain blocks (`hindcast.v1.Block`), each behind its length in 8 bytes. The id column is left out of everything
/// but what says otherwise.
@main
enum FormatBenchmark {
  private static let usage = """
    usage: FormatBenchmark FILE [--rows 4096] [--compaction] [--zlib] [--rounds 3] [--columns] [--json]
                                [--choose output:score,output:label]
           FormatBenchmark --steps [--rows 65536] [--rounds 5] [--json]
    """

  static func main() throws {
    var arguments = Array(CommandLine.arguments.dropFirst())
    func flag(_ name: String) -> Bool {
      guard let index = arguments.firstIndex(of: name) else { return false }
      arguments.remove(at: index)
      return true
    }
    func option(_ name: String) -> String? {
      guard let index = arguments.firstIndex(of: name), index + 1 < arguments.count else { return nil }
      defer { arguments.removeSubrange(index...index + 1) }
      return arguments[index + 1]
    }
    func count(_ name: String, _ fallback: Int) -> Int? {
      guard let text = option(name) else { return fallback }
      return Int(text).flatMap { $0 >= 1 ? $0 : nil }
    }
    let ofSteps = flag("--steps")
    let rows = count("--rows", ofSteps ? 65_536 : 4_096)
    let rounds = count("--rounds", ofSteps ? 5 : 3)
    let chosen = option("--choose") ?? "output:score,output:label"
    let effort: EncodeEffort = flag("--compaction") ? .compaction : .ingest
    let codec: ByteCodec = flag("--zlib") ? .zlib : .zstd
    let withColumns = flag("--columns")
    let asJSON = flag("--json")
    if ofSteps, arguments.isEmpty, let rows, let rounds {
      do {
        let runs = try StepCase.all(rowCount: rows).map { try StepRun($0, rowCount: rows, rounds: rounds) }
        print(asJSON ? StepRun.json(runs) : StepRun.text(runs))
      } catch let error as StepRun.Unmeasured {
        print("FormatBenchmark: \(error)")
        exit(1)
      }
      return
    }
    guard arguments.count == 1, let path = arguments.first, !path.hasPrefix("-"), let rows, let rounds else {
      print(usage)
      return
    }
    let blocks = try BlockFile.read(path, rowsInBlock: rows)
    let choice = ColumnChoice.named(Set(chosen.split(separator: ",").map(String.init)))
    let run = try FormatRun(blocks, effort, codec, choice: choice, rounds: rounds)
    let report = FormatReport(run: run, withColumns: withColumns)
    print(asJSON ? report.json : report.text)
  }
}
