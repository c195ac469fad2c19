package import HindcastFormat
public import Logging

extension HindcastClient {
  /// Everything a client can be told. The defaults suit a busy service.
  public struct Configuration: Sendable {
    /// Where to log to, unless the client is made with an address: `127.0.0.1:7400`, `host.name:7400`,
    /// `unix:/path/to/socket`, or several of them with commas in between; see ``HindcastClient/init(server:configuration:)``.
    public var server = "127.0.0.1:7400"

    /// How the connection is secured. TLS wherever others might listen.
    public var security = Security.plaintext

    /// What tells the server who is logging, if it asks for that. Sent with every call.
    public var token: Token?

    /// Send the token also where it is not encrypted and leaves this machine. Without this, a client with such a
    /// configuration is refused.
    public var allowsTokenInPlaintext = false

    /// An event waits at most this long for others to share its block.
    public var flushInterval: Duration = .seconds(1)

    /// A block goes out when it has this many events; at most 1,048,576, which is also the most a server takes.
    public var blockRows = 32_768

    /// A block goes out when its values take this many bytes in memory.
    public var blockBytes = 16 << 20

    /// Bytes that may wait in memory: events not yet sent, and sent ones until the server has them on disk. Beyond it
    /// `whenFull` decides what gives way, and is counted; nothing blocks.
    public var waitingBytes = 64 << 20

    /// What gives way when `waitingBytes` are waiting.
    public var whenFull = WhenFull.dropNewest

    /// Blocks sent ahead of the server's answers.
    public var blocksInFlight = 32

    /// Bytes sent ahead of the server's answers. One block may always be in flight, whatever its size.
    public var bytesInFlight = 32 << 20

    /// The first wait after a lost connection or a refusal; each further one is 1.6 times as long, up to `retryDelayMax`,
    /// and spread at random by a fifth either way.
    public var retryDelay: Duration = .milliseconds(100)

    /// The longest wait between attempts.
    public var retryDelayMax: Duration = .seconds(10)

    /// A server that has blocks and answers none of them for this long is taken for dead: the connection is made anew.
    public var answerTimeout: Duration = .seconds(60)

    /// A server that was tried and has made no connection after this long is given up for the next attempt.
    package var connectTimeout: Duration = .seconds(15)

    /// The first wait after the server has refused the token or the certificate, which only a person can mend; each
    /// further one is 1.6 times as long, up to ten times this. A token's file that changes ends the wait.
    package var deniedDelay: Duration = .seconds(30)

    /// Compress with zlib rather than zstd, for readers that have nothing else.
    public var usesZlibOnly = false

    /// Where the client reports rejected events, drops and lost connections; seldom more than one line in 10 seconds.
    public var logger = Logger(label: "hindcast")

    /// The defaults.
    public init() {}

    /// The same with every number in its bounds.
    var bounded: Configuration {
      var bounded = self
      bounded.flushInterval = min(max(flushInterval, .milliseconds(1)), .seconds(3_600))
      bounded.blockRows = min(max(blockRows, 1), Limits.rowsMax)
      bounded.blockBytes = min(max(blockBytes, 1), Limits.blockBytesMax / 2)
      bounded.waitingBytes = max(waitingBytes, 1)
      bounded.blocksInFlight = max(blocksInFlight, 1)
      bounded.bytesInFlight = max(bytesInFlight, 1)
      bounded.retryDelay = max(retryDelay, .milliseconds(1))
      bounded.retryDelayMax = max(retryDelayMax, bounded.retryDelay)
      bounded.answerTimeout = max(answerTimeout, .milliseconds(10))
      if case .spool(let options) = whenFull { bounded.whenFull = .spool(options.bounded) }
      return bounded
    }
  }

  /// Which world a prediction was made in.
  public enum Environment: Sendable, Hashable, CaseIterable {
    /// Answers that were used.
    case production
    /// A candidate that runs beside production on the same inputs.
    case shadow
    /// Held-out data.
    case validation
    /// The data the model was fitted to.
    case training

    package var stored: HindcastFormat.Environment {
      switch self {
      case .production: .production
      case .shadow: .shadow
      case .validation: .validation
      case .training: .training
      }
    }
  }
}
