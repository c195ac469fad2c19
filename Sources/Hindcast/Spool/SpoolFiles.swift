internal import HindcastFormat

/// The files of one producer in the spool: those of a process that lives, which it adds to, or those of one that is gone.
/// Held by one thread at a time.
///
/// After a write or an fsync that failed nothing is added to the file: a file of blocks is sealed, and progress goes on in
/// a new file.
final class SpoolFiles {
  /// A file of blocks that nothing is added to.
  struct Finished: Sendable {
    var number: UInt32
    var byteCount: Int
    /// Of the blocks in it.
    var lastIndex: UInt64
  }

  private struct Open {
    var file: any SpoolFile
    var info: Finished
  }

  private struct Progress {
    var file: any SpoolFile
    var number: UInt32
    /// Where the next mark goes: not to the place of the one that is on disk for certain.
    var place = 0
  }

  let path: String
  let producer: ProducerID
  private let disk: any SpoolDisk
  private let fileBytes: Int
  private let lock: any SpoolLock
  private var finished: [Finished] = []
  private var open: Open?
  private var isSealed = false
  private var progress: Progress?
  private var progressFiles: [UInt32] = []
  private var lastNumber: UInt32 = 0
  /// Files were created whose names are not durable yet.
  private var hasNewNames = false
  private(set) var recorded: ProgressMark?
  private var reading: (number: UInt32, file: any SpoolFile)?
  private var scratch: [UInt8] = []

  /// For a new producer.
  init(creatingIn directory: String, _ producer: ProducerID, _ disk: any SpoolDisk, fileBytes: Int) throws(SpoolError) {
    self.producer = producer
    self.disk = disk
    self.fileBytes = fileBytes
    path = "\(directory)/\(SpoolNames.directory(producer))"
    try disk.makeDirectory(directory)
    // Who looks for spools that were left may take an empty directory for one and remove it.
    var held: (any SpoolLock)?
    for attempt in 1...3 where held == nil {
      do throws(SpoolError) {
        try disk.makeDirectory(path)
        held = try disk.lock("\(path)/\(SpoolNames.lock)", creates: true)
      } catch {
        if attempt == 3 || !error.isAbsence { throw error }
      }
    }
    guard let held else { throw SpoolError(path: path, operation: "lock", reason: "another process holds it") }
    lock = held
    try disk.syncDirectory(path)
    try disk.syncDirectory(directory)
  }

  /// Those that another process left. Its lock is ours.
  init(adopting recovered: RecoveredSpool, _ path: String, _ lock: any SpoolLock, _ disk: any SpoolDisk) {
    producer = recovered.producer
    self.disk = disk
    fileBytes = 0
    self.path = path
    self.lock = lock
    finished = recovered.files
    progressFiles = recovered.progressFiles
    lastNumber = (recovered.files.map(\.number) + recovered.progressFiles).max() ?? 0
    isSealed = true
  }

  var byteCount: Int { finished.reduce(open?.info.byteCount ?? 0) { $0 + $1.byteCount } }

  // MARK: Blocks

  /// Appends the blocks; on disk they are after `sync`. Returns where they stand.
  func append(
    _ writes: [SpoolWrite], durableIndex: UInt64
  ) throws(SpoolError) -> [(index: UInt64, place: SpoolPlace)] {
    if isSealed { throw SpoolError(path: path, operation: "write", reason: "the files were closed after an error") }
    var places: [(index: UInt64, place: SpoolPlace)] = []
    do throws(SpoolError) {
      for write in writes {
        if scratch.count >= Self.writeBytesMax { try flush() }
        if let info = open?.info, info.byteCount + scratch.count >= fileBytes {
          try flush()
          try open?.file.sync()
          finish()
        }
        if open == nil { try createFile() }
        let offset = open!.info.byteCount + scratch.count
        SpoolFrame.append(write, producer, file: open!.info.number, durableIndex: durableIndex, to: &scratch)
        open!.info.lastIndex = write.index
        places.append((write.index, SpoolPlace(file: open!.info.number, offset: UInt32(offset))))
      }
      try flush()
      return places
    } catch {
      seal()
      throw error
    }
  }

  private static let writeBytesMax = 1 << 20

  private func flush() throws(SpoolError) {
    guard !scratch.isEmpty, let present = open else { return }
    try present.file.write(scratch, at: present.info.byteCount)
    open!.info.byteCount += scratch.count
    scratch.removeAll(keepingCapacity: scratch.capacity <= 2 * Self.writeBytesMax)
  }

  /// Makes everything appended so far durable.
  func sync() throws(SpoolError) {
    do throws(SpoolError) {
      try open?.file.sync()
      if hasNewNames { try disk.syncDirectory(path) }
      hasNewNames = false
    } catch {
      seal()
      throw error
    }
  }

  private func createFile() throws(SpoolError) {
    let number = try nextNumber()
    let file = try disk.create("\(path)/\(SpoolNames.File.blocks(number).name)")
    hasNewNames = true
    open = Open(file: file, info: Finished(number: number, byteCount: 0, lastIndex: 0))
  }

  private func finish() {
    if let info = open?.info { finished.append(info) }
    open = nil
  }

  /// Nothing is added any more. What is there can be read and removed.
  func seal() {
    isSealed = true
    scratch = []
    finish()
  }

  private func nextNumber() throws(SpoolError) -> UInt32 {
    guard lastNumber < .max else { throw SpoolError(path: path, operation: "create", reason: "no numbers are left") }
    lastNumber += 1
    return lastNumber
  }

  /// The frame of a block; what is missing of it is missing at the end of the file.
  func read(_ place: SpoolPlace, byteCount: Int) throws(SpoolError) -> [UInt8] {
    let file: any SpoolFile
    if let reading, reading.number == place.file {
      file = reading.file
    } else {
      file = try disk.open("\(path)/\(SpoolNames.File.blocks(place.file).name)")
      reading = (place.file, file)
    }
    do throws(SpoolError) {
      return try file.read(at: Int(place.offset), count: FrameHeader.byteCount + byteCount)
    } catch {
      reading = nil
      throw error
    }
  }

  /// Whether files can go once everything up to this block is settled.
  func hasSettledFiles(_ settledIndex: UInt64) -> Bool {
    if finished.contains(where: { $0.lastIndex <= settledIndex }) { return true }
    // A large file of an idle process need not wait for its successor.
    return (open?.info).map { $0.lastIndex <= settledIndex && $0.byteCount > fileBytes / 4 } ?? false
  }

  /// Removes files whose blocks are all settled, which a mark on disk must say: else they would be missed.
  func removeSettled(_ settledIndex: UInt64) throws(SpoolError) {
    if let info = open?.info, info.lastIndex <= settledIndex, info.byteCount > fileBytes / 4 { finish() }
    while let index = finished.firstIndex(where: { $0.lastIndex <= settledIndex }) {
      if reading?.number == finished[index].number { reading = nil }
      try removeFile(.blocks(finished[index].number))
      finished.remove(at: index)
    }
  }

  private func removeFile(_ file: SpoolNames.File) throws(SpoolError) {
    do throws(SpoolError) {
      try disk.remove("\(path)/\(file.name)")
    } catch  where error.isAbsence {
      return
    }
  }

  // MARK: Progress

  /// Writes the mark, and makes it durable if asked to. A mark that is not may be lost with the power; the one before it
  /// stands.
  func record(_ mark: ProgressMark, durably: Bool) throws(SpoolError) {
    do throws(SpoolError) {
      if let present = progress {
        try present.file.write(
          mark.bytes(producer, file: present.number), at: present.place * ProgressMark.placeByteCount)
        if durably {
          try present.file.sync()
          progress!.place = 1 - present.place
        }
      } else {
        try beginProgress(mark)
      }
      recorded = mark
    } catch {
      progress = nil
      throw error
    }
  }

  /// A new file, at once durable: those before it go.
  private func beginProgress(_ mark: ProgressMark) throws(SpoolError) {
    let number = try nextNumber()
    let file = try disk.create("\(path)/\(SpoolNames.File.progress(number).name)")
    progressFiles.append(number)
    try file.write(mark.bytes(producer, file: number), at: 0)
    try file.sync()
    try disk.syncDirectory(path)
    hasNewNames = false
    progress = Progress(file: file, number: number, place: 1)
    while let old = progressFiles.first, old != number {
      try removeFile(.progress(old))
      progressFiles.removeFirst()
    }
  }

  /// Removes all files and the directory: everything is settled. Blocks go first, so that no mark is missed.
  func removeAll() throws(SpoolError) {
    seal()
    reading = nil
    try removeSettled(.max)
    try disk.syncDirectory(path)
    progress = nil
    while let number = progressFiles.first {
      try removeFile(.progress(number))
      progressFiles.removeFirst()
    }
    do throws(SpoolError) {
      try disk.remove("\(path)/\(SpoolNames.lock)")
    } catch  where error.isAbsence {}
    // If somebody has put something else there, so be it.
    try? disk.removeDirectory(path)
  }
}
