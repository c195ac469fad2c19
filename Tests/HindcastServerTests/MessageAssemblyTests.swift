import NIOCore
import Testing

@testable import HindcastServer

@Suite struct MessageAssemblyTests {
  private static func message(_ length: Int) -> [UInt8] {
    RawPeer.message((0..<length).map { UInt8($0 & 0xFF) })
  }

  /// All messages of the bytes, which come in pieces of this size.
  private static func messages(_ bytes: [UInt8], pieces: Int, limit: Int = 1_000) -> [MessageAssembly.Step] {
    var assembly = MessageAssembly()
    var steps: [MessageAssembly.Step] = []
    for start in stride(from: 0, to: bytes.count, by: pieces) {
      var piece = ByteBuffer(bytes: bytes[start..<min(start + pieces, bytes.count)])
      while true {
        let step = assembly.take(from: &piece, messageBytesMax: limit)
        if step == .more { break }
        steps.append(step)
        if case .oversized = step { return steps }
      }
    }
    return steps
  }

  @Test("messages come out whole and in order, however they are cut", arguments: 1...40)
  func everyCut(pieces: Int) {
    let lengths = [0, 1, 7, 0, 30, 100]
    let bytes = lengths.flatMap(Self.message)
    #expect(
      Self.messages(bytes, pieces: pieces) == lengths.map { .message(ByteBuffer(bytes: Self.message($0))) })
  }

  @Test("a message over the limit is told by its prefix alone", arguments: [999, 1_000, 1_001])
  func oversized(length: Int) {
    let steps = Self.messages(Array(Self.message(length).prefix(5)), pieces: 2)
    #expect(steps == (length > 1_000 ? [.oversized(length)] : []))
    let most = Self.messages([0, 0xFF, 0xFF, 0xFF, 0xFF], pieces: 5)
    #expect(most == [.oversized(Int(UInt32.max))])
  }

  @Test("it knows how much is there of how much, and gives up what will not be whole")
  func partial() {
    var assembly = MessageAssembly()
    var piece = ByteBuffer(bytes: Self.message(100).prefix(4))
    #expect(assembly.take(from: &piece, messageBytesMax: 1_000) == .more)
    #expect(assembly.byteCount == 4 && assembly.expectedByteCount == nil)
    piece = ByteBuffer(bytes: Self.message(100)[4..<50])
    #expect(assembly.take(from: &piece, messageBytesMax: 1_000) == .more)
    #expect(assembly.byteCount == 50 && assembly.expectedByteCount == 105)
    #expect(assembly.takeRest() == ByteBuffer(bytes: Self.message(100).prefix(50)))
    #expect(assembly.byteCount == 0)
  }

  @Test("memory grows with what came, not with what a prefix claims")
  func memory() {
    var assembly = MessageAssembly()
    var piece = ByteBuffer(bytes: RawPeer.message(Array(repeating: 1, count: 1_000), length: 1 << 30))
    #expect(assembly.take(from: &piece, messageBytesMax: 1 << 30) == .more)
    #expect(assembly.takeRest().capacity < 1 << 20)
  }
}
