/// What can go wrong with a disk while the machine runs. Each happens once, at a call that fits.
package enum FaultKind: String, Sendable, CaseIterable {
  /// EIO.
  case readError, writeError, syncError, directoryError
  /// A write that fails behind a part of its bytes.
  case shortWrite
  /// Sectors that a sync acknowledges and that never reach the medium.
  case lostWrite
  /// The same, and they land on other sectors.
  case misdirectedWrite
  /// A bit of the medium turns.
  case bitFlip
  /// ENOSPC: not armed, follows from the capacity.
  case diskFull

  /// Damages bytes that were stored, so that acknowledged blocks may become gaps.
  var isDamage: Bool {
    switch self {
    case .lostWrite, .misdirectedWrite, .bitFlip, .readError: true
    case .writeError, .syncError, .directoryError, .shortWrite, .diskFull: false
    }
  }

  func fits(_ operation: DiskCall.Operation) -> Bool {
    switch self {
    case .readError: operation == .read || operation == .open
    case .writeError, .shortWrite: operation == .write
    case .syncError, .lostWrite, .misdirectedWrite: operation == .sync || operation == .reload
    case .directoryError:
      [.create, .replace, .list, .makeDirectory, .rename, .remove, .syncDirectory, .status, .truncate]
        .contains(operation)
    case .bitFlip: true
    case .diskFull: false
    }
  }
}

/// A fault that is to come: at the first call that fits and whose number is at least this.
struct ArmedFault {
  var kind: FaultKind
  var notBefore: Int
  /// nil: whatever file.
  var file: FileKind?

  func fits(_ call: DiskCall, number: Int) -> Bool {
    number >= notBefore && kind.fits(call.operation) && (file == nil || FileKind(call.path) == file)
  }
}
