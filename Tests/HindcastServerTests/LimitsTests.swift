import HindcastFormat
import HindcastWire
import Testing

@testable import HindcastServer

@Suite struct LimitsTests {
  private static let sizes = [
    ServerLimits.memoryBytesMin, ServerLimits.memoryBytesMin + 1, 300 << 20, 512 << 20, (1 << 30) - 1, 1 << 30,
    3 << 30, 64 << 30,
  ]

  #if os(Linux)
    @Test("memory is jemalloc's, with the settings that this process asks for")
    func allocator() { #expect(ProcessMemory.arenas == 4) }
  #endif

  @Test("whatever the figure, the limits add up to no more, and hold together", arguments: sizes)
  func sum(memoryBytesMax: Int) {
    let limits = ServerLimits(memoryBytesMax: memoryBytesMax)
    #expect(limits.contradiction == nil)
    #expect(limits.heldBytesMax <= memoryBytesMax)
    #expect(limits.messageBytesMax <= limits.receivedLargeBytesMax)
    let secured = ServerLimits(memoryBytesMax: memoryBytesMax, usesTLS: true)
    #expect(secured.contradiction == nil && secured.heldBytesMax <= memoryBytesMax)
    #expect(secured.connectionsMax < limits.connectionsMax && secured.connectionsMax > limits.connectionsMax / 2)
  }

  @Test("by default there is room for a thousand connections with a stream each, and for the largest block")
  func standard() {
    let limits = ServerLimits()
    #expect(limits.memoryBytesMax == 1 << 30)
    #expect(limits.connectionsMax >= 1_000 && limits.longStreamsMax >= 1_000)
    #expect(limits.messageBytesMax == WireLimits.messageBytesMax)
    // Blocks of archives are made of up to 64 MiB of values, and must be readable in plain columns.
    #expect(limits.plainBytesMax * 2 / 3 >= 64 << 20)
  }

  @Test("a server with less memory says so, and takes smaller messages")
  func small() {
    #expect(ServerLimits(memoryBytesMax: ServerLimits.memoryBytesMin - 1).contradiction?.contains("at least") == true)
    let limits = ServerLimits(memoryBytesMax: 512 << 20)
    #expect(limits.messageBytesMax < WireLimits.messageBytesMax && limits.messageBytesMax > 16 << 20)
  }

  @Test("each relation between limits is checked")
  func contradictions() {
    let changes: [(inout ServerLimits) -> Void] = [
      { $0.connectionsMax *= 100 }, { $0.sentBytesMax += $0.memoryBytesMax }, { $0.admittedBytesMax = 1 },
      { $0.receivedLargeBytesMax = $0.messageBytesMax - 1 }, { $0.receivedMessageBytesMax = $0.windowBytes - 1 },
      { $0.receivedMessageBytesMax = $0.receivedBytesMax + 1 }, { $0.windowBytesMax = $0.windowBytes - 1 },
      { $0.longStreamsMax = $0.streamsMax + 1 }, { $0.connectionsMax = 0 }, { $0.readsMax = 0 },
      { $0.stallPatience = .zero }, { $0.handshakePatience = .zero }, { $0.idlePatience = .seconds(-1) },
    ]
    for (number, change) in changes.enumerated() {
      var limits = ServerLimits()
      change(&limits)
      #expect(limits.contradiction != nil, "change \(number)")
    }
  }

  @Test("the soft limit on open files is raised to the hard one, and connections fit into it")
  func descriptors() {
    let limit = DescriptorLimit.raise()
    #expect(limit > 0)
    var configuration = configuration(in: TemporaryFolder())
    configuration.limits.connectionsMax = limit
    #expect(configuration.fittedToDescriptors().limits.connectionsMax < limit)
  }

  @Test("a block that needs more than a thread's share is checked with the large one; more than that is refused")
  func decodeShares() throws {
    var limits = ServerLimits()
    let encoded = try SampleBlocks.encoded(rows: 20_000)
    func check() throws -> ReceivedBlock {
      try DecodeShares(limits).run { limits throws(FormatError) in
        try ReceivedBlock(encoded.bytes, payloadHash: encoded.payloadHash, limits: limits)
      }
    }
    #expect(try check().block.bytes == encoded.bytes)
    limits.checkBytes = 1_000
    #expect(try check().block.payloadHash == encoded.payloadHash)
    limits.checkBytesLarge = 1_000
    #expect(throws: FormatError.self) { try check() }
  }
}
