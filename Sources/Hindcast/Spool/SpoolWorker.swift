internal import HindcastFormat

/// The spool's work, a step at a time: writes blocks, reads them back when it is their turn, notes what is settled, and
/// takes over what other processes left. Held by one thread, so that neither the encoder nor a task ever waits for a disk.
///
/// **Why every block is at the server once.** A number (producer, epoch, sequence) never stands for two blocks, and a block
/// gets a second number only after the server has refused the first for good:
///
/// 1. A producer is made up by one process, at random, when it begins a spool, and only that process gives numbers to new
///    blocks under it. Whoever adopts the spool later sends what it finds there under the numbers it finds, and adds
///    nothing. So a block may be sent before it is on disk, or before it is written at all: killed in between, the number
///    is the server's or nobody's, and never used again.
/// 2. The block of index `i` has sequence `i - firstIndex + 1` in the present epoch. A new epoch begins only when the
///    server says that a block is not stored under its number, and then nothing behind it is stored either. It is on disk
///    (`recordedEpoch`) before anything is sent under it; else a process that adopts the spool would send the same blocks
///    under the old numbers, which the server has never seen. Whoever adopts writes what it knows to a new file first:
///    it may have read it from the system's memory, not from the disk.
/// 3. A block that can't be read leaves no gap: a report goes out under its number (`HoleReport`), and the server decides
///    which of the two it has. Without that a gap would be refused, and what stands behind it be sent under a new epoch
///    while the dead process's own sending of it may still arrive under the old one.
/// 4. Files go only once a mark on disk says that their blocks are settled. A mark that is older than the truth means that
///    blocks are sent again, under their numbers, and answered as duplicates.
/// 5. A spool is locked by one process at a time (`flock`), which ends with the process whatever ends it.
///
/// The server must still know the producer; if it has forgotten it (it remembers 100,000), what was stored and not
/// acknowledged is stored twice, as without a spool.
final class SpoolWorker {
  private let directory: String
  private let fileBytes: Int
  private let disk: any SpoolDisk
  private let outbox: Outbox
  private let warn: @Sendable (String) -> Void
  private var spools: [Int: SpoolFiles] = [:]
  /// The queue that new blocks go to; nil: the disk has failed.
  private var openNumber: Int?
  private var partial: Set<Int> = []
  private var failedReads: [ProducerID: Int] = [:]
  private var warned: Set<ProducerID> = []
  private var foreignBytes = 0
  private var nextScan: UInt64 = 0
  private var nextOpening: UInt64 = 0
  private var nextRecording: UInt64 = 0

  /// The outbox has a spool; its directory and files are made when they are needed.
  init(
    directory: String, fileBytes: Int, _ disk: any SpoolDisk, _ outbox: Outbox,
    warn: @escaping @Sendable (String) -> Void
  ) {
    self.directory = directory
    self.fileBytes = fileBytes
    self.disk = disk
    self.outbox = outbox
    self.warn = warn
    openNumber = outbox.change { state in
      state.openQueue.map { state.queues[$0].number }
    }
  }

  /// Does what there is to do. Returns when to come back even if nothing has changed, by `MonotonicClock`.
  func step(now: UInt64) -> UInt64 {
    if now >= nextScan {
      nextScan = now + SpoolLimits.scanNanoseconds
      adoptAbandoned()
    }
    if openNumber == nil, now >= nextOpening { reopen(now) }
    recordEpochs(now)
    readBack()
    let hasMore = write(now)
    settle(now)
    if hasMore { return now }
    let opening = openNumber == nil ? nextOpening : UInt64.max
    return min(nextScan, opening, nextRecording > now ? nextRecording : .max)
  }

  /// Writes what is left, and lets go of everything. What is settled is removed, the rest is for whoever comes next.
  func finish(now: UInt64) {
    while write(now) {}
    nextRecording = 0
    recordEpochs(now)
    settle(now)
    for view in outbox.spoolViews where view.isOpen && view.isEmpty {
      guard let files = spools[view.number] else { continue }
      try? files.record(view.mark, durably: true)
      try? files.removeAll()
    }
    spools = [:]
  }

  // MARK: Writing

  /// Returns whether there may be more.
  private func write(_ now: UInt64) -> Bool {
    guard let number = openNumber else { return false }
    let (writes, durableIndex) = outbox.takeUnwritten(number, bytesMax: SpoolLimits.batchBytesMax)
    if writes.isEmpty { return false }
    do throws(SpoolError) {
      let files = try self.files(number)
      let places = try files.append(writes, durableIndex: durableIndex)
      try files.sync()
      outbox.becameDurable(number, places, usedBytes: usedBytes)
      return true
    } catch {
      close(number, now, error)
      return false
    }
  }

  private func files(_ number: Int) throws(SpoolError) -> SpoolFiles {
    if let files = spools[number] { return files }
    guard let producer = outbox.spoolViews.first(where: { $0.number == number })?.producer else {
      throw SpoolError(path: directory, operation: "open", reason: "nobody writes to it")
    }
    let files = try SpoolFiles(creatingIn: directory, producer, disk, fileBytes: fileBytes)
    spools[number] = files
    return files
  }

  private func close(_ number: Int, _ now: UInt64, _ error: SpoolError) {
    spools[number]?.seal()
    openNumber = nil
    nextOpening = now + SpoolLimits.retryNanoseconds
    outbox.change { $0.closeSpool(number) }
    warn("the spool is off, new events wait in memory only: \(error); it is tried again in 30 seconds")
  }

  /// Under a new producer, in new files: nothing is trusted that an error left behind.
  private func reopen(_ now: UInt64) {
    nextOpening = now + SpoolLimits.retryNanoseconds
    guard outbox.spoolViews.count(where: { !$0.isOpen && !$0.isAdopted }) < SpoolLimits.closedMax else { return }
    var random = SystemRandomNumberGenerator()
    let producer = ProducerID(low: random.next(), high: random.next())
    let epoch = UInt64(max(1, Timestamp.now.microsecondsSince1970))
    do throws(SpoolError) {
      let files = try SpoolFiles(creatingIn: directory, producer, disk, fileBytes: fileBytes)
      try files.record(ProgressMark(epoch: epoch, firstIndex: 1, settledIndex: 0, durableIndex: 0), durably: true)
      let number = outbox.change { $0.openSpool(producer: producer, epoch: epoch) }
      spools[number] = files
      openNumber = number
      warn("the spool is on again: \(files.path)")
    } catch {
      warn("the spool stays off, new events wait in memory only: \(error)")
    }
  }

  private var usedBytes: Int { spools.values.reduce(foreignBytes) { $0 + $1.byteCount } }

  // MARK: Reading

  private func readBack() {
    for view in outbox.spoolViews {
      let reads = outbox.takeWanted(view.number, bytesMax: SpoolLimits.batchBytesMax)
      if reads.isEmpty { continue }
      var outcomes: [SpoolOutcome] = []
      var damaged: (count: Int, first: String)?
      for read in reads {
        switch self.read(read, view) {
        case .success(let held): outcomes.append(SpoolOutcome(index: read.block.index, held: held))
        case .failure(let damage):
          if let place = read.block.place {
            let name = "\(spools[view.number]?.path ?? directory)/\(SpoolNames.File.blocks(place.file).name)"
            damaged = ((damaged?.count ?? 0) + 1, damaged?.first ?? "\(name), offset \(place.offset)")
          }
          outcomes.append(
            SpoolOutcome(index: read.block.index, held: HoleReport.block(damage.loss), loss: damage.loss))
        }
      }
      outbox.wereRead(view.number, outcomes)
      if let damaged {
        warn("the spool is damaged: \(damaged.count) blocks can't be read, the first in \(damaged.first)")
      }
    }
  }

  private func read(_ read: SpoolRead, _ view: OutboxState.SpoolView) -> Result<HeldBlock, DamagedFrame> {
    let block = read.block
    let unknown = LostRows(
      stream: nil, reason: .spoolDamaged, rows: block.isReport ? 0 : Int(block.rowCount), bytes: Int(block.byteCount),
      times: nil)
    guard let place = block.place, let files = spools[view.number] else {
      return .failure(DamagedFrame(loss: read.loss ?? unknown))
    }
    for _ in 1...SpoolLimits.readAttemptsMax {
      guard let bytes = try? files.read(place, byteCount: Int(block.byteCount)) else { continue }
      return SpoolFrame.block(
        bytes, view.producer, file: place.file, index: block.index, expectedRows: unknown.rows)
    }
    return .failure(DamagedFrame(loss: unknown))
  }

  // MARK: Progress

  /// Blocks that are held back for a new epoch come first: they can't be sent before.
  private func recordEpochs(_ now: UInt64) {
    guard now >= nextRecording else { return }
    for view in outbox.spoolViews where view.isHeld {
      // Nothing of this producer is on disk, so that nobody will ever look for its epoch there.
      guard let files = spools[view.number] else {
        outbox.change { $0.recordedEpoch(view.number, view.epoch) }
        continue
      }
      do throws(SpoolError) {
        try files.record(view.mark, durably: true)
        outbox.change { $0.recordedEpoch(view.number, view.epoch) }
      } catch {
        nextRecording = now + SpoolLimits.retryNanoseconds / 30
        warn("blocks of the spool wait until the disk takes a mark of 128 bytes: \(error)")
      }
    }
  }

  private func settle(_ now: UInt64) {
    var hasRemoved = false
    for view in outbox.spoolViews {
      guard let files = spools[view.number] else {
        // It failed before it had a file.
        if view.isEmpty, !view.isOpen { outbox.change { $0.remove(view.number) } }
        continue
      }
      if view.isHeld { continue }
      do throws(SpoolError) {
        if view.isEmpty, !view.isOpen {
          try removeFiles(files, view)
          spools[view.number] = nil
          outbox.change { $0.remove(view.number) }
          hasRemoved = true
          continue
        }
        let removes = files.hasSettledFiles(view.settledIndex)
        if files.recorded != view.mark || removes { try files.record(view.mark, durably: removes) }
        if removes {
          try files.removeSettled(view.settledIndex)
          hasRemoved = true
        }
      } catch {
        nextRecording = now + SpoolLimits.retryNanoseconds / 30
      }
    }
    if hasRemoved { outbox.measured(usedBytes: usedBytes) }
  }

  private func removeFiles(_ files: SpoolFiles, _ view: OutboxState.SpoolView) throws(SpoolError) {
    try files.record(view.mark, durably: true)
    // There may be more in them than was taken: whoever looks next goes on from here.
    if partial.remove(view.number) == nil { try files.removeAll() }
  }

  // MARK: Adopting

  private func adoptAbandoned() {
    let names = (try? disk.list(directory)) ?? []
    let own = Set(spools.values.map(\.producer))
    var foreign = 0
    for name in names {
      guard let producer = SpoolNames.producer(directory: name), !own.contains(producer) else { continue }
      let path = "\(directory)/\(name)"
      do throws(SpoolError) {
        let isRoomLeft = outbox.spoolViews.count(where: \.isAdopted) < SpoolLimits.adoptedMax
        if isRoomLeft, let lock = try lock(path) {
          try adopt(path, producer, lock)
        } else {
          foreign += byteCount(path)
        }
      } catch {
        foreign += byteCount(path)
        guard warned.insert(producer).inserted else { continue }
        warn("a spool that was left can't be taken over: \(error); it is tried again")
      }
    }
    foreignBytes = foreign
    outbox.measured(usedBytes: usedBytes)
  }

  /// nil: a process that lives holds it, or there is nothing.
  private func lock(_ path: String) throws(SpoolError) -> (any SpoolLock)? {
    let names: [String]
    do throws(SpoolError) { names = try disk.list(path) } catch  where error.isAbsence { return nil }
    if names.isEmpty {
      // Begun or removed, but not to the end.
      try? disk.removeDirectory(path)
      return nil
    }
    return try disk.lock("\(path)/\(SpoolNames.lock)", creates: !names.contains(SpoolNames.lock))
  }

  private func adopt(_ path: String, _ producer: ProducerID, _ lock: any SpoolLock) throws(SpoolError) {
    let attempts = failedReads[producer] ?? 0
    let recovered: RecoveredSpool
    do throws(SpoolError) {
      recovered = try SpoolScan.recover(
        disk, path, producer, toleratesErrors: attempts >= SpoolLimits.readAttemptsMax)
    } catch {
      failedReads[producer] = attempts + 1
      throw error
    }
    let files = SpoolFiles(adopting: recovered, path, lock, disk)
    if recovered.blocks.isEmpty, !recovered.isPartial { return try files.removeAll() }
    try files.record(
      ProgressMark(
        epoch: recovered.epoch, firstIndex: recovered.firstIndex, settledIndex: recovered.settledIndex,
        durableIndex: recovered.durableIndex), durably: true)
    let number = outbox.change { $0.adopt(recovered) }
    spools[number] = files
    if recovered.isPartial { partial.insert(number) }
    failedReads[producer] = nil
    for warning in recovered.warnings.prefix(Self.warningsMax) { warn(warning) }
  }

  private static let warningsMax = 16

  private func byteCount(_ path: String) -> Int {
    let names = (try? disk.list(path)) ?? []
    return names.reduce(0) { $0 + ((try? disk.byteCount("\(path)/\($1)")) ?? 0) }
  }
}

/// What became of a block that was to be read: in memory again, or lost, with a report in its place.
struct SpoolOutcome: Sendable {
  var index: UInt64
  var held: HeldBlock
  var loss: LostRows?
}
