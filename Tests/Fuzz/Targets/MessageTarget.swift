internal import HindcastFormat

/// The messages that storage writes about itself, as protobuf bytes behind a good checksum: headers, footers, manifest
/// edits, and the head of a block as a recovery scan reads it. The first byte of an input chooses the message.
struct MessageTarget: FuzzTarget {
  let name = "messages"
  let inputBytesMax = 2_048
  let mutation: FuzzMutation? = MessageMutation.ofMessage(behind: 1)

  func run(_ input: [UInt8]) throws(Violation) {
    guard let choice = input.first else { return }
    let bytes = Array(input.dropFirst())
    switch choice % 5 {
    case 0: try check(bytes, FileHeader.self)
    case 1: try check(bytes, FileFooter.self)
    case 2: try check(bytes, ManifestEdit.self)
    case 3: checkHead(bytes)
    default: try checkTrailer(bytes)
    }
  }

  private func check<Message: FileMessage>(_ bytes: [UInt8], _ type: Message.Type) throws(Violation) {
    func unpack(_ bytes: [UInt8]) -> Message? {
      bytes.withUnsafeBytes { buffer in accepted { () throws(FormatError) in try Message(unpacking: buffer) } }
    }
    guard let message = unpack(bytes) else { return }
    try require(unpack(message.packed()) == message, "\(type): what was read does not come back")
  }

  private func checkHead(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { buffer in
      _ = accepted { () throws(FormatError) in try BlockHead.stream(of: buffer) }
    }
  }

  /// The first of the bytes says whether the checksum is put right.
  private func checkTrailer(_ bytes: [UInt8]) throws(Violation) {
    var trailer = Array(bytes.dropFirst())
    if bytes.first.map({ $0 & 1 != 0 }) ?? false { FrameMending.mend(&trailer, .trailer) }
    guard let read = trailer.withUnsafeBytes({ FileTrailer(parsing: $0) }) else { return }
    var written: [UInt8] = []
    read.append(to: &written)
    try require(written == trailer, "a trailer that was read does not come back")
  }

  func seeds() throws -> [FuzzSeed] {
    var trailer: [UInt8] = []
    FileTrailer(footerOffset: 4_096).append(to: &trailer)
    let block = try PlainBlock.pack(SampleBlocks.predictions(2))
    return [
      FuzzSeed("header", [0] + SampleFrames.fileHeader(firstPosition: 1).packed()),
      FuzzSeed("footer", [1] + SampleFrames.footer.packed()),
      FuzzSeed("footer-empty", [1] + FileFooter().packed()),
      FuzzSeed("edit", [2] + SampleFrames.edit(1).packed()),
      FuzzSeed(
        "edit-small", [2] + ManifestEdit(number: 2, logID: SampleFrames.logID, time: 0, compactedPosition: 0).packed()),
      FuzzSeed("head", [3] + block), FuzzSeed("trailer", [4, 0] + trailer),
      FuzzSeed("trailer-mended", [4, 1] + trailer),
    ]
  }
}

/// What the three messages of a file have in common.
private protocol FileMessage: Equatable {
  init(unpacking bytes: UnsafeRawBufferPointer) throws(FormatError)
  func packed() -> [UInt8]
}

extension FileHeader: FileMessage {}
extension FileFooter: FileMessage {}
extension ManifestEdit: FileMessage {}
