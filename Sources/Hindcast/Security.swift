extension HindcastClient.Configuration {
  /// How the connection to the server is secured.
  public enum Security: Sendable, Hashable {
    /// Not at all: for this machine, and networks that you trust.
    case plaintext
    /// TLS 1.2 or later. The server has to show a certificate that comes from one of the trust roots.
    case tls(TLS = TLS())
  }

  /// What TLS needs to know. All files are PEM, and are read again for every connection.
  public struct TLS: Sendable, Hashable {
    /// Whose certificates are believed.
    public enum TrustRoots: Sendable, Hashable {
      /// Those that the operating system has.
      case system
      /// Those in this file, and no others.
      case file(String)
    }

    /// Whose certificates are believed.
    public var trustRoots = TrustRoots.system

    /// What this client shows to a server that asks for certificates (mutual TLS), with those between it and its CA.
    public var certificateFile: String?

    /// The certificate's key.
    public var keyFile: String?

    /// The name that the server's certificate has to bear. Default: the host of the address.
    public var serverName: String?

    /// TLS with the system's trust roots, unless another is given, and without a certificate of the client's own.
    public init(
      trustRoots: TrustRoots = .system, certificateFile: String? = nil, keyFile: String? = nil,
      serverName: String? = nil
    ) {
      self.trustRoots = trustRoots
      self.certificateFile = certificateFile
      self.keyFile = keyFile
      self.serverName = serverName
    }
  }

  /// A word that the server knows the holder by. Its text does not show when it is printed.
  public struct Token: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    enum Source: Sendable, Hashable {
      case value(String)
      case file(String)
    }

    let source: Source

    /// This token.
    public static func value(_ token: String) -> Token { Token(source: .value(token)) }

    /// The one in the first line of a file, which is read again when it has changed.
    public static func file(_ path: String) -> Token { Token(source: .file(path)) }

    /// Where the token comes from.
    public var description: String {
      switch source {
      case .value: "a token"
      case .file(let path): "the token in \(path)"
      }
    }

    /// The same.
    public var debugDescription: String { description }

    /// Nothing inside.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
  }
}
