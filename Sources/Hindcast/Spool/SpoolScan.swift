internal import HindcastFormat

/// What a process left in its spool, as the next one finds it.
struct RecoveredSpool: Sendable {
  var producer: ProducerID
  var epoch: UInt64
  var firstIndex: UInt64
  var settledIndex: UInt64
  var durableIndex: UInt64
  /// From `settledIndex + 1` on, without gaps: what is lost is there as a hole.
  var blocks: [QueuedBlock] = []
  /// What is known of the holes.
  var losses: [UInt64: LostRows] = [:]
  var files: [SpoolFiles.Finished] = []
  var progressFiles: [UInt32] = []
  /// Whether there is more than is taken at a time.
  var isPartial = false
  /// For the log; each names the file.
  var warnings: [String] = []
}

/// Reads the files of one producer. Only headers are read; a payload is checked when it is its turn to be sent.
///
/// A torn tail is what was being written when the process was killed or the power went: bytes at the end of a file that
/// are no whole frame, of blocks that never counted as spooled. Whatever else is no frame is damage: only those frames are
/// lost, since the next one is found by its header's magic and checksum.
struct SpoolScan {
  private let disk: any SpoolDisk
  private let path: String
  private let producer: ProducerID
  /// Bytes that the disk fails to give count as damaged.
  private let toleratesErrors: Bool

  private var mark = ProgressMark(epoch: 0, firstIndex: 1, settledIndex: 0, durableIndex: 0)
  private var frames: [UInt64: QueuedBlock] = [:]
  /// Frames whose header stands and whose payload does not.
  private var cut: [UInt64: LostRows] = [:]
  private var files: [SpoolFiles.Finished] = []
  private var progressFiles: [UInt32] = []
  private var badRanges: [BadRange] = []

  private struct BadRange {
    var file: UInt32
    var bytes: Range<Int>
    var isTail: Bool
  }

  static func recover(
    _ disk: any SpoolDisk, _ path: String, _ producer: ProducerID, toleratesErrors: Bool = false
  ) throws(SpoolError) -> RecoveredSpool {
    var scan = SpoolScan(disk: disk, path: path, producer: producer, toleratesErrors: toleratesErrors)
    for name in try disk.list(path).sorted() {
      switch SpoolNames.File(name: name) {
      case .blocks(let number): try scan.readBlocks(name, number)
      case .progress(let number): try scan.readProgress(name, number)
      case nil: break
      }
    }
    return scan.result
  }

  private init(disk: any SpoolDisk, path: String, producer: ProducerID, toleratesErrors: Bool) {
    self.disk = disk
    self.path = path
    self.producer = producer
    self.toleratesErrors = toleratesErrors
  }

  private mutating func readProgress(_ name: String, _ number: UInt32) throws(SpoolError) {
    progressFiles.append(number)
    let file = try disk.open("\(path)/\(name)")
    for place in 0..<ProgressMark.placeCount {
      let bytes = try read(file, at: place * ProgressMark.placeByteCount, count: FrameHeader.byteCount)
      if let found = ProgressMark(bytes, producer, file: number) { mark.join(found) }
    }
  }

  private func read(_ file: any SpoolFile, at offset: Int, count: Int) throws(SpoolError) -> [UInt8] {
    do throws(SpoolError) {
      return try file.read(at: offset, count: count)
    } catch {
      guard toleratesErrors else { throw error }
      return Array(repeating: 0, count: count)
    }
  }

  private mutating func readBlocks(_ name: String, _ number: UInt32) throws(SpoolError) {
    let file = try disk.open("\(path)/\(name)")
    let byteCount = try file.byteCount()
    var finished = SpoolFiles.Finished(number: number, byteCount: byteCount, lastIndex: 0)
    var offset = 0
    while offset < byteCount {
      let bytes = try read(file, at: offset, count: FrameHeader.byteCount)
      if let header = SpoolFrame.header(bytes[...], producer, file: number) {
        note(header, number, offset, byteCount)
        finished.lastIndex = max(finished.lastIndex, header.position)
        offset += header.frameByteCount
        continue
      }
      let next = try nextFrame(in: file, number, from: offset + FrameHeader.alignment, byteCount)
      badRanges.append(BadRange(file: number, bytes: offset..<(next ?? byteCount), isTail: next == nil))
      offset = next ?? byteCount
      // What can't be read stays until everything else is settled.
      if next != nil { finished.lastIndex = .max }
    }
    files.append(finished)
  }

  private mutating func note(_ header: FrameHeader, _ file: UInt32, _ offset: Int, _ byteCount: Int) {
    mark.join(
      ProgressMark(
        epoch: header.epoch, firstIndex: header.position - header.sequence + 1, settledIndex: 0,
        durableIndex: header.durablePosition))
    if offset + FrameHeader.byteCount + Int(header.payloadLength) > byteCount {
      cut[header.position] = SpoolFrame.loss(header, stream: nil)
      badRanges.append(BadRange(file: file, bytes: offset..<byteCount, isTail: true))
    } else if frames[header.position] == nil, offset <= Int(UInt32.max) {
      frames[header.position] = QueuedBlock(
        index: header.position, rowCount: header.rows, byteCount: header.payloadLength,
        isReport: header.kind == EventKind.loss.rawValue, place: SpoolPlace(file: file, offset: UInt32(offset)))
    }
  }

  /// Where the next frame begins; nil: there is none.
  private func nextFrame(
    in file: any SpoolFile, _ number: UInt32, from start: Int, _ byteCount: Int
  ) throws(SpoolError) -> Int? {
    var start = start
    while start < byteCount {
      // With the whole of a header that begins at the end of the stretch.
      let bytes = try read(file, at: start, count: Self.stretchBytes + FrameHeader.byteCount)
      for offset in stride(from: 0, to: min(Self.stretchBytes, bytes.count), by: FrameHeader.alignment)
      where bytes[offset] == UInt8(truncatingIfNeeded: FrameHeader.magic)
        && SpoolFrame.header(bytes[offset...], producer, file: number) != nil
      { return start + offset }
      start += Self.stretchBytes
    }
    return nil
  }

  private static let stretchBytes = 64 << 10

  private var result: RecoveredSpool {
    // A run of numbers began behind what was settled then.
    let settled = max(mark.settledIndex, mark.firstIndex - 1)
    var recovered = RecoveredSpool(
      producer: producer, epoch: max(mark.epoch, 1), firstIndex: mark.firstIndex, settledIndex: settled,
      durableIndex: mark.durableIndex, files: files, progressFiles: progressFiles)
    let last = max(mark.durableIndex, frames.keys.max() ?? 0)
    var index = settled
    while index < last {
      index += 1
      if recovered.losses.count >= SpoolLimits.holesMax || recovered.blocks.count >= SpoolLimits.blocksMax {
        recovered.isPartial = true
        break
      }
      if let block = frames[index] {
        recovered.blocks.append(block)
      } else {
        let loss = cut[index] ?? LostRows(stream: nil, reason: .spoolDamaged, rows: 0, bytes: 0, times: nil)
        recovered.losses[index] = loss
        recovered.blocks.append(QueuedBlock(hole: index, rowCount: loss.rows))
      }
    }
    recovered.warnings = warnings(recovered)
    return recovered
  }

  private func warnings(_ recovered: RecoveredSpool) -> [String] {
    let bad = badRanges.filter { !$0.isTail || !recovered.losses.isEmpty }
    var warnings = bad.map { range in
      let name = SpoolNames.File.blocks(range.file).name
      return "spool file \(path)/\(name): bytes \(range.bytes.lowerBound) to \(range.bytes.upperBound) are damaged"
    }
    if let first = recovered.losses.keys.min() {
      warnings.append(
        "spool \(path): \(recovered.losses.count) blocks are missing, the first is number \(first); a report of each "
          + "goes to the server, unless it has the block already")
    }
    return warnings
  }
}
