import Dispatch
import HindcastSimulation
import Testing

/// A short stretch of what tools/simulate does for as long as one likes.
@Suite struct SimulationTests {
  /// On a thread of its own: a run blocks, and asynchronous tests share few threads.
  private func apart<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
      DispatchQueue(label: "simulation").async { continuation.resume(returning: body()) }
    }
  }

  @Test(
    "crashed and failed at random, nothing acknowledged is lost and no damage is hidden",
    arguments: [1, 21] as [UInt64])
  func short(from first: UInt64) async {
    let failures = await apart {
      (first..<first + 20).compactMap { seed in
        Simulation(sweepEvery: nil, isShort: true).run(seed: seed).failure.map { "seed \(seed): \($0)" }
      }
    }
    #expect(failures.isEmpty, "replay with tools/simulate --short --seed: \(failures)")
  }

  @Test("each of the defects that are built in is found within 200 seeds", arguments: Defect.allCases)
  func defects(_ defect: Defect) async {
    let found = await apart {
      (1...200 as ClosedRange<UInt64>).first {
        Simulation(defect: defect, sweepEvery: nil, isShort: false).run(seed: $0).failure != nil
      }
    }
    #expect(found != nil, "\(defect.summary)")
  }

  @Test("a seed runs the same way every time")
  func deterministic() async {
    let hashes = await apart { (0..<2).map { _ in Simulation(sweepEvery: nil, isShort: true).run(seed: 5).traceHash } }
    #expect(hashes[0] == hashes[1])
  }
}
