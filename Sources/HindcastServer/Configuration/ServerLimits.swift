internal import HindcastFormat
internal import HindcastWire

/// The bounds of what one server holds at once. All follow from one figure, `memoryBytesMax`: what is left of it after the
/// process itself is cut into shares, and each share is divided by what one connection, stream, message or read takes.
/// So nobody waits for memory that somebody waiting for him holds. The relations are checked when the server starts.
package struct ServerLimits: Sendable {
  /// Resident memory that the server stays under. Not part of it: the index of the log, some 120 bytes a stored block.
  package let memoryBytesMax: Int

  /// Connections at once; one more is told so (GOAWAY with the reason) and closed.
  package var connectionsMax: Int
  /// Streams at once, over all connections; long ones (`Append`, `Read`, `Watch`) leave some for calls. More are refused
  /// with RESOURCE_EXHAUSTED.
  package var streamsMax: Int
  package var longStreamsMax: Int
  /// Streams of one connection; clients are told in SETTINGS.
  package var connectionStreamsMax = 100

  /// Bytes that a peer may send on a stream without being asked for more. Of a busy stream it grows up to
  /// `windowBytesMax`, as far as `receivedBytesMax` has room.
  package var windowBytes = 32 << 10
  package var windowBytesMax = WireLimits.windowBytes
  /// A request message. `Append` and `Put` carry blocks, the others small questions.
  package var messageBytesMax: Int
  package var questionBytesMax = WireLimits.questionBytesMax
  /// Messages on their way in, over all streams, from their first byte until their blocks are admitted; up to
  /// `windowBytes` they need no room. What finds no room waits, and so does its sender. Large ones, of more than
  /// `receivedMessageBytesMax`, have room of their own, so that they do not keep the others waiting.
  package var receivedBytesMax: Int
  package var receivedLargeBytesMax: Int
  package var receivedMessageBytesMax: Int

  /// Bytes of received blocks held in memory, over all streams, from their arrival until they are answered. A stream
  /// waits `admissionPatience` for room; then its block is refused with RESOURCE_EXHAUSTED.
  package var admittedBytesMax: Int
  package var admissionPatience = Duration.seconds(5)
  /// What one append stream may have in flight before the server stops reading from it. One block is always let in.
  package var streamBlocksMax = 64
  package var streamBytesMax = 64 << 20

  /// Threads that check blocks, and threads that read from the disk.
  package var validationThreads: Int
  package var readThreads = 4
  /// Working memory for a column of a block that is checked: of each thread, and of the one that has the large share.
  package var checkBytes: Int
  package var checkBytesLarge: Int
  /// Decoded blocks of reads that want plain columns, together.
  package var plainBytesMax: Int

  /// Reads at once, following ones included. More are refused with RESOURCE_EXHAUSTED.
  package var readsMax: Int
  /// A read hands items to the transport in batches of about this many bytes if `sentBytesMax` has room, else of
  /// `readShareBytes`.
  package var readBatchBytes = 1 << 20
  package var readShareBytes = 128 << 10
  package var readBatchItemsMax = 256
  /// Batches on their way out, over all reads, beyond each one's share.
  package var sentBytesMax: Int
  /// Plain blocks are cut so that each stays under the 4 MiB that generated clients accept without configuration.
  package var plainBlockBytes = 2 << 20

  /// How long a message may take from its first byte to its last, and a call until its request is whole.
  package var messagePatience = Duration.seconds(120)
  /// A peer that takes nothing of what is sent to it for this long loses its stream, or its connection if its socket
  /// takes nothing.
  package var stallPatience = Duration.seconds(120)
  /// How long a slow message or reader keeps memory that others wait for.
  package var scarcePatience = Duration.seconds(5)
  /// How long a TLS handshake may take.
  package var handshakePatience = Duration.seconds(10)
  /// A connection that nothing came from is pinged after this long, and closed if it does not answer.
  package var keepaliveInterval = Duration.seconds(60)
  /// A connection without streams is closed after this long; clients connect again when they need to.
  package var idlePatience = Duration.seconds(600)
  /// How long a refused client should wait before it tries again.
  package var retryAfterMilliseconds: UInt32 = 250

  package static let memoryBytesDefault = 1 << 30
  package static let memoryBytesMin = 256 << 20

  private let connectionBytes: Int

  package init(memoryBytesMax: Int = memoryBytesDefault, usesTLS: Bool = false) {
    self.memoryBytesMax = memoryBytesMax
    connectionBytes = Self.plainConnectionBytes + (usesTLS ? Self.tlsBytes : 0)
    let share = max(1, memoryBytesMax - Self.processBytes) / 64
    connectionsMax = max(1, 8 * share / connectionBytes)
    streamsMax = max(1, 10 * share / Self.streamBytes(window: windowBytes))
    longStreamsMax = max(1, streamsMax * 5 / 6)
    let received = 14 * share / Self.copiesOfReceived
    receivedLargeBytesMax = received * 2 / 3
    receivedBytesMax = received - receivedLargeBytesMax
    receivedMessageBytesMax = receivedBytesMax / 8
    messageBytesMax = min(WireLimits.messageBytesMax, receivedLargeBytesMax)
    admittedBytesMax = 9 * share
    validationThreads = min(processorCount, Self.validationThreadsMax)
    checkBytes = 3 * share / Self.validationThreadsMax
    checkBytesLarge = 3 * share
    plainBytesMax = 7 * share
    readsMax = max(1, min(1_024, 3 * share / Self.copiesOfSent / readShareBytes))
    sentBytesMax = 7 * share / Self.copiesOfSent
  }

  // What things take, as measured on Linux with many of them; `tools/load` holds the server to the sum.

  /// The process with nothing to do, its threads' stacks and allocators.
  private static let processBytes = 48 << 20
  /// Buffers of the socket, the HTTP/2 state, tasks.
  private static let plainConnectionBytes = 108 << 10
  /// A connection's state in TLS, and a record in either direction.
  private static let tlsBytes = 64 << 10
  /// A stream's state and tasks, what waits to be taken from it, and a message that is small enough to need no room of its
  /// own.
  private static func streamBytes(window: Int) -> Int { (32 << 10) + 2 * window }
  /// A message is there twice while it becomes a block: as it came, and as the block.
  private static let copiesOfReceived = 2
  /// An item of a read is there twice: as it was read, and as it is sent.
  private static let copiesOfSent = 2
  /// More need more memory than a share has.
  private static let validationThreadsMax = 4

  /// All of it at once.
  var heldBytesMax: Int {
    Self.processBytes + connectionsMax * connectionBytes
      + streamsMax * Self.streamBytes(window: windowBytes)
      + (receivedBytesMax + receivedLargeBytesMax) * Self.copiesOfReceived
      + admittedBytesMax + validationThreads * checkBytes + checkBytesLarge + plainBytesMax
      + (readsMax * readShareBytes + sentBytesMax) * Self.copiesOfSent
  }

  /// nil, or what contradicts what.
  var contradiction: String? {
    guard memoryBytesMax >= Self.memoryBytesMin else {
      return "memoryBytesMax is \(memoryBytesMax); a server needs at least \(Self.memoryBytesMin) bytes"
    }
    if heldBytesMax > memoryBytesMax {
      return "the limits add up to \(heldBytesMax) bytes, more than memoryBytesMax, \(memoryBytesMax)"
    }
    if receivedLargeBytesMax < messageBytesMax || admittedBytesMax < messageBytesMax {
      return
        "messageBytesMax is \(messageBytesMax); receivedLargeBytesMax (\(receivedLargeBytesMax)) and admittedBytesMax (\(admittedBytesMax)) must hold one message"
    }
    if receivedBytesMax < receivedMessageBytesMax || receivedMessageBytesMax < windowBytes {
      return
        "receivedMessageBytesMax is \(receivedMessageBytesMax); it must be within receivedBytesMax, \(receivedBytesMax), and at least windowBytes, \(windowBytes)"
    }
    if longStreamsMax > streamsMax {
      return "longStreamsMax is \(longStreamsMax), more than streamsMax, \(streamsMax)"
    }
    if messageBytesMax < windowBytes || windowBytesMax < windowBytes {
      return "windowBytes is \(windowBytes); messageBytesMax and windowBytesMax must be at least that"
    }
    let counts = [
      connectionsMax, streamsMax, longStreamsMax, connectionStreamsMax, streamBlocksMax, streamBytesMax, readsMax,
      validationThreads, readThreads, readBatchBytes, readShareBytes, readBatchItemsMax, plainBlockBytes, checkBytes,
      checkBytesLarge, plainBytesMax, sentBytesMax, windowBytes,
    ]
    if counts.contains(where: { $0 < 1 }) { return "every limit of the server must be at least 1" }
    let times = [
      messagePatience, stallPatience, scarcePatience, keepaliveInterval, idlePatience, handshakePatience,
    ]
    if times.contains(where: { $0 <= .zero }) { return "every time limit of the server must be longer than 0" }
    return nil
  }
}
