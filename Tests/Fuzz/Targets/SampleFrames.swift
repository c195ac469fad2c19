internal import HindcastFormat

/// The frames and files of a small log, put together from the format alone: the same bytes on every machine.
enum SampleFrames {
  static let types: [FrameHeader.FrameType] = [.fileHeader, .block, .footer, .manifestEdit, .mark]
  static let logID = LogID(bytes: (0..<16).map { UInt8($0 + 1) })!
  static let producer = ProducerID(low: 0x1111, high: 0x2222)

  static func fileHeader(firstPosition: UInt64) -> FileHeader {
    FileHeader(logID: logID, created: 1_541_000_000_000_000, firstPosition: firstPosition, writer: "hindcast 1")
  }

  /// A frame with its padding.
  static func frame(
    _ type: FrameHeader.FrameType, fileID: UInt64, position: UInt64 = 0, lastPosition: UInt64? = nil,
    durablePosition: UInt64 = 0, producer: ProducerID = .none, epoch: UInt64 = 0, sequence: UInt64 = 0,
    rows: UInt32 = 0, payload: [UInt8]
  ) -> [UInt8] {
    let header = FrameHeader(
      type: type, payloadLength: UInt32(payload.count), segment: fileID, position: position,
      lastPosition: lastPosition ?? position, durablePosition: durablePosition, producer: producer, epoch: epoch,
      sequence: sequence, rows: rows, payloadHash: Checksum.xxh3(payload))
    var bytes: [UInt8] = []
    header.append(to: &bytes)
    bytes += payload
    return bytes + [UInt8](repeating: 0, count: header.frameByteCount - bytes.count)
  }

  static func fileHeaderFrame(fileID: UInt64, firstPosition: UInt64) -> [UInt8] {
    frame(
      .fileHeader, fileID: fileID, position: firstPosition, payload: fileHeader(firstPosition: firstPosition).packed())
  }

  /// A manifest of these edits.
  static func manifest(_ edits: [ManifestEdit]) -> [UInt8] {
    edits.reduce(fileHeaderFrame(fileID: 0, firstPosition: 0)) { bytes, edit in
      bytes
        + frame(
          .manifestEdit, fileID: 0, position: edit.compactedPosition, durablePosition: edit.compactedPosition,
          payload: edit.packed())
    }
  }

  /// An edit with something in every field.
  static func edit(_ number: UInt64) -> ManifestEdit {
    var edit = ManifestEdit(number: number, logID: logID, time: 1_541_000_000_000_000, compactedPosition: number + 2)
    edit.added = [
      ArchiveFile(
        name: "archive/fraud/2018-10-31-00000000000000\(number + 10).archive", model: "fraud", rows: 4, bytes: 1_000,
        firstPosition: 1, lastPosition: 3, minTime: 5, maxTime: 6, rowsHash: 7)
    ]
    edit.removed = ["archive/fraud/2018-10-30-0000000000000009.archive"]
    edit.releasedSegments = [number]
    edit.producers = [state(sequence: 3)]
    edit.gaps = [GapRecord(firstPosition: 2, lastPosition: 2, reason: "damaged")]
    edit.trimmed = [
      TrimRecord(model: "fraud", positions: 1...number, times: 5...6, rows: 2, bytes: 300),
      TrimRecord(model: nil, positions: 1...1, times: nil, rows: 1, bytes: 100),
    ]
    edit.cursors = [NamedCursor(name: "nightly", position: number, model: "fraud", time: 7)]
    edit.removedCursors = ["weekly"]
    edit.highestFileID = number + 20
    return edit
  }

  static func state(sequence: UInt64) -> ProducerState {
    ProducerState(
      producer: producer, epoch: 1, sequence: sequence, recentSequences: Array(1...sequence),
      recentPositions: Array(1...sequence))
  }

  static let footer: FileFooter = {
    var footer = FileFooter()
    footer.streams = [SampleBlocks.stream]
    footer.frames = (1...3).map { number in
      FrameEntry(
        offset: 192 * number, payloadLength: 60, stream: 0, position: number, lastPosition: number, rows: 2,
        minTime: -1, maxTime: 1, payloadHash: number)
    }
    footer.producers = [state(sequence: 3)]
    footer.contentHash = FileFooter.contentHash(of: footer.frames)
    footer.rows = 6
    return footer
  }()
}

extension SampleFrames {
  /// A segment: real blocks at ascending positions, and if sealed its footer and trailer.
  struct Segment {
    private(set) var bytes: [UInt8]
    private let fileID: UInt64
    private var footer = FileFooter()
    private var position: UInt64

    init(fileID: UInt64, firstPosition: UInt64) {
      self.fileID = fileID
      bytes = fileHeaderFrame(fileID: fileID, firstPosition: firstPosition)
      position = firstPosition
      footer.streams = [SampleBlocks.stream]
    }

    /// The entry that a footer has of a frame at the end of `bytes`.
    mutating func append(_ payload: [UInt8], rows: UInt32, sequence: UInt64) {
      footer.frames.append(
        FrameEntry(
          offset: UInt64(bytes.count), payloadLength: UInt32(payload.count), stream: 0, position: position,
          lastPosition: position, rows: rows, minTime: 0, maxTime: 0, payloadHash: Checksum.xxh3(payload)))
      bytes += frame(
        .block, fileID: fileID, position: position, durablePosition: position - 1, producer: producer, epoch: 1,
        sequence: sequence, rows: rows, payload: payload)
      footer.rows += UInt64(rows)
      position += 1
    }

    /// The footer as it would be written now.
    var ending: FileFooter {
      var footer = footer
      footer.contentHash = FileFooter.contentHash(of: footer.frames)
      let sequence = position - 1
      if sequence > 0 { footer.producers = [state(sequence: sequence)] }
      return footer
    }

    mutating func seal() { seal(with: ending.packed()) }

    /// As it stands while nothing is written.
    mutating func mark() {
      bytes += frame(.mark, fileID: fileID, position: position, durablePosition: position - 1, payload: [])
    }

    /// Ends the file with these bytes as its footer.
    mutating func seal(with footer: [UInt8]) {
      let offset = UInt64(bytes.count)
      bytes += frame(
        .footer, fileID: fileID, position: position - 1, durablePosition: position - 1, payload: footer)
      FileTrailer(footerOffset: offset).append(to: &bytes)
    }
  }

  /// `count` blocks of two rows each.
  static func segment(fileID: UInt64, firstPosition: UInt64, blocks count: Int, isSealed: Bool) throws -> Segment {
    var segment = Segment(fileID: fileID, firstPosition: firstPosition)
    for number in 0..<count {
      let first = Int(firstPosition) + number
      let block = try BlockEncoder(effort: .ingest, codec: .zlib).encode(
        SampleBlocks.predictions(2, first: first * 2))
      segment.append(block.bytes, rows: 2, sequence: UInt64(first))
    }
    if isSealed { segment.seal() }
    return segment
  }
}
