internal import HindcastFormat

/// What the medium itself still says was durable: an oracle that knows nothing of footers, manifests or recovery. It looks
/// for whole frame headers at every place where one may stand, in every file that holds a part of the log.
///
/// A medium that loses the last acknowledged blocks and everything that was written after them leaves nothing that anyone
/// could notice. So this is the line: what is lost at or below it must be reported. What stands within the payload of a
/// whole header is the client's bytes and vouches for nothing, whatever it looks like.
enum Watermark {
  static func highestDurablePosition(of state: MachineState) -> UInt64 {
    var highest: UInt64 = 0
    for (path, file) in state.tree.files {
      guard let id = fileID(of: path) else { continue }
      let bytes = state.files[file]!.reloaded
      var offset = 0
      while offset + FrameHeader.byteCount <= bytes.count {
        var step = FrameHeader.alignment
        bytes.withUnsafeBytes { bytes in
          let place = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + FrameHeader.byteCount])
          if let header = try? FrameHeader(parsing: place), header.segment == id {
            highest = max(highest, header.durablePosition)
            step = max(step, header.frameByteCount)
          }
        }
        offset += step
      }
    }
    return highest
  }

  /// What the frames of a file carry; nil for files that hold no part of the log.
  static func fileID(of path: String) -> UInt64? {
    switch FileKind(path) {
    case .manifest: 0
    case .segment, .archive:
      UInt64(path.split(separator: "/").last!.split(separator: ".")[0].suffix(16), radix: 16)
    case .torn, .lock, .prepared, .reserve, .temporary, .directory: nil
    }
  }
}
