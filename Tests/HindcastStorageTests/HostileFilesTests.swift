import FuzzTargets
import HindcastFormat
import Testing

@testable import HindcastStorage

/// Files whose checksums are right and whose contents no writer makes. The fuzzers found them, or would have.
@Suite struct HostileFilesTests {
  private static let logID = LogID(bytes: [UInt8](1...16))!

  /// A segment with id 1 of frames with these payloads, at these positions.
  private func frames(_ positions: [UInt64]) -> (bytes: [UInt8], entries: [FrameEntry]) {
    var bytes = FrameWriting.fileHeader(fileID: 1, logID: Self.logID, created: 0, firstPosition: 1)
    var entries: [FrameEntry] = []
    for position in positions {
      let payload = headOnlyBlock(Int(position)).bytes
      let header = FrameHeader(
        type: .block, payloadLength: UInt32(payload.count), segment: 1, position: position, lastPosition: position,
        durablePosition: 0, rows: 1, payloadHash: Checksum.xxh3(payload))
      entries.append(FrameEntry(header, offset: UInt64(bytes.count), stream: 0))
      header.append(to: &bytes)
      bytes += payload + [UInt8](repeating: 0, count: header.frameByteCount - FrameHeader.byteCount - payload.count)
    }
    return (bytes, entries)
  }

  private func sealed(_ bytes: [UInt8], _ entries: [FrameEntry]) -> [UInt8] {
    var footer = FileFooter()
    footer.streams = [testStream]
    footer.frames = entries
    footer.contentHash = FileFooter.contentHash(of: entries)
    return bytes
      + FrameWriting.ending(footer: footer, fileID: 1, offset: UInt64(bytes.count), durablePosition: 3)
  }

  private func ends(_ bytes: [UInt8]) throws -> SealedFile.Outcome {
    let disk = MemoryDisk()
    disk.put("/file", bytes)
    return try SealedFile.ends(of: try disk.open("/file", .read), .segment, fileID: 1)
  }

  @Test("a footer whose header lies over the trailer, both with right checksums, is no footer")
  func headerOverTrailer() throws {
    let start = frames([]).bytes
    let trailerPlace = FrameHeader.byteCount - FileTrailer.byteCount
    var header: [UInt8] = []
    FrameHeader(
      type: .footer, payloadLength: 0, segment: 1, position: 0, lastPosition: 0, durablePosition: 0, payloadHash: 0
    )
    .append(to: &header)
    var trailer: [UInt8] = []
    FileTrailer(footerOffset: UInt64(start.count)).append(to: &trailer)
    header.replaceSubrange(trailerPlace..., with: trailer)
    let wanted = UInt32(littleEndian: trailer[12...].withUnsafeBytes { $0.loadUnaligned(as: UInt32.self) })
    forgeChecksum(&header, of: FrameHeader.Offset.checksum, freeBytesAt: FrameHeader.Offset.modelReference, wanted)
    #expect(throws: Never.self) { try FrameReading.parse(header).get() }
    guard case .notSealed = try ends(start + header) else {
      Issue.record("the file counts as sealed")
      return
    }
  }

  @Test(
    "a segment's footer whose positions do not ascend is not believed", arguments: [[1, 3, 2], [2, 2, 3], [3, 2, 1]])
  func entriesThatDoNotAscend(positions: [UInt64]) throws {
    let good = frames([1, 2, 3])
    guard case .sealed = try ends(sealed(good.bytes, good.entries)) else {
      Issue.record("a good segment does not count as sealed")
      return
    }
    var entries = good.entries
    for (index, position) in positions.enumerated() {
      (entries[index].position, entries[index].lastPosition) = (position, position)
    }
    guard case .notSealed(let reason) = try ends(sealed(good.bytes, entries)) else {
      Issue.record("the footer is believed")
      return
    }
    #expect(reason.contains("ascend"))
  }

  /// Any one of them would make the next one overflow, at once or after some appends.
  @Test("a log whose numbers are used up is read, and not opened for writing", arguments: ["gap", "edit", "segment"])
  func numbersUsedUp(what: String) throws {
    var edit = ManifestEdit(number: 1, logID: Self.logID, time: 0, compactedPosition: 0)
    switch what {
    case "gap": edit.gaps = [GapRecord(firstPosition: 1, lastPosition: Limits.positionMax, reason: "lost")]
    case "edit": edit.number = Limits.positionMax
    default: edit.releasedSegments = [Limits.positionMax]
    }
    let disk = MemoryDisk()
    disk.put(
      "/log/MANIFEST",
      FrameWriting.fileHeader(fileID: 0, logID: Self.logID, created: 0, firstPosition: 0)
        + FrameWriting.frame(.manifestEdit, fileID: 0, position: 0, durablePosition: 0, payload: edit.packed()))
    let reader = try LogStore.open(directory: "/log", mode: .readOnly, options: smallOptions(), disk: disk)
    #expect(try items(reader).gaps.map(\.positions) == edit.gaps.map { $0.firstPosition...$0.lastPosition })
    do throws(StorageError) {
      _ = try LogStore.open(directory: "/log", mode: .exclusive, options: smallOptions(), disk: disk)
      Issue.record("opened")
    } catch {
      #expect(error.code == .corrupt)
      #expect(error.message.contains("used up"))
    }
  }
}

/// Sets four bytes at `place` so that the CRC-32C of the first `count` bytes is `wanted`: the checksum is linear, so each bit
/// of the four bytes changes fixed bits of it.
private func forgeChecksum(_ bytes: inout [UInt8], of count: Int, freeBytesAt place: Int, _ wanted: UInt32) {
  func checksum() -> UInt32 {
    bytes.withUnsafeBytes { Checksum.crc32c(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
  }
  let before = checksum()
  // By their highest bit: what a set of flipped bits changes.
  var basis: [Int: (effect: UInt32, flips: UInt32)] = [:]
  func reduced(_ effect: UInt32, _ flips: UInt32) -> (effect: UInt32, flips: UInt32) {
    var (effect, flips) = (effect, flips)
    while effect != 0, let known = basis[effect.leadingZeroBitCount] {
      effect ^= known.effect
      flips ^= known.flips
    }
    return (effect, flips)
  }
  for bit in 0..<32 {
    bytes[place + bit / 8] ^= 1 << UInt8(bit % 8)
    let left = reduced(checksum() ^ before, 1 << UInt32(bit))
    bytes[place + bit / 8] ^= 1 << UInt8(bit % 8)
    if left.effect != 0 { basis[left.effect.leadingZeroBitCount] = left }
  }
  let (left, flips) = reduced(before ^ wanted, 0)
  precondition(left == 0, "four bytes reach every checksum")
  for bit in 0..<32 where flips >> UInt32(bit) & 1 != 0 { bytes[place + bit / 8] ^= 1 << UInt8(bit % 8) }
}
