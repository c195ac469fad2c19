package import HindcastFormat

/// The frames of one file, one after the other, for people who want to see what is in it. Shows damage rather than
/// stopping at it, and needs no lock.
package struct FileInspection {
  package struct Frame {
    package var offset: UInt64
    /// nil: there is no good header at this place.
    package var header: FrameHeader?
    /// Of blocks whose payload is good.
    package var summary: BlockSummary?
    package var content: Content?
    /// What is wrong with it.
    package var problem: String?
  }

  /// The payload of a frame that holds no block.
  package enum Content {
    case fileHeader(FileHeader)
    case footer(FileFooter)
    case manifestEdit(ManifestEdit)
  }

  package let path: String
  package let byteCount: UInt64
  private let file: any DiskFile
  private let fileID: UInt64
  private var offset: UInt64 = 0

  /// Throws `.notADataDirectory` when the file does not begin with a frame of ours.
  package init(path: String, disk: some Disk = PosixDisk()) throws(StorageError) {
    self.path = path
    (file, byteCount) = try onDisk { () throws(DiskError) in
      let file = try disk.open(path, .read)
      return (file, try file.byteCount())
    }
    let file = file
    let first = try onDisk { () throws(DiskError) in try file.read(at: 0, count: FrameHeader.byteCount) }
    switch FrameReading.parse(first) {
    case .success(let header): fileID = header.segment
    case .failure(let error):
      // A damaged first header must not hide the rest of a segment or archive file, whose name has its id.
      let name = path.split(separator: "/").last.map(String.init) ?? path
      guard let id = FileNames.segmentID(name) ?? FileNames.archiveID(name) else {
        throw StorageError(
          .notADataDirectory,
          "\(path): \(error.message); name a segment, an archive file, a MANIFEST or a data directory")
      }
      fileID = id
    }
  }

  /// The next frame, or stretch of bad bytes; nil at the end.
  package mutating func next() throws(StorageError) -> Frame? {
    let (file, start, byteCount, fileID) = (file, offset, byteCount, fileID)
    guard start < byteCount else { return nil }
    let outcome = try onDisk { () throws(DiskError) in
      try FrameReading.frame(of: file, at: start, fileByteCount: byteCount, fileID: fileID)
    }
    var frame = Frame(offset: start)
    switch outcome {
    case .endOfFile: return nil
    case .badHeader(let reason):
      if byteCount - start == UInt64(FileTrailer.byteCount) { return nil }
      let (end, next) = try onDisk { () throws(DiskError) in
        (
          try SegmentScan.endOfContent(of: file, from: start, byteCount: byteCount),
          try SegmentScan.nextFrame(of: file, from: start + 8, byteCount: byteCount, fileID: fileID)
        )
      }
      if end == start { return nil }
      frame.problem = reason
      offset = next ?? byteCount
    case .badPayload(let header, let reason):
      frame.header = header
      frame.problem = reason
      offset += UInt64(header.frameByteCount)
    case .frame(let header, let payload):
      frame.header = header
      offset += UInt64(header.frameByteCount)
      do throws(FormatError) {
        switch header.type {
        case .block: frame.summary = try BlockDecoder.summary(payload)
        case .fileHeader:
          frame.content = .fileHeader(
            try unpacked(payload) { bytes throws(FormatError) in try FileHeader(unpacking: bytes) })
        case .footer:
          frame.content = .footer(
            try unpacked(payload) { bytes throws(FormatError) in try FileFooter(unpacking: bytes) })
        case .mark: break
        case .manifestEdit:
          frame.content = .manifestEdit(
            try unpacked(payload) { bytes throws(FormatError) in try ManifestEdit(unpacking: bytes) })
        }
      } catch {
        frame.problem = error.message
      }
    }
    return frame
  }

  /// The files of a data directory in the order in which a reader meets them: manifest, archive, journal.
  package static func files(
    ofDirectory path: String, disk: some Disk = PosixDisk()
  ) throws(StorageError) -> [String] {
    let directory = DataDirectory(path: path, disk: disk)
    guard try directory.isOurs() else {
      throw StorageError(.notADataDirectory, "\(path) holds no log")
    }
    let manifest = try ManifestFile(opening: directory, forWriting: false).state
    return [directory.manifestPath] + manifest.archives.map { directory.path(of: $0.name) }
      + (try directory.segmentIDs()).map(directory.segmentPath)
  }
}
