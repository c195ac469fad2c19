internal import HindcastFormat

/// Puts a log of several segments and a manifest together as an input tells, step by step, all checksums right: what frames
/// and files say of each other is the input's choice, and so are bytes that are no frames.
struct LogRecipe {
  private struct Segment {
    var id: UInt64
    var bytes: [UInt8]
    var footer = FileFooter()
  }

  private var input: FuzzInput
  private var segments: [Segment] = []
  private var edits: [ManifestEdit] = []
  /// Of the next block, if nothing else is told.
  private var position: UInt64 = 1
  private var sequence: UInt64 = 1

  init(_ input: FuzzInput) { self.input = input }

  private static let segmentsMax = 6
  private static let segmentBytesMax = 8_192
  private static let payloads: [[UInt8]] = (0..<4).map { number in
    let block = SampleBlocks.predictions(number + 1, first: number * 10)
    let encoded = accepted { () throws(FormatError) in try BlockEncoder(effort: .ingest, codec: .zlib).encode(block) }
    guard let encoded else { fatalError("a sample block cannot be encoded") }
    return encoded.bytes
  }

  /// Writes the files of the log.
  mutating func cook(into log: LogHarness) {
    beginSegment(id: 1, firstPosition: 1, logID: SampleFrames.logID)
    while !input.isAtEnd { step() }
    log.disk.put(LogHarness.manifestPath, SampleFrames.manifest(edits))
    for segment in segments { log.disk.put(LogHarness.segmentPath(segment.id), segment.bytes) }
  }

  private mutating func step() {
    switch input.byte() % 12 {
    case 0, 1: append()
    case 2: beginNextSegment()
    case 3: seal(withTrailer: true)
    case 4: appendFrame(.mark, position: position, durablePosition: position &- 1, payload: [])
    case 5: seal(withTrailer: false)
    case 6: appendBytes(input.take(Int(input.byte() & 63)))
    case 7: appendBytes([UInt8](repeating: 0, count: 8 * Int(1 + input.byte() & 15)))
    case 8: flip()
    case 9: truncate()
    case 10: skip()
    default: edit()
    }
  }

  // MARK: Frames

  /// A block whose durable position lags, leads or is what it should be.
  private mutating func append() {
    let how = input.byte()
    let durablePosition: UInt64 =
      switch how >> 2 & 3 {
      case 0: position &- 1
      case 1: position &- 2 &- UInt64(how >> 4)
      case 2: position &+ UInt64(how >> 4)
      default: input.edge()
      }
    append(Self.payloads[Int(how & 3)], rows: UInt32(how & 3) + 1, durablePosition: durablePosition)
  }

  private mutating func append(_ payload: [UInt8], rows: UInt32, durablePosition: UInt64) {
    let last = segments.count - 1
    let offset = segments[last].bytes.count
    appendFrame(
      .block, position: position, durablePosition: durablePosition, producer: SampleFrames.producer, rows: rows,
      payload: payload)
    segments[last].footer.frames.append(
      FrameEntry(
        offset: UInt64(offset), payloadLength: UInt32(payload.count), stream: 0, position: position,
        lastPosition: position, rows: rows, minTime: 0, maxTime: 0, payloadHash: Checksum.xxh3(payload)))
    segments[last].footer.rows += UInt64(rows)
    position &+= 1
    sequence += 1
  }

  private mutating func appendFrame(
    _ type: FrameHeader.FrameType, position: UInt64, durablePosition: UInt64, producer: ProducerID = .none,
    rows: UInt32 = 0, payload: [UInt8]
  ) {
    appendBytes(
      SampleFrames.frame(
        type, fileID: segments[segments.count - 1].id, position: position, durablePosition: durablePosition,
        producer: producer, epoch: producer == .none ? 0 : 1, sequence: producer == .none ? 0 : sequence, rows: rows,
        payload: payload))
  }

  private mutating func appendBytes(_ bytes: [UInt8]) {
    let last = segments.count - 1
    guard segments[last].bytes.count + bytes.count <= Self.segmentBytesMax else { return }
    segments[last].bytes += bytes
  }

  /// Positions or sequences of the next blocks go elsewhere.
  private mutating func skip() {
    let how = input.byte()
    switch how & 3 {
    case 0: position &+= UInt64(how >> 2)
    case 1: position &-= min(position &- 1, UInt64(how >> 2))
    case 2: sequence &+= UInt64(how >> 2)
    default: position = max(1, input.edge())
    }
  }

  // MARK: Files

  private mutating func beginSegment(id: UInt64, firstPosition: UInt64, logID: LogID) {
    let header = FileHeader(logID: logID, created: 0, firstPosition: firstPosition, writer: "hindcast 1")
    var segment = Segment(
      id: id,
      bytes: SampleFrames.frame(.fileHeader, fileID: id, position: firstPosition, payload: header.packed()))
    segment.footer.streams = [SampleBlocks.stream]
    segments.append(segment)
  }

  private mutating func beginNextSegment() {
    guard segments.count < Self.segmentsMax else { return }
    let how = input.byte()
    let firstPosition = how & 4 == 0 ? position : input.edge()
    let logID = how & 8 == 0 ? SampleFrames.logID : LogID(bytes: [UInt8](repeating: 9, count: 16))!
    beginSegment(
      id: segments[segments.count - 1].id + 1 + UInt64(how & 3), firstPosition: firstPosition, logID: logID)
  }

  private mutating func seal(withTrailer: Bool) {
    let last = segments.count - 1
    var footer = segments[last].footer
    footer.contentHash = FileFooter.contentHash(of: footer.frames)
    if sequence > 1 { footer.producers = [SampleFrames.state(sequence: min(sequence - 1, 50))] }
    let offset = segments[last].bytes.count
    appendFrame(.footer, position: position &- 1, durablePosition: position &- 1, payload: footer.packed())
    guard withTrailer else { return }
    var trailer: [UInt8] = []
    FileTrailer(footerOffset: UInt64(offset)).append(to: &trailer)
    appendBytes(trailer)
  }

  private mutating func flip() {
    let segment = Int(input.byte()) % segments.count
    let place = input.word()
    let bits = input.byte()
    if !segments[segment].bytes.isEmpty { segments[segment].bytes[place % segments[segment].bytes.count] ^= bits }
  }

  private mutating func truncate() {
    let last = segments.count - 1
    segments[last].bytes.removeLast(min(input.word() & 0x3FF, segments[last].bytes.count))
  }

  /// An edit that follows the one before, saying some of what edits say.
  private mutating func edit() {
    guard edits.count < 8 else { return }
    let what = input.byte()
    var edit = ManifestEdit(
      number: (edits.last?.number ?? 0) + 1, logID: SampleFrames.logID, time: 0,
      compactedPosition: edits.last?.compactedPosition ?? 0)
    if what & 1 != 0 { edit.compactedPosition = max(edit.compactedPosition, position &- 1 &- UInt64(input.byte() & 7)) }
    if what & 2 != 0 { edit.releasedSegments = [1 + UInt64(input.byte() & 7)] }
    if what & 4 != 0 {
      let first = input.edge()
      edit.gaps = [GapRecord(firstPosition: first, lastPosition: first &+ UInt64(input.byte()), reason: "damaged")]
    }
    if what & 8 != 0 { edit.producers = [SampleFrames.state(sequence: 1 + UInt64(input.byte() & 15))] }
    if what & 16 != 0 {
      let first = input.edge()
      edit.trimmed = [
        TrimRecord(model: nil, positions: first...max(first, input.edge()), times: nil, rows: 1, bytes: 100)
      ]
    }
    if what & 32 != 0 { edit.highestFileID = input.edge() }
    edits.append(edit)
  }
}
