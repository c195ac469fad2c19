import ArgumentParser
import HindcastFormat
import Testing

@testable import HindcastCommand

@Suite("The command line")
struct ArgumentTests {
  /// The exit status that a wrong line gives; nil if it is right.
  private func status(_ line: String) -> Int32? {
    do {
      _ = try HindcastCommand.parseAsRoot(line.split(separator: " ").map(String.init))
      return nil
    } catch {
      return HindcastCommand.exitCode(for: error).rawValue
    }
  }

  @Test(
    "lines as they stand in the help and the documents are understood",
    arguments: [
      "serve --data /var/lib/hindcast --listen 127.0.0.1:7400",
      "serve --data d --listen 127.0.0.1:0 --port-file p --compact-every 10m",
      "serve --data d --memory-max 512MiB --codec zlib", "serve --data d --segment-bytes 64KiB",
      "import predictions --server 127.0.0.1:7400 --model car-loan --version 1 --environment production --id id --time timestamp --features a,b,c --score y_pred_proba --label y_pred FILE.csv.gz",
      "import actuals --server 127.0.0.1:7400 --model car-loan --id id --label repaid FILE.csv.gz",
      "import actuals --model m --value v a.csv b.jsonl -",
      "read --data d --since 2h --until 2999-11-23T08:00:00Z --limit 10",
      "read --server h --follow --kind predictions --kind actual --columns score,feature:amount --format csv",
      "inspect d --json", "compact --data d", "verify --data d --json", "models --server 127.0.0.1:7400",
      "models --data d --model fraud --json", "read --data d --kind loss --kind losses --kind actuals",
      "status --json",
      "replay --data d --model m --to delta:DIR", "replay --server h:1 --model m --to jsonl:-",
      "serve --data d --retain-age 90d --retain-bytes 500GiB --retain-uncompacted --retain-ignoring-cursors",
      "trim --data d --older-than 90d --dry-run", "trim --data d --older-than 90d --max-bytes 500GiB",
      "trim --data d --max-bytes 2TiB --include-uncompacted --ignore-cursors --json",
      "cursors --server 127.0.0.1:7400", "cursors list --data d --json", "cursors remove nightly --data d",
      "cursors set nightly --server 127.0.0.1:7400 --model fraud --position 1200 --reset",
      "replay --server h --model m --to delta:DIR --cursor tables",
      "evaluate --data d --model m --every 5000 --positive 1 --json",
      "evaluate --server h --model m --every 1h --plot roc_auc", "read --data d --where amount>5 --where region=eu",
    ])
  func right(line: String) {
    #expect(status(line) == nil)
  }

  @Test(
    "wrong lines end with status 64",
    arguments: [
      "nope", "serve", "serve --data d --listen nowhere", "serve --data d --memory-max lots",
      "serve --data d --compact-every 1ms", "serve --data d --segment-bytes 65535",
      "serve --data d --segment-bytes 17GiB",
      "serve --data d --retain-uncompacted", "serve --data d --retain-age 10ms", "serve --data d --retain-bytes lots",
      "trim --data d", "trim --older-than 9d", "trim --data d --older-than 0", "trim --data d --dry-run", "cursors",
      "cursors set --data d --position 1", "cursors set a --data d", "cursors set a --position 1",
      "cursors remove --data d", "replay --data d --model m --to delta:DIR --cursor c",
      "replay --server h --model m --to jsonl:- --cursor c",
      "import predictions --version 1", "import actuals --model m f.csv", "import predictions --model m - -",
      "import predictions --model m --delimiter ab f.csv", "import predictions --model m --type a=complex f.csv",
      "import predictions --model m --type a=bool --type a=int64 f.csv", "read", "read --data d --server h",
      "read --data d --follow", "read --data d --where amount", "read --data d --where amount=",
      "read --data d --limit 0", "read --data d --since yesterday", "read --data d --since 1h --until 2h",
      "read --data d --kind guess", "evaluate --data d --model m --every 0", "evaluate --data d --model m --every 1y",
      "evaluate --data d --model m", "evaluate --data d --model m --every 5 --plot beauty",
      "evaluate --data d --model m --every 5 --json --plot f1", "replay --data d --model m",
    ])
  func wrong(line: String) {
    #expect(status(line) == 64)
  }

  @Test("every subcommand has an abstract, and says what it does with an example")
  func help() {
    func check(_ command: any ParsableCommand.Type) {
      let configuration = command.configuration
      #expect(!configuration.abstract.isEmpty, "\(command)")
      if configuration.subcommands.isEmpty {
        #expect(
          configuration.discussion.contains("  hindcast \(configuration.commandName ?? "")")
            || configuration.discussion.contains("  hindcast import"), "\(command)")
      }
      for subcommand in configuration.subcommands { check(subcommand) }
    }
    check(HindcastCommand.self)
    #expect(HindcastCommand.configuration.subcommands.count >= 11)
  }

  @Test(
    "times are RFC 3339, dates, or how long ago",
    arguments: [
      ("1970-01-01T00:00:01Z", 1_000_000), ("1970-01-02", 86_400_000_000), ("2h", 10_000_000_000 - 7_200_000_000),
      ("500ms", 9_999_500_000),
    ] as [(String, Int64)])
  func times(text: String, microseconds: Int64) {
    #expect(TimeArgument(text, now: 10_000_000_000)?.microseconds == microseconds)
  }

  @Test(
    "what is no time is refused", arguments: ["", "2", "h", "2y", "99999999999999999999d", "900000d", "1970-13-01"])
  func noTimes(text: String) {
    #expect(TimeArgument(text, now: 0) == nil)
  }

  @Test(
    "bytes with and without a unit",
    arguments: [("0", 0), ("512", 512), ("64KiB", 65_536), ("2GiB", 2 << 30), ("3TiB", 3 << 40), ("1m", 1 << 20)])
  func bytes(text: String, count: Int) {
    #expect(ByteCountArgument(argument: text)?.byteCount == count)
  }

  @Test(
    "what is no number of bytes is refused",
    arguments: ["", "MiB", "-1", "1.5GiB", "1PiB", "99999999999999999999", "9999999999GiB"])
  func noBytes(text: String) {
    #expect(ByteCountArgument(argument: text) == nil)
  }

  @Test("a default is shown in the help as it would be written")
  func defaults() {
    #expect(ByteCountArgument(256 << 20).description == "256MiB")
    #expect(ByteCountArgument(1 << 40).description == "1TiB")
    #expect(DurationArgument(seconds: 300).description == "5m")
    #expect(DurationArgument(argument: "90m")?.description == "90m")
    #expect(DurationArgument(argument: "1500ms")?.description == "1500ms")
  }

  @Test(
    "columns are separated by commas; an empty name is refused",
    arguments: [("a", ["a"]), ("a,b c", ["a", "b c"]), ("a,", nil), ("", nil)])
  func columns(text: String, names: [String]?) {
    #expect(ColumnList(argument: text)?.names == names)
  }
}
