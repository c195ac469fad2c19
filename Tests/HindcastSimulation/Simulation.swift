/// A seed, run in one of three ways: a long life with crashes and faults where the seed draws them; or a short one again and
/// again, with a crash or with a fault at each of its disk calls in turn.
package struct Simulation: Sendable {
  package struct Result: Sendable {
    package var counts = SimulationCounts()
    /// The same for every run of the seed.
    package var traceHash: UInt64 = 0
    package var failure: SimulationFailure?
    /// If it was asked for: of the last run, which is the one that failed if one did.
    package var trace: [String] = []
  }

  package var defect: Defect?
  /// Of every so many seeds one is swept with crashes and one with faults; nil: none.
  package var sweepEvery: Int?
  /// Lives of a few steps only.
  package var isShort: Bool

  package init(defect: Defect? = nil, sweepEvery: Int? = 20, isShort: Bool = false) {
    self.defect = defect
    self.sweepEvery = sweepEvery
    self.isShort = isShort
  }

  /// Runs on the calling thread, which it blocks.
  package func run(seed: UInt64, keepsTrace: Bool = false) -> Result {
    var result = Result()
    switch sweepEvery.map({ Int(seed % UInt64($0)) }) {
    case 0: sweep(seed, keepsTrace, &result, crashes)
    case 1: sweep(seed, keepsTrace, &result, faults)
    default: run(SimulationRun(seed: seed, isShort: isShort, defect: defect, keepsTrace: keepsTrace), &result)
    }
    return result
  }

  /// The first run is left alone and tells which calls there are.
  private func sweep(
    _ seed: UInt64, _ keepsTrace: Bool, _ result: inout Result,
    _ plans: (Int, DiskCall.Operation) -> [(plan: SimulationRun.Plan, name: String)]
  ) {
    let whole = SimulationRun(seed: seed, isShort: true, .nothing, defect: defect, keepsTrace: keepsTrace)
    run(whole, &result)
    let operations = whole.machine.with { $0.operations }
    for (index, operation) in operations.enumerated() {
      for (variant, (plan, name)) in plans(index + 1, operation).enumerated() where result.failure == nil {
        run(
          SimulationRun(
            seed: seed, variant: variant, isShort: true, plan, defect: defect, keepsTrace: keepsTrace),
          &result)
        if let failure = result.failure {
          result.failure = SimulationFailure(
            "\(name) at disk call \(index + 1) of \(operations.count): \(failure.message)")
        }
      }
    }
  }

  /// One kill and, of which other things survive each, one power loss; three where something changes.
  private func crashes(at call: Int, _ operation: DiskCall.Operation) -> [(plan: SimulationRun.Plan, name: String)] {
    let powerLosses = operation.changesDisk || operation.syncsDisk ? 3 : 1
    return [(.crash(call: call, isPowerLoss: false), "kill")]
      + Array(repeating: (.crash(call: call, isPowerLoss: true), "power loss"), count: powerLosses)
  }

  /// Every kind of fault that the call can have.
  private func faults(at call: Int, _ operation: DiskCall.Operation) -> [(plan: SimulationRun.Plan, name: String)] {
    FaultKind.allCases.filter { $0.fits(operation) && ($0 != .bitFlip || operation.changesDisk) }
      .map { (.fault($0, call: call), $0.rawValue) }
  }

  private func run(_ run: SimulationRun, _ result: inout Result) {
    do throws(SimulationFailure) { try run.run() } catch { result.failure = error }
    result.counts.add(run.counts)
    let (hash, trace) = run.machine.with { ($0.traceHash, $0.trace ?? []) }
    result.traceHash = result.traceHash &* 31 &+ hash
    result.trace = trace
  }
}
