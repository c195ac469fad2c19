internal import HindcastStorage
internal import Synchronization

/// A machine with a disk in memory. Processes come and go on it and see its disk as a `SimulatedDisk` each; it loses its
/// power; its medium decays. Everything that is not decided by the calls is decided by the seed.
package final class SimulatedMachine: Sendable {
  package let gate = Gate()
  private let state: Mutex<MachineState>

  package init(seed: UInt64, keepsTrace: Bool = false) {
    var state = MachineState(random: SimulationRandom(seed: seed, purpose: "machine"))
    if keepsTrace { state.trace = [] }
    self.state = Mutex(state)
  }

  func with<Value: Sendable>(_ body: (inout MachineState) -> Value) -> Value { state.withLock { body(&$0) } }

  func perform<Value: Sendable>(
    _ call: DiskCall, by process: Int, part: ((inout MachineState) -> Void)? = nil,
    _ body: (inout MachineState) throws(DiskError) -> Value
  ) throws(DiskError) -> Value {
    gate.pass()
    return try state.withLock { (state) throws(DiskError) in try state.perform(call, by: process, part: part, body) }
  }

  /// A new process.
  package func start() -> SimulatedDisk { SimulatedDisk(machine: self, process: with { $0.startProcess() }) }

  func isAlive(_ process: SimulatedDisk) -> Bool { with { $0.processes.contains(process.process) } }

  /// kill -9, or an orderly end: what was written stays in memory, and the process's later calls do nothing.
  package func end(_ process: SimulatedDisk) { with { $0.end(process.process) } }

  package func losePower() { with { $0.losePower() } }

  package func add(to trace: String) {
    with { state in if state.trace != nil { state.trace!.append("-- \(trace)") } }
  }
}
