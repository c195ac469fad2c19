import HindcastFormat
import Testing

@testable import HindcastStorage

@Suite struct BreakCaseTests {
  @Test("every combination of facts is one case, and every case is met")
  func exhaustive() {
    var met: Set<Int> = []
    for position in 5...7 as ClosedRange<UInt64> {
      for watermark in 3...9 as ClosedRange<UInt64> {
        for next in [nil, position, position + 1, position + 2] as [UInt64?] {
          for hasBytes in [false, true] {
            let found = BreakCase(position: position, watermark: watermark, nextFrame: next, hasBytes: hasBytes)
            met.insert(BreakCase.allCases.firstIndex(of: found)!)
            switch found.action {
            case .seal: #expect(next == nil && !hasBytes && position > watermark)
            case .cut: #expect(position > watermark && (next != nil || hasBytes))
            case .gapToWatermark: #expect(position <= watermark)
            case .gapToNextFrame: #expect(next! > position && next! - 1 <= watermark)
            case .goOn: #expect(next == position)
            }
          }
        }
      }
    }
    #expect(met.count == BreakCase.allCases.count)
  }
}

@Suite struct SegmentVerdictTests {
  /// Frames of these positions, 200 bytes each behind a header of 200; `broken`: with bad bytes before them.
  private func scan(
    _ positions: [UInt64], broken: Set<UInt64> = [], durable: UInt64, badBytesBehind: Int = 0,
    headersWithoutPayload: [(position: UInt64, offset: UInt64)] = []
  ) -> SegmentScan {
    var scan = SegmentScan()
    scan.headerEnd = 200
    scan.highestDurablePosition = durable
    for position in positions {
      let offset = position * 200
      let header = FrameHeader(
        type: .block, payloadLength: 72, segment: 1, position: position, lastPosition: position,
        durablePosition: durable, payloadHash: 0)
      let damage = broken.contains(position) ? SegmentScan.Damage(offset: offset - 100, reason: "bad") : nil
      scan.frames.append(
        SegmentScan.Frame(header: header, stream: testStream, offset: offset, damageBefore: damage))
      scan.validEnd = offset + 200
    }
    if scan.frames.isEmpty { scan.validEnd = 200 }
    scan.contentEnd = scan.validEnd + UInt64(badBytesBehind)
    if badBytesBehind > 0 { scan.damageBehind = .init(offset: scan.validEnd, reason: "bad") }
    scan.headersWithoutPayload = headersWithoutPayload
    return scan
  }

  private func verdict(_ scan: SegmentScan, watermark: UInt64 = 0, limit: UInt64? = nil) -> SegmentVerdict {
    SegmentVerdict(scan, firstPosition: 1, watermark: watermark, limit: limit)
  }

  @Test("whole frames are kept and the segment is sealed behind them")
  func end() {
    let found = verdict(scan([1, 2, 3], durable: 2))
    #expect(found.keptFrames == 3 && found.gaps.isEmpty && found.torn == nil)
    #expect(found.sealOffset == 800 && found.nextPosition == 4 && found.cases == [.end])
  }

  @Test("bytes of a group that was cut short are cut off")
  func tornGroup() {
    let found = verdict(scan([1, 2], durable: 2, badBytesBehind: 50))
    #expect(found.keptFrames == 2 && found.gaps.isEmpty && found.torn == 600..<650)
    #expect(found.sealOffset == 600 && found.nextPosition == 3 && found.cases == [.tornGroup])
  }

  @Test("later frames of a group whose first one did not arrive are cut off too: none was acknowledged")
  func tornGroupOutOfOrder() {
    let found = verdict(scan([1, 2, 4, 5], broken: [4], durable: 2))
    #expect(found.keptFrames == 2 && found.gaps.isEmpty && found.torn == 600..<1_200)
    #expect(found.sealOffset == 600 && found.nextPosition == 3 && found.cases == [.tornGroupOutOfOrder])
  }

  @Test("acknowledged frames that are not there are a gap up to the watermark, which another segment may give")
  func vanished() {
    let found = verdict(scan([1, 2], durable: 2), watermark: 4)
    #expect(found.keptFrames == 2 && found.gaps.map(\.positions) == [3...4] && found.torn == nil)
    #expect(found.sealOffset == 600 && found.nextPosition == 5 && found.cases == [.vanished])
  }

  @Test("damaged acknowledged frames at the end are a gap, and every byte of them stays")
  func damagedEnd() {
    let found = verdict(scan([1, 2], durable: 3, badBytesBehind: 150))
    #expect(found.gaps.map(\.positions) == [3...3] && found.torn == nil)
    #expect(found.sealOffset == 752 && found.nextPosition == 4 && found.cases == [.damagedEnd])
  }

  @Test("a damaged acknowledged frame in the middle is a gap, and the frames behind it are kept")
  func damagedMiddle() {
    let found = verdict(scan([1, 2, 4, 5], broken: [4], durable: 4))
    #expect(found.keptFrames == 4 && found.gaps.map(\.positions) == [3...3] && found.torn == nil)
    #expect(found.nextPosition == 6 && found.cases == [.damagedMiddle, .end])
  }

  @Test("damage before a torn group: the acknowledged part is a gap, the rest is cut off at its first header")
  func damagedBeforeTornGroup() {
    let found = verdict(scan([1, 2, 5], broken: [5], durable: 3))
    #expect(found.keptFrames == 2 && found.gaps.map(\.positions) == [3...3] && found.torn == 1_000..<1_200)
    #expect(found.sealOffset == 1_000 && found.nextPosition == 4 && found.cases == [.damagedBeforeTornGroup])
    // A header whose payload is bad tells as well where the torn group begins.
    let header = verdict(
      scan([1, 2, 5], broken: [5], durable: 3, headersWithoutPayload: [(position: 4, offset: 800)]))
    #expect(header.torn == 800..<1_200 && header.sealOffset == 800)
  }

  @Test("bytes that are no frame lose nothing where no position is missing")
  func strayBytes() {
    let found = verdict(scan([1, 2, 3], broken: [3], durable: 2))
    #expect(found.keptFrames == 3 && found.gaps.isEmpty && found.strayBytes.map(\.offset) == [500])
    #expect(found.cases == [.strayBytes, .end])
  }

  @Test("in an older segment nothing counts that the next segment's positions have replaced")
  func limit() {
    let found = verdict(scan([1, 2, 4, 5], broken: [4], durable: 2), watermark: 9, limit: 2)
    #expect(found.keptFrames == 2 && found.gaps.isEmpty && found.nextPosition == 3)
    let damaged = verdict(scan([1, 2, 4, 5], broken: [4], durable: 2), watermark: 9, limit: 6)
    #expect(damaged.keptFrames == 4 && damaged.gaps.map(\.positions) == [3...3, 6...6])
  }

  @Test("a segment of which no frame is left is all torn or all gap")
  func nothingLeft() {
    let torn = verdict(scan([], durable: 0, badBytesBehind: 40))
    #expect(torn.torn == 200..<240 && torn.gaps.isEmpty && torn.nextPosition == 1)
    let lost = verdict(scan([], durable: 0, badBytesBehind: 40), watermark: 2)
    #expect(lost.torn == nil && lost.gaps.map(\.positions) == [1...2] && lost.nextPosition == 3)
  }
}
