internal import HindcastFormat
internal import Synchronization

/// How segments begin and end.
extension JournalWriter {
  /// nil: there is an active segment. A failure leaves nothing that matters: the file holds no block.
  ///
  /// A file is called a segment only once its header is on disk, or can be told by its length to have no block.
  mutating func openSegment() -> StorageError? {
    if let error = noRoom(for: 0) { return error }
    let id = state.takeFileID()
    let path = directory.segmentPath(id)
    let header = FrameWriting.fileHeader(
      fileID: id, logID: logID, created: options.now(), firstPosition: nextPosition)
    let prepared = space.takeSegment() ? directory.preparedPath : nil
    do throws(DiskError) {
      let file: any DiskFile
      do throws(DiskError) {
        if let prepared {
          let blank = try directory.disk.open(prepared, .readWrite)
          try blank.write(header, at: 0)
          try blank.sync()
          try directory.disk.rename(prepared, to: path)
          file = try directory.disk.open(path, .readWrite)
        } else {
          file = try directory.disk.open(path, .create)
          try file.write(header, at: 0)
          try file.sync()
        }
        try directory.disk.syncDirectory(directory.journalPath)
      } catch {
        // A segment without a block, or a prepared one that is not blank: nobody may take either for more.
        for leftover in [prepared, path].compactMap({ $0 }) { try? directory.disk.remove(leftover) }
        throw error
      }
      segment = Segment(id: id, path: path, file: file, offset: UInt64(header.count))
    } catch {
      return error.cause == .full
        ? Self.diskFull(error.description) : StorageError(.io, "no new segment: \(error); nothing was written")
    }
    let first = nextPosition
    state.shared.withLock {
      $0.active = LogState.ActiveIndex(
        id: id, file: RetainedFile(path: path, disk: directory.disk), firstPosition: first,
        byteCount: UInt64(header.count))
      if prepared != nil { $0.counters.segmentsPrepared += 1 }
    }
    return nil
  }

  /// Ends the active segment with its footer; the next append opens a new one. An active segment without a block is
  /// removed. nil: done, or there is none.
  mutating func seal() -> StorageError? {
    if let failure { return failure }
    guard let segment else { return nil }
    let active = state.shared.withLock { $0.active! }
    if active.entries.isEmpty {
      self.segment = nil
      state.shared.withLock { $0.active = nil }
      // If it stays, recovery removes it.
      try? directory.disk.remove(segment.path)
      return nil
    }
    let bytes = FrameWriting.ending(
      footer: active.footer(producers: producers.states), fileID: segment.id, offset: segment.offset,
      durablePosition: nextPosition - 1)
    do throws(DiskError) { try write(ending: bytes, of: segment) } catch {
      if error.cause == .full, (try? segment.file.truncate(to: segment.offset)) != nil {
        return Self.diskFull(error.description)
      }
      poison(error)
      return failure
    }
    // An fsync that fails for want of space has failed like any other.
    do throws(DiskError) { try segment.file.sync() } catch {
      poison(error)
      return failure
    }
    self.segment = nil
    let sealed = active.sealed(byteCount: segment.offset + UInt64(bytes.count))
    state.shared.withLock {
      $0.sealed.append(sealed)
      $0.active = nil
    }
    return nil
  }

  /// On a full disk the reserve makes room: a segment that cannot be sealed keeps compaction and deletion waiting, and so
  /// the disk full. What of the prepared zeros was not needed goes with the file's new length.
  private func write(ending bytes: [UInt8], of segment: Segment) throws(DiskError) {
    do throws(DiskError) { try segment.file.write(bytes, at: segment.offset) } catch {
      guard error.cause == .full, space.giveUpReserve() else { throw error }
      try segment.file.write(bytes, at: segment.offset)
    }
    try segment.file.truncate(to: segment.offset + UInt64(bytes.count))
  }

  /// Called when nothing is queued: writes the durable position where the next group will begin. Without an fsync: it
  /// survives the end of the process at once and that of the machine soon, and never makes anybody wait.
  mutating func markIdle() {
    guard options.marksWhenIdle, failure == nil, let segment, !segment.isMarked else { return }
    let mark = FrameWriting.mark(fileID: segment.id, nextPosition: nextPosition)
    // Tried once behind each group: a disk that is full is not asked again at every look into the queue.
    self.segment?.isMarked = true
    do throws(DiskError) { try segment.file.write(mark, at: segment.offset) } catch {
      if error.cause != .full { poison(error) }
    }
  }
}

extension LogState.ActiveIndex {
  func footer(producers: [ProducerState]) -> FileFooter {
    var footer = FileFooter()
    footer.streams = streams.streams
    footer.frames = Array(entries)
    footer.producers = producers
    footer.contentHash = FileFooter.contentHash(of: footer.frames)
    footer.rows = entries.reduce(0) { $0 + UInt64($1.rows) }
    return footer
  }

  /// The same as an index that no longer changes.
  func sealed(byteCount: UInt64) -> FileIndex {
    FileIndex(
      id: id, file: file, streams: streams.streams, entries: entries,
      positions: entries.last.map { firstPosition...$0.position }, byteCount: byteCount, hasFooter: true)
  }
}
