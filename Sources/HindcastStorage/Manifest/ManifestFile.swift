internal import HindcastFormat

/// The manifest's file: a header frame, then one frame an edit, each made durable before the next is written. An edit
/// whose frame is whole is committed; bytes behind the last whole one are an edit that was not.
struct ManifestFile {
  let path: String
  private let file: any DiskFile
  private(set) var end: UInt64
  private(set) var state: ManifestState
  /// Bytes behind the last whole edit, not all zero.
  let hasTornTail: Bool
  private(set) var editCount: Int
  /// After a failed write nobody knows what the file holds; a restart reads it again.
  private var failure: StorageError?
  /// Makes room on a full disk; false: there is none to make. What deletes files must be able to say so.
  var giveUpReserve: @Sendable () -> Bool = { false }

  /// Reads all edits. Throws `.corrupt` when an edit is damaged that others follow: what the archive holds is then not
  /// known, and nothing may be deleted.
  init(opening directory: DataDirectory, forWriting: Bool) throws(StorageError) {
    path = directory.manifestPath
    let path = path
    let file = try onDisk { () throws(DiskError) in
      let file = try directory.disk.open(path, forWriting ? .readWrite : .read)
      // An edit that the last process wrote and did not sync may be in memory only. Segments are deleted on its word.
      if forWriting { try file.reload() }
      return file
    }
    (self.file, end, state, hasTornTail, editCount) = try Self.load(path, file)
  }

  private static func load(
    _ path: String, _ file: any DiskFile
  ) throws(StorageError) -> (any DiskFile, UInt64, ManifestState, Bool, Int) {
    do {
      let byteCount = try file.byteCount()
      guard
        case .frame(let first, let payload) =
          try FrameReading.frame(of: file, at: 0, fileByteCount: byteCount, fileID: 0), first.type == .fileHeader
      else { throw StorageError(.corrupt, "\(path): the header frame is damaged; restore the file from a backup") }
      let header = try unpacked(payload) { bytes throws(FormatError) in try FileHeader(unpacking: bytes) }
      var state = ManifestState(logID: header.logID)
      var offset = UInt64(first.frameByteCount)
      var edits = 0
      while case .frame(let frame, let payload) =
        try FrameReading.frame(of: file, at: offset, fileByteCount: byteCount, fileID: 0), frame.type == .manifestEdit
      {
        try state.apply(try unpacked(payload) { bytes throws(FormatError) in try ManifestEdit(unpacking: bytes) })
        offset += UInt64(frame.frameByteCount)
        edits += 1
      }
      if let later = try laterEdit(in: file, from: offset, byteCount: byteCount, after: state.editNumber) {
        throw StorageError(
          .corrupt,
          "\(path): the edit at offset \(offset) is damaged, and a good one follows at offset \(later); restore the "
            + "file from a backup. Nothing was changed")
      }
      let content = try SegmentScan.endOfContent(of: file, from: min(offset, byteCount), byteCount: byteCount)
      return (file, offset, state, content > offset, edits)
    } catch let error as StorageError {
      throw error
    } catch let error as DiskError {
      throw StorageError(error)
    } catch let error as FormatError {
      throw StorageError(error, in: path)
    } catch {
      throw StorageError(.io, "\(path): \(error)")
    }
  }

  private static func laterEdit(
    in file: any DiskFile, from offset: UInt64, byteCount: UInt64, after number: UInt64
  ) throws -> UInt64? {
    var place = offset + UInt64(FrameHeader.alignment)
    while place < byteCount, byteCount - place >= UInt64(FrameHeader.byteCount) {
      if case .frame(let header, let payload) =
        try FrameReading.frame(of: file, at: place, fileByteCount: byteCount, fileID: 0), header.type == .manifestEdit,
        let edit = try? unpacked(payload, { bytes throws(FormatError) in try ManifestEdit(unpacking: bytes) }),
        edit.number > number
      {
        return place
      }
      place += UInt64(FrameHeader.alignment)
    }
    return nil
  }

  /// Durable when it returns: the commit of what the edit says.
  mutating func append(_ edit: ManifestEdit) throws(StorageError) {
    if let failure { throw failure }
    var next = state
    do throws(FormatError) { try next.apply(edit) } catch { throw StorageError(error, in: path) }
    let bytes = FrameWriting.frame(
      .manifestEdit, fileID: 0, position: edit.compactedPosition, durablePosition: edit.compactedPosition,
      payload: edit.packed())
    do throws(DiskError) { try writeWithReserve(bytes) } catch {
      // A full disk is the one failure that leaves nothing unknown, if what was written can be cut off again.
      if error.cause == .full, (try? file.truncate(to: end)) != nil {
        throw StorageError(.diskFull, "the disk is full: \(error); nothing was written: make room and try again")
      }
      throw fail(error, "whether the edit was written is not known")
    }
    // An fsync that fails for want of space has failed like any other: what it left is not known.
    do throws(DiskError) { try file.sync() } catch { throw fail(error, "whether the edit is on disk is not known") }
    state = next
    end += UInt64(bytes.count)
    editCount += 1
  }

  private func writeWithReserve(_ bytes: [UInt8]) throws(DiskError) {
    do throws(DiskError) { try file.write(bytes, at: end) } catch {
      guard error.cause == .full, (try? file.truncate(to: end)) != nil, giveUpReserve() else { throw error }
      try file.write(bytes, at: end)
    }
  }

  private mutating func fail(_ error: DiskError, _ what: String) -> StorageError {
    let failure = StorageError(
      .io, "\(error); \(what): restart before the log is compacted or trimmed again")
    self.failure = failure
    return failure
  }

  /// false: an earlier write failed, and only a restart, which reads what is there, can go on.
  var isUsable: Bool { failure == nil }

  /// Whether so many edits have gathered that it pays to write the manifest anew. At every so many, so that one that could
  /// not be written, because the disk is full, is tried again, but not with each edit.
  var isLong: Bool { editCount >= Self.editsMax && editCount % Self.editsMax == 0 }

  static let editsMax = 256

  /// Puts a manifest in the place of this one that says the same with one edit. Throws and leaves this one as it is when the
  /// new one could not be written; after that nobody knows which of the two a start would find, and nothing more is written.
  mutating func rewrite(_ directory: DataDirectory, time: Int64) throws(StorageError) {
    if let failure { throw failure }
    let edit = state.snapshot(time: time, segmentsOnDisk: Set(try directory.segmentIDs()))
    do throws(StorageError) {
      try Self.writeTemporary(directory, logID: state.logID, created: time, edit: edit)
    } catch {
      try? directory.disk.remove(Self.temporaryPath(directory))
      throw error
    }
    do throws(DiskError) { try Self.install(directory) } catch {
      throw fail(error, "whether the manifest was replaced is not known")
    }
    let expected = edit.number
    do throws(StorageError) {
      var new = try ManifestFile(opening: directory, forWriting: true)
      new.giveUpReserve = giveUpReserve
      guard new.state.editNumber == expected else {
        throw StorageError(.corrupt, "\(path): the manifest that was just written is not the one that is read")
      }
      self = new
    } catch {
      failure = error
      throw error
    }
  }

  /// Removes what a torn edit left, so that the next one follows the last whole one.
  mutating func cutTornTail() throws(StorageError) {
    let (file, end) = (file, end)
    try onDisk { () throws(DiskError) in
      try file.truncate(to: end)
      try file.sync()
    }
  }

  /// Writes a manifest that holds the header and, if given, one edit, and renames it into place.
  static func write(_ directory: DataDirectory, logID: LogID, created: Int64, edit: ManifestEdit?) throws(StorageError)
  {
    try writeTemporary(directory, logID: logID, created: created, edit: edit)
    try onDisk { () throws(DiskError) in try install(directory) }
  }

  private static func writeTemporary(
    _ directory: DataDirectory, logID: LogID, created: Int64, edit: ManifestEdit?
  ) throws(StorageError) {
    var bytes = FrameWriting.fileHeader(fileID: 0, logID: logID, created: created, firstPosition: 0)
    if let edit {
      bytes += FrameWriting.frame(
        .manifestEdit, fileID: 0, position: edit.compactedPosition, durablePosition: edit.compactedPosition,
        payload: edit.packed())
    }
    let content = bytes
    try onDisk { () throws(DiskError) in
      let file = try directory.disk.open(temporaryPath(directory), .replace)
      try file.write(content, at: 0)
      try file.sync()
    }
  }

  private static func install(_ directory: DataDirectory) throws(DiskError) {
    try directory.disk.rename(temporaryPath(directory), to: directory.manifestPath)
    try directory.disk.syncDirectory(directory.path)
  }

  private static func temporaryPath(_ directory: DataDirectory) -> String {
    directory.manifestPath + FileNames.temporarySuffix
  }
}
