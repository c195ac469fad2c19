import HindcastFormat
import HindcastWire
import Testing

@testable import Hindcast

/// Files that were cut or changed between two lives.
@Suite struct SpoolDamageTests {
  static let blockCount = 3

  /// A spool of three blocks that nobody has sent, as a killed process leaves it.
  private static func files() -> [String: [UInt8]] {
    let disk = MemorySpoolDisk()
    let client = SpoolClient(disk, fileBytes: 1 << 16, producer: 7)
    for number in 1...blockCount { client.outbox.enqueue(SpoolBlocks.block(number), ticket: UInt64(number)) }
    _ = client.worker.step(now: 1)
    return disk.files
  }

  private static func path(_ ending: String, _ files: [String: [UInt8]]) -> String {
    files.keys.first { $0.hasSuffix(ending) }!
  }

  private struct Outcome {
    var stored: [Int]
    var reports: Int
    var warnings: [String]
    var recovered: OutboxState.Counts
  }

  private static func send(_ files: [String: [UInt8]], _ server: ModelServer = ModelServer()) -> Outcome? {
    var server = server
    let disk = MemorySpoolDisk(files)
    let client = SpoolClient(disk, producer: 8)
    var now: UInt64 = 1
    guard client.drain(into: &server, now: &now) else { return nil }
    let stored = (1...blockCount).filter { server.stored[SpoolBlocks.block($0).payloadHash] == 1 }
    guard disk.files.keys.allSatisfy({ !$0.hasSuffix(".blocks") }) else { return nil }
    return Outcome(
      stored: stored, reports: server.reports.count, warnings: client.warnings.all, recovered: client.outbox.counts)
  }

  @Test("a spool that a killed process left is sent, and its files go")
  func sound() throws {
    let outcome = try #require(Self.send(Self.files()))
    #expect(outcome.stored == [1, 2, 3])
    #expect(outcome.reports == 0)
    #expect(outcome.warnings.isEmpty)
    #expect(outcome.recovered.recovered == 3)
    #expect(outcome.recovered.recoveredAcknowledged == 3)
    #expect(outcome.recovered.acknowledged == 0)
  }

  @Test("whichever bit flips, the other blocks are sent, and the damage is told of")
  func flippedBits() throws {
    let files = Self.files()
    let path = Self.path(".blocks", files)
    let bytes = try #require(files[path])
    let frameBytes = bytes.count / Self.blockCount
    for offset in bytes.indices {
      // The padding of a frame means nothing to a spool.
      let block = offset / frameBytes
      for bit in 0..<8 {
        var changed = files
        changed[path]![offset] ^= 1 << bit
        guard let outcome = Self.send(changed) else {
          Issue.record("byte \(offset), bit \(bit): not everything is sent")
          return
        }
        if outcome.stored == [1, 2, 3] {
          // Padding.
          #expect(outcome.reports == 0)
          continue
        }
        let isExact =
          outcome.stored == [1, 2, 3].filter { $0 != block + 1 } && outcome.reports == 1 && !outcome.warnings.isEmpty
        if !isExact {
          Issue.record("byte \(offset), bit \(bit): \(outcome)")
          return
        }
      }
    }
  }

  @Test("a file that is cut anywhere gives the blocks before the cut; those that were on disk are told of as lost")
  func truncations() throws {
    let files = Self.files()
    let path = Self.path(".blocks", files)
    let bytes = try #require(files[path])
    let frameBytes = bytes.count / Self.blockCount
    for count in bytes.indices {
      var changed = files
      changed[path] = Array(bytes.prefix(count))
      let outcome = try #require(Self.send(changed), "cut at \(count)")
      let whole = (1...Self.blockCount).filter { outcome.stored.contains($0) }
      #expect(whole.count >= count / frameBytes, "cut at \(count)")
      #expect(whole == Array(1...Self.blockCount).prefix(whole.count).map { $0 }, "cut at \(count)")
      #expect(outcome.reports == Self.blockCount - whole.count, "cut at \(count)")
      #expect(outcome.reports == 0 || !outcome.warnings.isEmpty, "cut at \(count)")
    }
  }

  @Test("a torn tail of what never counted as spooled is no damage", arguments: [1, 60, 127, 128, 129, 200])
  func tornTail(count: Int) throws {
    var files = Self.files()
    let path = Self.path(".blocks", files)
    var torn: [UInt8] = []
    SpoolFrame.append(
      SpoolWrite(index: 4, epoch: 100, sequence: 4, held: HeldBlock(SpoolBlocks.block(4))),
      ProducerID(low: 7, high: 2), file: 1, durableIndex: 3, to: &torn)
    files[path]! += torn.prefix(count)
    let outcome = try #require(Self.send(files))
    #expect(outcome.stored == [1, 2, 3])
    #expect(outcome.reports == 0)
    #expect(outcome.warnings.isEmpty)
  }

  @Test("any bit of the progress may flip: the blocks are sent, each once")
  func flippedProgress() throws {
    let files = Self.files()
    let path = Self.path(".progress", files)
    for offset in try #require(files[path]).indices {
      for bit in [0, 3, 7] {
        var changed = files
        changed[path]![offset] ^= 1 << bit
        let outcome = try #require(Self.send(changed))
        #expect(outcome.stored == [1, 2, 3], "byte \(offset), bit \(bit)")
      }
    }
  }

  @Test("a damaged block that the server has already is not lost, and no report of it is stored")
  func damagedButStored() throws {
    let files = Self.files()
    var server = ModelServer()
    for number in 1...2 {
      let block = SpoolBlocks.block(number)
      _ = server.answer(
        .init(
          producer: ProducerID(low: 7, high: 2), epoch: 100, sequence: UInt64(number), payloadHash: block.payloadHash,
          block: block.bytes))
    }
    var changed = files
    changed[Self.path(".blocks", files)]![FrameHeader.byteCount + 10] ^= 1
    let outcome = try #require(Self.send(changed, server))
    #expect(outcome.stored == [1, 2, 3])
    #expect(outcome.reports == 0)
    #expect(outcome.recovered.recoveredAcknowledged == 3)
    #expect(outcome.recovered.recoveredLost == 0)
  }

  @Test("a block whose payload is damaged is counted with its rows, and its report names the model")
  func damagedPayload() throws {
    var files = Self.files()
    let path = Self.path(".blocks", files)
    let frameBytes = try #require(files[path]).count / Self.blockCount
    files[path]![2 * frameBytes - 40] ^= 0x10
    let disk = MemorySpoolDisk(files)
    let client = SpoolClient(disk)
    var server = ModelServer()
    var now: UInt64 = 1
    #expect(client.drain(into: &server, now: &now))
    #expect(client.outbox.counts.recoveredLost == 1)
    #expect(client.outbox.counts.recoveredAcknowledged == 2)
    #expect(server.reports.map(\.model) == ["m"])
    #expect(client.warnings.all.contains { $0.contains("0000000001.blocks") })
  }

  @Test("files of any bytes are read without harm", arguments: [0, 1, 127, 128, 640, 5_000])
  func anyBytes(count: Int) throws {
    var files = Self.files()
    var random = SystemRandomNumberGenerator()
    for path in files.keys where !path.hasSuffix("lock") {
      files[path] = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
    }
    #expect(Self.send(files) != nil)
  }
}
