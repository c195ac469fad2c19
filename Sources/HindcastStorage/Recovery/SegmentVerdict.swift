internal import HindcastFormat

/// What of an unsealed segment is the log, what of it is lost, and what is to be cut off. Pure: the findings of a scan and
/// the watermark in, a verdict out, one `BreakCase` at each place where frames are missing.
struct SegmentVerdict {
  struct Gap: Equatable {
    var positions: ClosedRange<UInt64>
    var reason: String
  }

  /// Of the scan's frames, the first so many are kept.
  private(set) var keptFrames = 0
  private(set) var gaps: [Gap] = []
  /// Bytes that are no frame, in places where no position is missing.
  private(set) var strayBytes: [SegmentScan.Damage] = []
  /// Bytes of blocks that were never acknowledged: saved aside, then cut off. nil: there are none.
  private(set) var torn: Range<UInt64>?
  /// Where the footer goes.
  private(set) var sealOffset: UInt64
  /// Behind the last position that this segment was given.
  private(set) var nextPosition: UInt64
  /// The case at each break, in order; the last one is that of the end.
  private(set) var cases: [BreakCase] = []

  /// `firstPosition` is that of the segment's first block, `watermark` the highest durable position seen anywhere. `limit`:
  /// the last position that can stand here, where another segment follows; what a recovery cut off in thought only, because
  /// it changes no older segment, must not come back when the watermark has passed it.
  init(_ scan: SegmentScan, firstPosition: UInt64, watermark: UInt64, limit: UInt64?) {
    let watermark = limit ?? max(watermark, scan.highestDurablePosition)
    let frames = scan.frames.prefix { $0.header.position <= limit ?? .max }
    nextPosition = firstPosition
    sealOffset = scan.validEnd
    for frame in frames {
      let position = frame.header.position
      if position > nextPosition || frame.damageBefore != nil {
        // Frames below the first position cannot be judged by their order; they hold nothing that is read.
        let found = BreakCase(
          position: min(nextPosition, position), watermark: watermark, nextFrame: position, hasBytes: true)
        cases.append(found)
        switch found.action {
        case .goOn:
          if let damage = frame.damageBefore { strayBytes.append(damage) }
        case .gapToNextFrame:
          addGap(nextPosition...(position - 1), frame.reasonOfGap)
        case .cut:
          end(scan, tornFrom: keptEnd(scan))
          return
        case .gapToWatermark:
          addGap(nextPosition...watermark, frame.reasonOfGap)
          end(scan, tornFrom: firstHeader(in: scan, above: watermark))
          return
        case .seal: preconditionFailure("a case with a frame behind it does not end the log")
        }
      }
      keptFrames += 1
      nextPosition = max(nextPosition, position + 1)
    }
    let found = BreakCase(
      position: nextPosition, watermark: watermark, nextFrame: nil, hasBytes: scan.damageBehind != nil)
    cases.append(found)
    switch found.action {
    case .seal:
      sealOffset = keptEnd(scan)
    case .cut:
      end(scan, tornFrom: keptEnd(scan))
    case .gapToWatermark:
      addGap(nextPosition...watermark, scan.damageBehind?.reason ?? "frames are missing at offset \(keptEnd(scan))")
      end(scan, tornFrom: firstHeader(in: scan, above: watermark))
    case .goOn, .gapToNextFrame: preconditionFailure("these cases have a frame behind them")
    }
  }

  private mutating func addGap(_ positions: ClosedRange<UInt64>, _ reason: String) {
    gaps.append(Gap(positions: positions, reason: reason))
    nextPosition = positions.upperBound + 1
  }

  /// Ends the log; bytes from `tornFrom` on are no part of it. nil: all bytes that are there belong to what was damaged.
  private mutating func end(_ scan: SegmentScan, tornFrom start: UInt64?) {
    let contentEnd = max(scan.contentEnd, keptEnd(scan))
    if let start, start < contentEnd {
      torn = start..<contentEnd
      sealOffset = start
    } else {
      sealOffset = Self.aligned(contentEnd)
    }
  }

  private func keptEnd(_ scan: SegmentScan) -> UInt64 {
    guard keptFrames > 0 else { return scan.headerEnd }
    let last = scan.frames[keptFrames - 1]
    return last.offset + UInt64(last.header.frameByteCount)
  }

  /// Where the first block stands that was certainly not acknowledged, whether its payload is good or not.
  private func firstHeader(in scan: SegmentScan, above watermark: UInt64) -> UInt64? {
    let frames = scan.frames[keptFrames...].lazy.map { ($0.header.position, $0.offset) }
    let others = scan.headersWithoutPayload.lazy.map { ($0.position, $0.offset) }
    let end = keptEnd(scan)
    return (Array(frames) + Array(others)).filter { $0.0 > watermark && $0.1 >= end }.map(\.1).min()
  }

  private static func aligned(_ offset: UInt64) -> UInt64 {
    (offset + UInt64(FrameHeader.alignment) - 1) & ~(UInt64(FrameHeader.alignment) - 1)
  }
}

extension SegmentScan.Frame {
  fileprivate var reasonOfGap: String { damageBefore?.reason ?? "frames are missing before offset \(offset)" }
}
