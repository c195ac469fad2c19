internal import HindcastFormat

/// Keeps room ready before it is needed: the next segment's file, filled with zeros so that a group's fsync need not also
/// store a new length and new extents (measured: twice the bytes a second), and the reserve, a file whose only purpose is to
/// be given up, so that a full disk keeps nobody from sealing, opening and deleting.
///
/// On a thread of its own, since filling takes long. Nothing here holds an event, so no failure matters: a segment that
/// could not be prepared grows as it is written.
final class SpaceUpkeep: Sendable {
  fileprivate struct State {
    var hasSegment = false
    var hasReserve = false
    var wantsSegment = false
    var wantsReserve = false
    /// What the thread is at. Who asks for it meanwhile gets it: made twice, the second would take the name from under
    /// whoever had taken the first.
    var job: Job?
    var isStopped = false
  }

  fileprivate enum Job { case segment, reserve, end }

  private let directory: DataDirectory
  private let options: LogStoreOptions
  private let state: Monitor<State>
  private let thread: DedicatedThread?

  /// Takes over what an earlier process left. The caller holds the directory's lock.
  init(_ directory: DataDirectory, _ options: LogStoreOptions) throws(StorageError) {
    self.directory = directory
    self.options = options
    var state = State()
    state.hasReserve = try Self.takeOver(directory.reservePath, byteCount: options.reserveBytes, directory)
    state.hasSegment = try Self.takeOver(directory.preparedPath, byteCount: options.segmentBytesMax, directory)
    if options.preparation == .off { state.hasSegment = false }
    let monitor = Monitor(state)
    self.state = monitor
    thread =
      options.preparation != .background
      ? nil
      : DedicatedThread {
        while true {
          let job = monitor.wait { $0.takeJob() }
          if job == .end { return }
          Self.run(job, directory, options, monitor)
        }
      }
  }

  deinit { stop() }

  /// A file of another size, or one that was not finished, is of no use.
  private static func takeOver(
    _ path: String, byteCount: Int, _ directory: DataDirectory
  ) throws(StorageError) -> Bool {
    try onDisk { () throws(DiskError) in
      let unfinished = path + FileNames.temporarySuffix
      if try directory.disk.status(unfinished) != nil { try directory.disk.remove(unfinished) }
      guard let status = try directory.disk.status(path) else { return false }
      if status.byteCount == UInt64(byteCount) { return true }
      try directory.disk.remove(path)
      return false
    }
  }

  // MARK: What the journal asks for

  /// The next segment will be wanted before long.
  func prepareSegment() {
    want { state in
      if !state.hasSegment, state.job != .segment { state.wantsSegment = true }
    }
  }

  /// Whether `directory.preparedPath` is a file of zeros that is on disk; if so it is the caller's from now on.
  func takeSegment() -> Bool {
    state.withLock { state in
      defer { state.hasSegment = false }
      return state.hasSegment
    }
  }

  /// There is room on the disk.
  func makeReserve() {
    want { state in
      if !state.hasReserve, state.job != .reserve, options.reserveBytes > 0 { state.wantsReserve = true }
    }
  }

  /// What a reserve would take that is not there; 0 where none is kept.
  var missingReserveByteCount: UInt64 {
    options.preparation == .off || state.withLock({ $0.hasReserve }) ? 0 : UInt64(options.reserveBytes)
  }

  /// The disk is full: gives up the reserve. false: there is none.
  func giveUpReserve() -> Bool {
    let hadReserve = state.withLock { state in
      defer { state.hasReserve = false }
      return state.hasReserve
    }
    return hadReserve && (try? directory.disk.remove(directory.reservePath)) != nil
  }

  /// The disk is getting full: gives up the prepared segment.
  func giveUpSegment() {
    if takeSegment() { try? directory.disk.remove(directory.preparedPath) }
  }

  func stop() {
    let wasRunning = state.signal { state in
      defer { state.isStopped = true }
      return !state.isStopped
    }
    if wasRunning { thread?.join() }
  }

  private func want(_ change: (inout State) -> Void) {
    if options.preparation == .off { return }
    state.signal { change(&$0) }
    guard options.preparation == .inline else { return }
    while let job = state.withLock({ $0.takeJob() }), job != .end { Self.run(job, directory, options, state) }
  }

  // MARK: Doing it

  private static func run(_ job: Job, _ directory: DataDirectory, _ options: LogStoreOptions, _ state: Monitor<State>) {
    switch job {
    case .end: return
    case .segment:
      let isDone = fill(
        directory.preparedPath, options.segmentBytesMax, in: directory.journalPath, directory, options, state)
      state.withLock {
        $0.hasSegment = isDone
        $0.job = nil
      }
    case .reserve:
      let isDone = fill(directory.reservePath, options.reserveBytes, in: directory.path, directory, options, state)
      state.withLock {
        $0.hasReserve = isDone
        $0.job = nil
      }
    }
  }

  private static let syncBytes = 64 << 20

  /// The file has its name only once all of it is on disk.
  private static func fill(
    _ path: String, _ byteCount: Int, in folder: String, _ directory: DataDirectory, _ options: LogStoreOptions,
    _ state: Monitor<State>
  ) -> Bool {
    let disk = directory.disk
    let temporary = path + FileNames.temporarySuffix
    do throws(DiskError) {
      guard try disk.freeBytes(folder) >= options.freeBytesMin + UInt64(byteCount) else { return false }
      let file = try disk.open(temporary, .replace)
      let zeros = [UInt8](repeating: 0, count: min(byteCount, 1 << 20))
      var offset = 0
      while offset < byteCount {
        if state.withLock({ $0.isStopped }) { break }
        let count = min(zeros.count, byteCount - offset)
        try file.write(count == zeros.count ? zeros : Array(zeros[..<count]), at: UInt64(offset))
        offset += count
        // Piece by piece: a group's fsync would wait behind all that is dirty by then.
        if offset % syncBytes == 0 { try file.sync() }
      }
      guard offset == byteCount else {
        try disk.remove(temporary)
        return false
      }
      try file.sync()
      try disk.rename(temporary, to: path)
      try disk.syncDirectory(folder)
      return true
    } catch {
      try? disk.remove(temporary)
      return false
    }
  }
}

extension SpaceUpkeep.State {
  fileprivate mutating func takeJob() -> SpaceUpkeep.Job? {
    if isStopped { return .end }
    if wantsReserve {
      wantsReserve = false
      job = .reserve
      return .reserve
    }
    if wantsSegment {
      wantsSegment = false
      job = .segment
      return .segment
    }
    return nil
  }
}
