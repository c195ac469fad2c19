internal import HindcastFormat
internal import Synchronization

/// Owns the active segment's file and the producers. Only the journal's thread calls it.
///
/// The order that makes an acknowledgement true: frames are written, synced, then published to readers, then answered.
/// The first write or fsync whose outcome is not known ends all writing: pages may be marked clean that never reached the
/// disk, so an fsync is never tried again, and only recovery, which reads what is there, can go on.
struct JournalWriter {
  struct Segment {
    var id: UInt64
    var path: String
    var file: any DiskFile
    /// Where the next frame goes.
    var offset: UInt64
    var frameCount = 0
    /// A mark with the present durable position stands at `offset`, or nothing was written since the segment was begun.
    var isMarked = true
  }

  let directory: DataDirectory
  let options: LogStoreOptions
  let logID: LogID
  let state: LogState
  let waiters: PositionWaiters
  let space: SpaceUpkeep
  var producers: ProducerTable
  var nextPosition: UInt64
  var segment: Segment?
  var failure: StorageError?

  init(
    directory: DataDirectory, options: LogStoreOptions, logID: LogID, state: LogState, waiters: PositionWaiters,
    space: SpaceUpkeep, producers: ProducerTable, nextPosition: UInt64
  ) {
    self.directory = directory
    self.options = options
    self.logID = logID
    self.state = state
    self.waiters = waiters
    self.space = space
    self.producers = producers
    self.nextPosition = nextPosition
  }

  /// Writes and answers one group.
  mutating func commit(_ requests: [AppendRequest]) {
    var batch = AppendBatch()
    for request in requests {
      if let failure {
        answer(request, .failure(refused(by: failure)))
        continue
      }
      switch batch.judge(request, table: producers) {
      case .duplicate(let position) where batch.holds(position):
        batch.addDuplicate(request, position: position)
      case .duplicate(let position):
        state.shared.withLock { $0.counters.duplicates += 1 }
        answer(request, .success(AppendResult(position: position, isDuplicate: true)))
      case .sequenceGap(let expected):
        state.shared.withLock { $0.counters.sequenceGaps += 1 }
        answer(request, .failure(Self.sequenceGap(request, expected: expected)))
      case .staleEpoch(let current):
        state.shared.withLock { $0.counters.staleEpochs += 1 }
        answer(request, .failure(Self.staleEpoch(request, current: current)))
      case .append:
        append(request, to: &batch)
      }
    }
    flush(&batch)
  }

  private mutating func append(_ request: AppendRequest, to batch: inout AppendBatch) {
    let frameBytes = FrameHeader.byteCount + request.block.bytes.count + FrameHeader.alignment
    if let segment, segment.frameCount + batch.headers.count > 0 {
      let end = segment.offset + UInt64(batch.frameByteCount + frameBytes)
      if end > UInt64(options.segmentBytesMax) || segment.frameCount + batch.headers.count >= options.segmentFramesMax {
        flush(&batch)
        if let error = seal() {
          answer(request, .failure(refused(by: error)))
          return
        }
        // What the flush refused may have been what this one follows.
        if failure != nil || batch.judge(request, table: producers) != .append {
          commit([request])
          return
        }
      }
    }
    if segment == nil, let error = openSegment() {
      answer(request, .failure(refused(by: error)))
      return
    }
    batch.add(request, header: header(for: request, position: nextPosition + UInt64(batch.headers.count)))
  }

  private func header(for request: AppendRequest, position: UInt64) -> FrameHeader {
    let block = request.block
    return FrameHeader(
      type: .block, payloadLength: UInt32(block.bytes.count), segment: segment!.id, position: position,
      lastPosition: position, durablePosition: nextPosition - 1, producer: request.producer, epoch: request.epoch,
      sequence: request.sequence, modelReference: Checksum.xxh3(block.stream.model), rows: UInt32(block.rowCount),
      kind: block.stream.kind.rawValue, environment: block.stream.environment.rawValue, minTime: block.minTime,
      maxTime: block.maxTime, payloadHash: block.payloadHash)
  }

  // MARK: Groups

  /// Writes the batch, makes it durable, publishes and answers it; leaves it empty.
  private mutating func flush(_ batch: inout AppendBatch) {
    let done = batch
    batch = AppendBatch()
    guard !done.isEmpty, var segment else { return }
    if let error = noRoom(for: done.frameByteCount) { return refuse(done, error) }

    let written: Result<Void, DiskError> = done.withPieces { pieces in
      do throws(DiskError) { return .success(try segment.file.write(pieces, at: segment.offset)) } catch {
        return .failure(error)
      }
    }
    if case .failure(let error) = written {
      // A full disk is the one failure that leaves nothing unknown, if what was written can be cut off again.
      if error.cause == .full, (try? segment.file.truncate(to: segment.offset)) != nil {
        return refuse(done, Self.diskFull(error.description))
      }
      return fail(done, error)
    }
    let started = options.steadyNow()
    do throws(DiskError) { try segment.file.sync() } catch { return fail(done, error) }
    let elapsed = options.steadyNow() - started

    nextPosition += UInt64(done.headers.count)
    publish(done, offset: segment.offset, syncMicroseconds: elapsed)
    segment.offset += UInt64(done.frameByteCount)
    segment.frameCount += done.headers.count
    segment.isMarked = false
    self.segment = segment
    // Early enough that a segment of zeros is on disk when this one is full.
    if segment.offset >= UInt64(options.segmentBytesMax / 2) { space.prepareSegment() }
    for (request, header) in zip(done.requests, done.headers) {
      answer(request, .success(AppendResult(position: header.position, isDuplicate: false)))
    }
    for (request, position) in done.duplicates {
      answer(request, .success(AppendResult(position: position, isDuplicate: true)))
    }
  }

  private mutating func publish(_ batch: AppendBatch, offset: UInt64, syncMicroseconds: Int64) {
    for header in batch.headers {
      producers.record(header.producer, epoch: header.epoch, sequence: header.sequence, position: header.position)
    }
    let durablePosition = nextPosition - 1
    state.shared.withLock { shared in
      var offset = offset
      for (request, header) in zip(batch.requests, batch.headers) {
        let stream = shared.active!.streams.number(of: request.block.stream)
        shared.active!.entries.append(FrameEntry(header, offset: offset, stream: stream))
        offset += UInt64(header.frameByteCount)
        shared.counters.rowsAppended += UInt64(header.rows)
        shared.counters.bytesAppended += UInt64(header.payloadLength)
      }
      shared.active!.byteCount = offset
      shared.counters.blocksAppended += UInt64(batch.headers.count)
      shared.counters.duplicates += UInt64(batch.duplicates.count)
      shared.counters.groups += 1
      shared.counters.syncMicroseconds += UInt64(max(0, syncMicroseconds))
      shared.syncMicroseconds.record(UInt64(max(0, syncMicroseconds)))
      shared.groupBlocks.record(UInt64(batch.headers.count))
      shared.groupBytes.record(UInt64(batch.frameByteCount))
      shared.counters.producersEvicted = producers.evictedCount
      shared.producerCount = producers.entries.count
      shared.durablePosition = durablePosition
    }
    waiters.advance(to: durablePosition)
  }

  /// nil: there is room. Asked before every group, so that appends go on by themselves when room is back.
  func noRoom(for byteCount: Int) -> StorageError? {
    guard let free = try? directory.disk.freeBytes(directory.journalPath) else { return nil }
    // Whoever has no reserve must be able to make one: a segment that is begun without it may meet a disk that is full to the
    // last byte, and then can be neither sealed nor opened again.
    let needed = options.freeBytesMin + UInt64(byteCount) + space.missingReserveByteCount
    if free < needed {
      space.giveUpSegment()
      return Self.diskFull("\(directory.path): \(free) bytes are free, appends need \(needed)")
    }
    space.makeReserve()
    return nil
  }

  /// Nothing of the batch is on disk, and all of it may be sent again.
  private func refuse(_ batch: AppendBatch, _ error: StorageError) {
    state.shared.withLock { $0.counters.diskFullRefusals += UInt64(batch.requests.count) }
    for request in batch.requests { answer(request, .failure(error)) }
    for (request, _) in batch.duplicates { answer(request, .failure(error)) }
  }

  private mutating func fail(_ batch: AppendBatch, _ error: DiskError) {
    poison(error)
    let unknown = StorageError(
      .journalFailed, "\(error); whether the block is on disk is not known: restart the server, then send it again")
    for request in batch.requests { answer(request, .failure(unknown)) }
    for (request, _) in batch.duplicates { answer(request, .failure(unknown)) }
  }

  mutating func poison(_ error: DiskError) {
    let failure = StorageError(
      .journalFailed, "the journal stopped writing after: \(error); reads go on; restart to recover")
    self.failure = failure
    state.shared.withLock {
      $0.failure = failure
      $0.counters.poisoned = 1
    }
  }

  // MARK: Answers

  private func answer(_ request: AppendRequest, _ result: Result<AppendResult, StorageError>) {
    request.completion(result)
  }

  private func refused(by error: StorageError) -> StorageError {
    if error.code == .diskFull { state.shared.withLock { $0.counters.diskFullRefusals += 1 } }
    return error
  }

  static func diskFull(_ what: String) -> StorageError {
    StorageError(.diskFull, "the disk is full: \(what); nothing was written: make room and send the block again")
  }

  private static func sequenceGap(_ request: AppendRequest, expected: UInt64) -> StorageError {
    StorageError(
      .sequenceGap(expected: expected),
      "sequence gap: block \(request.sequence) of epoch \(request.epoch) came, block \(expected) is expected; send it "
        + "first")
  }

  private static func staleEpoch(_ request: AppendRequest, current: UInt64) -> StorageError {
    StorageError(
      .staleEpoch,
      "stale epoch \(request.epoch): another life of this producer has taken over with epoch \(current); stop sending, "
        + "or start again with a higher epoch")
  }
}
