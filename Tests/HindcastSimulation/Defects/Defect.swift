/// Faults of a store that the checker must find: the proof that it bites. Each is put between a sound store and the disk.
package enum Defect: String, CaseIterable, Sendable {
  /// Syncing a segment makes nothing durable.
  case missingSync = "missing-sync"
  /// Creations, renames and removals are never made durable.
  case missingDirectorySync = "missing-directory-sync"
  /// Recovery does not look at the durable position that frames carry.
  case ignoredWatermark = "ignored-watermark"
  /// An index is believed without a look at the log: the frames of a segment that was being written count by their headers.
  case trustedIndex = "trusted-index"
  /// Who sent what is forgotten with every restart.
  case lostProducers = "lost-producers"

  package var summary: String {
    switch self {
    case .missingSync: "syncing a segment makes nothing durable"
    case .missingDirectorySync: "creations, renames and removals are never made durable"
    case .ignoredWatermark: "recovery ignores the durable positions of frames"
    case .trustedIndex: "an index is trusted over the log"
    case .lostProducers: "who sent what is forgotten with every restart"
    }
  }
}
