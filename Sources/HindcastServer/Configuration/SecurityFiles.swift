/// The files that say who may talk to the server, and how. None of them: plain HTTP/2, for everybody.
package struct SecurityFiles: Sendable, Equatable {
  /// PEM: the server's certificate, those above it, and its key. Both: TLS.
  package var certificate: String?
  package var key: String?
  /// PEM: a client has to show a certificate that comes from one of these.
  package var clientCA: String?
  /// Who may do what; see `TokenTable`.
  package var tokens: String?

  package init(certificate: String? = nil, key: String? = nil, clientCA: String? = nil, tokens: String? = nil) {
    self.certificate = certificate
    self.key = key
    self.clientCA = clientCA
    self.tokens = tokens
  }

  /// nil, or what is missing.
  package var contradiction: String? {
    if certificate != nil, key == nil { return "a certificate needs its key: give --tls-key FILE as well" }
    if key != nil, certificate == nil { return "a key needs its certificate: give --tls-certificate FILE as well" }
    if clientCA != nil, certificate == nil {
      return "clients show certificates over TLS only: give --tls-certificate FILE and --tls-key FILE as well"
    }
    return nil
  }
}
