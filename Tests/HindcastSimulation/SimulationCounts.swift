/// What one or many runs did.
package struct SimulationCounts: Sendable {
  package var calls = 0
  package var crashes = 0
  package var crashPoints: [CrashPoint: Int] = [:]
  package var faults: [FaultKind: Int] = [:]
  /// Blocks.
  package var acknowledged = 0
  /// Acknowledged blocks that a damaged medium took without leaving a trace.
  package var vanished = 0
  /// Whole readings that were held to the ledger.
  package var readings = 0
  package var compactions = 0
  package var trimmedRows = 0
  /// Positions that were reported as lost, summed over readings.
  package var lost = 0

  package init() {}

  package mutating func add(_ other: SimulationCounts) {
    calls += other.calls
    crashes += other.crashes
    crashPoints.merge(other.crashPoints, uniquingKeysWith: +)
    faults.merge(other.faults, uniquingKeysWith: +)
    acknowledged += other.acknowledged
    vanished += other.vanished
    readings += other.readings
    compactions += other.compactions
    trimmedRows += other.trimmedRows
    lost += other.lost
  }
}
