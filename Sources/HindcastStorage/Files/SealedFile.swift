internal import HindcastFormat

/// A file's index from its trailer and footer, without reading its blocks.
enum SealedFile {
  struct Ends {
    var header: FileHeader
    var footer: FileFooter
    var footerOffset: UInt64
    var byteCount: UInt64
    /// As the footer's frame says: of a segment also behind positions that were damaged before it was sealed.
    var durablePosition: UInt64
  }

  enum Kind {
    /// Its positions ascend, from the one of its header on.
    case segment
    case archive
  }

  enum Outcome {
    case sealed(Ends)
    /// No trailer, or what it leads to is damaged; why.
    case notSealed(String)
  }

  /// Throws only what the disk says.
  static func ends(of file: any DiskFile, _ kind: Kind, fileID: UInt64) throws(DiskError) -> Outcome {
    let byteCount = try file.byteCount()
    let trailerCount = UInt64(FileTrailer.byteCount)
    guard byteCount > trailerCount else { return .notSealed("the file has \(byteCount) bytes") }
    let trailerBytes = try file.read(at: byteCount - trailerCount, count: FileTrailer.byteCount)
    guard let trailer = trailerBytes.withUnsafeBytes({ FileTrailer(parsing: $0) }) else {
      return .notSealed("there is no trailer at its end")
    }
    let frames = byteCount - trailerCount
    let first = try FrameReading.frame(of: file, at: 0, fileByteCount: frames, fileID: fileID)
    guard case .frame(let firstHeader, let headerPayload) = first, firstHeader.type == .fileHeader else {
      return .notSealed("its header frame is damaged")
    }
    let last = try FrameReading.frame(of: file, at: trailer.footerOffset, fileByteCount: frames, fileID: fileID)
    guard case .frame(let lastHeader, let footerPayload) = last, lastHeader.type == .footer else {
      return .notSealed("its footer is damaged")
    }
    do throws(FormatError) {
      let header = try unpacked(headerPayload) { bytes throws(FormatError) in try FileHeader(unpacking: bytes) }
      let footer = try unpacked(footerPayload) { bytes throws(FormatError) in try FileFooter(unpacking: bytes) }
      if kind == .segment, header.firstPosition == 0 { return .notSealed("its header gives no first position") }
      let firstPosition = kind == .segment ? header.firstPosition : nil
      if let problem = problem(in: footer.frames, firstPosition: firstPosition, end: trailer.footerOffset) {
        return .notSealed(problem)
      }
      guard FileFooter.contentHash(of: footer.frames) == footer.contentHash else {
        return .notSealed("its footer's content hash is wrong")
      }
      return .sealed(
        Ends(
          header: header, footer: footer, footerOffset: trailer.footerOffset, byteCount: byteCount,
          durablePosition: lastHeader.durablePosition))
    } catch {
      return .notSealed(error.message)
    }
  }

  /// Entries must lie one behind the other within the file and be no larger than a block may be. Those of a segment ascend
  /// from its first position: readers look for a position by halves.
  private static func problem(in entries: [FrameEntry], firstPosition: UInt64?, end: UInt64) -> String? {
    var next = UInt64(FrameHeader.byteCount)
    var nextPosition = firstPosition
    for entry in entries {
      if let position = nextPosition {
        guard entry.position >= position, entry.lastPosition == entry.position else {
          return "its footer's entry for position \(entry.position) does not ascend"
        }
        nextPosition = entry.position + 1
      }
      let length = UInt64(FrameHeader.byteCount) + UInt64(entry.payloadLength)
      guard entry.offset >= next, entry.offset <= end, length <= end - entry.offset,
        Int(entry.payloadLength) <= Limits.blockBytesMax
      else { return "its footer's entry for position \(entry.position) lies outside the file" }
      next = entry.offset + length
    }
    return nil
  }
}
