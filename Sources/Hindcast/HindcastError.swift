/// What went wrong, in words that name the thing and say what to do.
public struct HindcastError: Error, Sendable, CustomStringConvertible {
  /// An open set of classes; whoever does not know a code still has the message.
  public struct Code: RawRepresentable, Sendable, Hashable {
    /// The code's word.
    public let rawValue: String
    /// A code of that word.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The server's address can't be understood.
    public static let invalidAddress = Code(rawValue: "invalid_address")
    /// Parts of the configuration contradict each other, or a file that it names is not what it has to be.
    public static let invalidConfiguration = Code(rawValue: "invalid_configuration")
    /// The server wants a token, or does not know the one that it got.
    public static let unauthenticated = Code(rawValue: "unauthenticated")
    /// The server knows the token, which has no right to what was asked for.
    public static let permissionDenied = Code(rawValue: "permission_denied")
    /// Time ran out; what was asked for may still happen.
    public static let deadlineExceeded = Code(rawValue: "deadline_exceeded")
    /// The client was shut down before.
    public static let shutDown = Code(rawValue: "shut_down")
    /// The server could not be reached, or the connection was lost.
    public static let unavailable = Code(rawValue: "unavailable")
    /// The server does not know the model, or another thing that was asked for.
    public static let notFound = Code(rawValue: "not_found")
    /// The server refused the request.
    public static let refused = Code(rawValue: "refused")
    /// The server sent what no server should: bytes that contradict their hash, or no message at all.
    public static let corrupt = Code(rawValue: "corrupt")
    /// The system lacks something, such as memory for a thread.
    public static let system = Code(rawValue: "system")
  }

  /// What class of error it is.
  public var code: Code
  /// What happened, to what, and what to do.
  public var message: String

  /// An error with its text.
  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// The message.
  public var description: String { message }
}
