internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix
internal import HindcastSecurity

/// Which servers there are and how to come in: addresses, TLS, token. All of it was looked at when this was made, so that
/// what is wrong is said then and not in the background.
struct ServerAccess: Sendable {
  let servers: [ServerAddress]
  private let security: HindcastClient.Configuration.Security
  private let token: TokenSource?

  enum TokenSource: Sendable {
    case value(String)
    case file(RotatingToken)

    var current: String {
      switch self {
      case .value(let token): token
      case .file(let token): token.current
      }
    }
  }

  init(_ servers: String, _ configuration: HindcastClient.Configuration) throws(HindcastError) {
    self.servers = try ServerAddress.list(servers)
    security = configuration.security
    switch configuration.token?.source {
    case nil: token = nil
    case .value(let value):
      if let problem = TokenRules.problem(with: value) { throw HindcastError(.invalidConfiguration, problem) }
      token = .value(value)
    case .file(let path):
      do throws(SecurityError) { token = .file(try RotatingToken(file: path)) } catch {
        throw HindcastError(.invalidConfiguration, error.message)
      }
    }
    if token != nil, security == .plaintext, !configuration.allowsTokenInPlaintext,
      let open = self.servers.first(where: { !$0.isLocal })
    {
      throw HindcastError(
        .invalidConfiguration,
        """
        the token would go to \(open) without encryption, for others to read; use TLS (Configuration.security, \
        HINDCAST_TLS_CA, --tls-ca), or set allowsTokenInPlaintext if the network is one that you trust
        """)
    }
    _ = try transportSecurity
  }

  /// The token as it is now, to find out whether it has changed.
  var presentToken: String? { token?.current }

  var interceptors: [any ClientInterceptor] { token.map { [TokenInterceptor(source: $0)] } ?? [] }

  var serverName: String? {
    if case .tls(let tls) = security { tls.serverName } else { nil }
  }

  /// The files are read each time.
  var transportSecurity: HTTP2ClientTransport.Posix.TransportSecurity {
    get throws(HindcastError) {
      guard case .tls(let tls) = security else { return .plaintext }
      do throws(SecurityError) { return .tls(try Self.transportSecurity(tls)) } catch {
        throw HindcastError(.invalidConfiguration, error.message)
      }
    }
  }

  private static func transportSecurity(
    _ tls: HindcastClient.Configuration.TLS
  ) throws(SecurityError) -> HTTP2ClientTransport.Posix.TransportSecurity.TLS {
    var security = HTTP2ClientTransport.Posix.TransportSecurity.TLS.defaults
    if case .file(let file) = tls.trustRoots {
      security.trustRoots = .certificates([.bytes(try TrustedCertificates(file: file).bytes, format: .pem)])
    }
    switch (tls.certificateFile, tls.keyFile) {
    case (nil, nil): break
    case (let certificateFile?, let keyFile?):
      let identity = try CertificateIdentity(certificateFile: certificateFile, keyFile: keyFile)
      security.certificateChain = [.bytes(identity.certificateBytes, format: .pem)]
      security.privateKey = .bytes(identity.keyBytes, format: .pem)
    default:
      throw SecurityError(
        "\(tls.certificateFile ?? tls.keyFile ?? ""): a certificate and its key belong together; give both, or neither")
    }
    if let name = tls.serverName, name.isEmpty || name.contains(":") || ServerAddress.isIPv4(name) {
      throw SecurityError(
        "the server name '\(name)' is no host name; give the one in the server's certificate, without a port")
    }
    return security
  }
}

/// Puts the token into the metadata of every call: once a stream, whatever is sent on it.
private struct TokenInterceptor: ClientInterceptor {
  let source: ServerAccess.TokenSource

  @concurrent func intercept<Input: Sendable, Output: Sendable>(
    request: StreamingClientRequest<Input>, context: ClientContext,
    next: @concurrent (StreamingClientRequest<Input>, ClientContext) async throws -> StreamingClientResponse<Output>
  ) async throws -> StreamingClientResponse<Output> {
    var request = request
    request.metadata.replaceOrAddString("Bearer \(source.current)", forKey: "authorization")
    return try await next(request, context)
  }
}
