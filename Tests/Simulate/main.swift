internal import HindcastSimulation

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

do throws(Arguments.Problem) {
  guard let arguments = try Arguments(Array(CommandLine.arguments.dropFirst())) else {
    print(Arguments.usage)
    exit(0)
  }
  exit(arguments.seed == nil ? runMany(arguments) : runOne(arguments))
} catch {
  writeError("simulate: \(error.message); see tools/simulate --help\n")
  exit(2)
}

/// Runs one seed; returns the exit code.
func runOne(_ arguments: Arguments) -> Int32 {
  let seed = arguments.seed!
  let result = arguments.simulation.run(seed: seed, keepsTrace: arguments.showsTrace)
  if arguments.isJSON {
    print(Report.json(seed: seed, result))
  } else {
    for line in result.trace { print(line) }
    print("seed \(seed): trace \(String(result.traceHash, radix: 16))")
    print(Report.text(result.counts))
    if let failure = result.failure { print("FAILED: \(failure)") }
  }
  return result.failure == nil ? 0 : 1
}

/// Runs all seeds; returns the exit code.
func runMany(_ arguments: Arguments) -> Int32 {
  let last = arguments.from + UInt64(arguments.seeds) - 1
  let batch = SimulationBatch(
    arguments.simulation, seeds: arguments.from...last, threads: arguments.threads,
    stopsAtFailure: !arguments.goesOn)
  let start = steadySeconds()
  batch.start()
  if isatty(2) == 1, !arguments.isJSON { showProgress(of: batch, arguments.seeds, since: start) }
  let state = batch.wait()
  let seconds = steadySeconds() - start
  if arguments.isJSON {
    print(Report.json(state, from: arguments.from, seconds: seconds, arguments.defect))
    return state.failures.isEmpty ? 0 : 1
  }
  print(Report.text(state, from: arguments.from, seconds: seconds))
  for failure in state.failures {
    print("FAILED: seed \(failure.seed): \(failure.message)")
    let options = (arguments.isShort ? " --short" : "") + (arguments.defect.map { " --defect \($0.rawValue)" } ?? "")
    print("  replay: tools/simulate --seed \(failure.seed) --trace\(options)")
  }
  return state.failures.isEmpty ? 0 : 1
}

/// One line on the terminal, written over, until the batch is done.
func showProgress(of batch: SimulationBatch, _ seeds: Int, since start: Double) {
  while true {
    let state = batch.progress
    if state.isDone { break }
    let rate = Double(state.seedsDone) / max(0.001, steadySeconds() - start)
    writeError(
      "\r\(state.seedsDone) of \(seeds) seeds, \(Report.rounded(rate)) a second, \(state.counts.crashes) crashes\u{1b}[K"
    )
    usleep(200_000)
  }
  writeError("\r\u{1b}[K")
}

func writeError(_ text: String) {
  var text = text
  text.withUTF8 { _ = write(2, $0.baseAddress, $0.count) }
}

func steadySeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
