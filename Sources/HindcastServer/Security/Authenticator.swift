internal import GRPCCore
internal import HindcastSecurity
internal import HindcastWire
internal import Synchronization

/// Whether a call may be made with the token that it brings. Asked once a stream, before anything is read of it.
final class Authenticator: Sendable {
  private let file: String
  private let table: Mutex<TokenTable>

  /// nil: there is no file of tokens, so everybody may do everything.
  init?(_ files: SecurityFiles) throws(SecurityError) {
    guard let file = files.tokens else { return nil }
    self.file = file
    table = Mutex(try TokenTable(file: file))
  }

  var warnings: [String] { table.withLock { $0.warnings } }
  var tokenCount: Int { table.withLock { $0.count } }

  /// Reads the file again. When this throws, the tokens that were there stay. Streams that are open go on.
  func reload() throws(SecurityError) {
    let renewed = try TokenTable(file: file)
    table.withLock { $0 = renewed }
  }

  /// nil: the call may be made.
  func denial(path: String, authorization: String?) -> RPCError? {
    guard let needed = Self.rights(for: path) else { return nil }
    guard let authorization else {
      return RPCError(
        code: .unauthenticated,
        message: """
          this server wants a token: send `authorization: Bearer TOKEN` as metadata with every call, with the SDK set \
          Configuration.token or HINDCAST_TOKEN_FILE, with the command give --token-file
          """)
    }
    let scheme = "bearer "
    guard authorization.utf8.count > scheme.utf8.count, authorization.prefix(scheme.count).lowercased() == scheme else {
      return RPCError(
        code: .unauthenticated, message: "the metadata `authorization` has to be `Bearer` and the token behind a space")
    }
    guard let holder = table.withLock({ $0 }).holder(of: authorization.dropFirst(scheme.count)) else {
      return RPCError(
        code: .unauthenticated,
        message: "the server does not know this token; use one of its file of tokens, or add it there and send SIGHUP")
    }
    guard holder.rights.isSuperset(of: needed) else {
      return RPCError(
        code: .permissionDenied,
        message: """
          the token '\(holder.name)' has the right \(holder.rights.text), and \(path) takes \(needed.text); use another \
          token, or add the right to the server's file of tokens and send SIGHUP
          """)
    }
    return nil
  }

  /// What a method takes; nil: nothing, since load balancers have no token. One that is not known takes everything, so
  /// that no spelling of a path is a way around.
  static func rights(for path: String) -> AccessRights? { rightsByPath[path] ?? .some(.admin) }

  private static let rightsByPath: [String: AccessRights?] = {
    let rights: [(MethodDescriptor, AccessRights?)] = [
      (HindcastMethods.append, .append), (HindcastMethods.put, .append), (HindcastMethods.read, .read),
      (HindcastMethods.listModels, .read), (HindcastMethods.describeModel, .read), (HindcastMethods.status, .read),
      (HindcastMethods.setCursor, .admin), (HindcastMethods.removeCursor, .admin), (HealthMethods.check, nil),
      (HealthMethods.watch, nil),
    ]
    return Dictionary(uniqueKeysWithValues: rights.map { ("/\($0.fullyQualifiedMethod)", $1) })
  }()
}
