import CHindcastProto
import Testing

@testable import HindcastFormat

/// What the messages of files may say, whoever wrote them: numbers beyond these would trap where one is added to them.
struct FileMessagesTests {
  private static let logID = LogID(bytes: [UInt8](1...16))!

  private static func unpacked<Message>(
    _ bytes: [UInt8], _ unpack: (UnsafeRawBufferPointer) throws(FormatError) -> Message
  ) throws(FormatError) -> Message {
    let result: Result<Message, FormatError> = bytes.withUnsafeBytes { buffer in
      Result { () throws(FormatError) in try unpack(buffer) }
    }
    return try result.get()
  }

  private static func code(_ header: FileHeader) -> FormatError.Code? {
    thrown { () throws(FormatError) in
      _ = try unpacked(header.packed()) { bytes throws(FormatError) in try FileHeader(unpacking: bytes) }
    }?.code
  }

  private static func code(_ footer: FileFooter) -> FormatError.Code? { code(ofFooter: footer.packed()) }

  private static func code(ofFooter bytes: [UInt8]) -> FormatError.Code? {
    thrown { () throws(FormatError) in
      _ = try unpacked(bytes) { bytes throws(FormatError) in try FileFooter(unpacking: bytes) }
    }?.code
  }

  private static func code(_ change: (inout ManifestEdit) -> Void) -> FormatError.Code? {
    var edit = ManifestEdit(number: 1, logID: logID, time: 0, compactedPosition: 9)
    change(&edit)
    return thrown { () throws(FormatError) in
      _ = try unpacked(edit.packed()) { bytes throws(FormatError) in try ManifestEdit(unpacking: bytes) }
    }?.code
  }

  private static func footer(position: UInt64, lastPosition: UInt64) -> FileFooter {
    var footer = FileFooter()
    footer.streams = [fraudStream]
    footer.frames = [
      FrameEntry(
        offset: 128, payloadLength: 1, stream: 0, position: position, lastPosition: lastPosition, rows: 1, minTime: 0,
        maxTime: 0, payloadHash: 0)
    ]
    return footer
  }

  private static func archive(_ first: UInt64, _ last: UInt64) -> ArchiveFile {
    ArchiveFile(
      name: "a", model: "m", rows: 1, bytes: 1, firstPosition: first, lastPosition: last, minTime: 0, maxTime: 0,
      rowsHash: 0)
  }

  @Test("positions that no log can have are refused as corrupt, the last that it can have is read")
  func positions() {
    let most = Limits.positionMax
    func header(_ position: UInt64) -> FileHeader {
      FileHeader(logID: Self.logID, created: 0, firstPosition: position, writer: "")
    }
    #expect(Self.code(header(most)) == nil)
    #expect(Self.code(header(most + 1)) == .corrupt)
    #expect(Self.code(Self.footer(position: 1, lastPosition: most)) == nil)
    #expect(Self.code(Self.footer(position: 1, lastPosition: most + 1)) == .corrupt)
    #expect(Self.code(Self.footer(position: 0, lastPosition: 1)) == .corrupt)
    #expect(Self.code(Self.footer(position: 3, lastPosition: 2)) == .corrupt)
    for position in [most, .max] {
      let expected: FormatError.Code? = position == most ? nil : .corrupt
      #expect(Self.code { $0.compactedPosition = position } == expected)
      #expect(Self.code { $0.gaps = [GapRecord(firstPosition: 2, lastPosition: position, reason: "")] } == expected)
      #expect(Self.code { $0.added = [Self.archive(1, position)] } == expected)
      // Numbers of edits and ids of files are counted on, too.
      #expect(Self.code { $0.number = position } == expected)
      #expect(Self.code { $0.releasedSegments = [1, position] } == expected)
      #expect(Self.code { $0.highestFileID = position } == expected)
      #expect(Self.code { $0.cursors = [NamedCursor(name: "c", position: position)] } == expected)
      #expect(
        Self.code { $0.trimmed = [TrimRecord(model: nil, positions: 1...position, times: nil, rows: 1, bytes: 1)] }
          == expected)
    }
  }

  @Test("an archive file that ends before it begins is refused as corrupt")
  func reversedArchive() {
    #expect(Self.code { $0.added = [Self.archive(5, 4)] } == .corrupt)
    #expect(Self.code { $0.added = [Self.archive(5, 5)] } == nil)
  }

  @Test("a footer's kinds and environments are refused when they are not known, however large their numbers")
  func unknownKinds() {
    var footer = FileFooter()
    footer.streams = [fraudStream]
    let bytes = footer.packed()
    #expect(Self.code(ofFooter: bytes) == nil)
    // Stream.environment is field 3 and kind field 4: their keys 18 and 20, then the number.
    for key: UInt8 in [0x18, 0x20] {
      for number in [200, 257] {
        var changed = bytes
        let place = changed.lastIndex(of: key)!
        changed.replaceSubrange(place + 1...place + 1, with: [UInt8(number & 127 | 128), UInt8(number >> 7)])
        // Lengths of one byte: the content hash that follows the stream is nine.
        changed[1] += 1
        #expect(Self.code(ofFooter: changed) == .unsupported, "\(key): \(number)")
      }
    }
  }
}
