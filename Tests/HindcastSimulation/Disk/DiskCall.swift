internal import HindcastStorage

/// A call at the disk seam.
struct DiskCall {
  enum Operation: String, Sendable {
    case open, create, replace, list, makeDirectory, rename, remove, syncDirectory, status, freeBytes, lock
    case byteCount, read, write, sync, reload, truncate

    var changesDisk: Bool {
      switch self {
      case .create, .replace, .makeDirectory, .rename, .remove, .write, .truncate, .lock: true
      case .open, .list, .syncDirectory, .status, .freeBytes, .byteCount, .read, .sync, .reload: false
      }
    }

    var syncsDisk: Bool { self == .sync || self == .reload || self == .syncDirectory }
  }

  var operation: Operation
  var path: String
  /// The other path of a rename.
  var target = ""
  var offset = 0
  var byteCount = 0

  var text: String {
    var text = "\(operation.rawValue) \(path)"
    if !target.isEmpty { text += " to \(target)" }
    switch operation {
    case .read, .write: text += " at \(offset), \(byteCount) bytes"
    case .truncate: text += " to \(byteCount) bytes"
    default: break
    }
    return text
  }
}

/// What a path of a data directory is for.
enum FileKind: String, Sendable {
  case manifest, segment, archive, torn, lock, prepared, reserve, temporary
  case directory

  init(_ path: String) {
    let name = path.split(separator: "/").last.map(String.init) ?? ""
    self =
      switch name {
      case "MANIFEST": .manifest
      case "LOCK": .lock
      case "RESERVE": .reserve
      case _ where name.hasSuffix(".temporary"): .temporary
      case _ where name.hasSuffix(".segment") && !path.contains("/torn/"): .segment
      case _ where name.hasSuffix(".archive") && !path.contains("/torn/"): .archive
      case _ where name.hasPrefix("prepared"): .prepared
      case _ where path.contains("/torn/"): .torn
      default: .directory
      }
  }
}

/// Where a run was cut short: which call, on what, while the store was doing what.
package struct CrashPoint: Hashable, Sendable, Comparable, CustomStringConvertible {
  var operation: DiskCall.Operation
  var file: FileKind
  var phase: SimulationPhase

  package var description: String { "\(phase.rawValue): \(operation.rawValue) \(file.rawValue)" }
  package static func < (left: CrashPoint, right: CrashPoint) -> Bool { left.description < right.description }
}

/// What the driver has the store do.
enum SimulationPhase: String, Sendable {
  case create, recover, append, read, compact, retain, verify, close
  /// A second process that only reads.
  case readBeside
}

extension DiskError {
  static func simulated(_ cause: Cause, _ path: String, _ operation: String) -> DiskError {
    DiskError(cause, path: path, operation: operation, reason: "simulated: \(cause)")
  }
}
