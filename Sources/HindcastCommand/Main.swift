internal import ArgumentParser
internal import HindcastReplay

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// The command line. Each subcommand has its file in `Commands`.
@main
struct HindcastCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hindcast",
    abstract: "Record what models predicted in production, and judge it later.",
    discussion: """
      A server keeps the events that inference services log: predictions, and later what really happened. The same log, \
      read again, fills tables for analysis and tells how a model did.

        hindcast serve --data /var/lib/hindcast                       keep events
        hindcast import predictions --model loans --time at FILE.csv  log what a file holds
        hindcast evaluate --server 127.0.0.1:7400 --model loans --every 1d

      Commands that read take --data DIR, a data directory on this machine (a server may be using it), or \
      --server HOST:PORT.

      Results go to standard output, progress and messages to standard error. Exit status: 0 done, 1 failed, 2 damage \
      was found (verify), 64 the command line is wrong.
      """,
    subcommands: [
      ServeCommand.self, ImportCommand.self, ModelsCommand.self, StatusCommand.self, ReadCommand.self,
      EvaluateCommand.self, ReplayCommand.self, CompactCommand.self, TrimCommand.self, CursorsCommand.self,
      VerifyCommand.self, InspectCommand.self, BenchCommand.self,
    ])

  static func main() async {
    // A reader of our output that goes away is an error of a write, not the end by a signal that says nothing.
    signal(SIGPIPE, SIG_IGN)
    do {
      // Not ArgumentParser's: that one would answer wherever a subcommand's own --version stands in a wrong line.
      if CommandLine.arguments.dropFirst() == ["--version"] {
        return try StandardOutput.write("\(SoftwareVersion.text)\n")
      }
      var command = try parseAsRoot()
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch is OutputClosed {
      exit(withError: ExitCode(OutputClosed.exitStatus))
    } catch let error as ReplayError where error.code == .readerGone {
      exit(withError: ExitCode(OutputClosed.exitStatus))
    } catch {
      exit(withError: error)
    }
  }
}
