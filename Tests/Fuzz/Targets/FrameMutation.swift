internal import HindcastFormat

/// Changes to a file of frames that a change of single bytes hardly ever comes to: whole frames gone, twice or elsewhere,
/// payloads of other lengths, header fields at the edges of their types.
enum FrameMutation {
  /// For inputs that are `prefixByteCount` bytes of choices and then a file.
  static func ofFile(behind prefixByteCount: Int) -> FuzzMutation {
    { bytes, bytesMax, random, inner in
      guard bytes.count > prefixByteCount, random.below(2) == 0 else { return inner(bytes, bytesMax) }
      let prefix = bytes[..<prefixByteCount]
      var pieces = split(Array(bytes[prefixByteCount...]))
      change(&pieces, bytesMax - prefixByteCount, &random, inner)
      return Array((prefix + pieces.flatMap(\.self)).prefix(bytesMax))
    }
  }

  /// Frames with their padding, and what lies between them.
  static func split(_ bytes: [UInt8]) -> [[UInt8]] {
    var pieces: [[UInt8]] = []
    var start = 0
    var place = 0
    func isFrame(_ place: Int) -> Bool {
      place + FrameHeader.byteCount <= bytes.count && FrameMending.isMagic(bytes, at: place)
    }
    while place < bytes.count {
      guard isFrame(place) else {
        place += FrameHeader.alignment
        continue
      }
      if place > start { pieces.append(Array(bytes[start..<place])) }
      let length = FrameHeader.byteCount + FrameMending.payloadLength(bytes, at: place)
      let end = min(bytes.count, place + (length + FrameHeader.alignment - 1) & ~(FrameHeader.alignment - 1))
      pieces.append(Array(bytes[place..<end]))
      start = end
      place = end
    }
    if start < bytes.count { pieces.append(Array(bytes[start...])) }
    return pieces
  }

  private static func change(
    _ pieces: inout [[UInt8]], _ bytesMax: Int, _ random: inout FuzzRandom, _ inner: ([UInt8], Int) -> [UInt8]
  ) {
    guard !pieces.isEmpty else { return }
    let index = random.below(pieces.count)
    let isFrame = pieces[index].count >= FrameHeader.byteCount && FrameMending.isMagic(pieces[index], at: 0)
    switch random.below(10) {
    case 0: pieces.remove(at: index)
    case 1: pieces.insert(pieces[index], at: random.below(pieces.count + 1))
    case 2: pieces.swapAt(index, random.below(pieces.count))
    case 3: pieces.insert([UInt8](repeating: 0, count: 8 * (1 + random.below(20))), at: index)
    case 4 where isFrame: changePayload(&pieces[index], bytesMax, &random, inner)
    case 5 where isFrame: changeHeader(&pieces[index], inner)
    case 6: pointTrailer(&pieces)
    case 7 where isFrame: setField(&pieces[index], &random)
    case 8: pieces[index] = inner(pieces[index], bytesMax)
    case _ where isFrame: changePayload(&pieces[index], bytesMax, &random, inner)
    default: pieces[index] = inner(pieces[index], bytesMax)
    }
  }

  private static func changePayload(
    _ frame: inout [UInt8], _ bytesMax: Int, _ random: inout FuzzRandom, _ inner: ([UInt8], Int) -> [UInt8]
  ) {
    let length = min(FrameMending.payloadLength(frame, at: 0), frame.count - FrameHeader.byteCount)
    let payload = MessageMutation.mutate(
      Array(frame[FrameHeader.byteCount..<FrameHeader.byteCount + length]), max(length, bytesMax / 2), &random, inner)
    frame.replaceSubrange(FrameHeader.byteCount..., with: payload)
    frame += [UInt8](repeating: 0, count: (0 - frame.count) & (FrameHeader.alignment - 1))
    FrameMending.set(&frame, at: FrameHeader.Offset.payloadLength, UInt64(payload.count), count: 4)
  }

  private static func changeHeader(_ frame: inout [UInt8], _ inner: ([UInt8], Int) -> [UInt8]) {
    let changed = inner(Array(frame[..<FrameHeader.byteCount]), FrameHeader.byteCount)
    frame.replaceSubrange(..<min(changed.count, FrameHeader.byteCount), with: changed.prefix(FrameHeader.byteCount))
  }

  private static let fields: [(offset: Int, byteCount: Int)] = [
    (FrameHeader.Offset.type, 1), (FrameHeader.Offset.payloadLength, 4), (FrameHeader.Offset.segment, 8),
    (FrameHeader.Offset.position, 8), (FrameHeader.Offset.lastPosition, 8), (FrameHeader.Offset.durablePosition, 8),
    (FrameHeader.Offset.epoch, 8), (FrameHeader.Offset.sequence, 8), (FrameHeader.Offset.rows, 4),
    (FrameHeader.Offset.minTime, 8), (FrameHeader.Offset.maxTime, 8),
  ]

  private static func setField(_ frame: inout [UInt8], _ random: inout FuzzRandom) {
    let (offset, byteCount) = fields[random.below(fields.count)]
    let before = FrameMending.number(frame, at: offset, count: byteCount)
    let edges: [UInt64] = [0, 1, .max, UInt64(Int64.max), UInt64(Int64.max) + 1, UInt64(UInt32.max)]
    let value =
      switch random.below(3) {
      case 0: edges[random.below(edges.count)] &- UInt64(random.below(3))
      case 1: before &+ UInt64(random.below(4))
      default: before &- UInt64(random.below(4))
      }
    FrameMending.set(&frame, at: offset, value, count: byteCount)
  }

  /// The last 16 bytes become a trailer of the last footer frame.
  private static func pointTrailer(_ pieces: inout [[UInt8]]) {
    var offset = 0
    var footer: Int?
    for piece in pieces {
      if piece.count >= FrameHeader.byteCount, FrameMending.isMagic(piece, at: 0),
        piece[FrameHeader.Offset.type] == FrameHeader.FrameType.footer.rawValue
      {
        footer = offset
      }
      offset += piece.count
    }
    guard let footer else { return }
    var trailer: [UInt8] = []
    FileTrailer(footerOffset: UInt64(footer)).append(to: &trailer)
    if pieces.last?.count == FileTrailer.byteCount { pieces.removeLast() }
    pieces.append(trailer)
  }
}
