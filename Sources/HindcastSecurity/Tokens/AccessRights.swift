/// What the holder of a token may do.
package struct AccessRights: OptionSet, Sendable {
  package let rawValue: UInt8

  package init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Log events.
  package static let append = AccessRights(rawValue: 1)
  /// Read events, and what the server says of its log and itself.
  package static let read = AccessRights(rawValue: 2)
  /// Everything, also what decides over others' data, such as cursors.
  package static let admin: AccessRights = [.append, .read, AccessRights(rawValue: 4)]

  private static let words: [(String, AccessRights)] = [("append", .append), ("read", .read), ("admin", .admin)]

  /// `append,read`; nil: there is another word in it, or none.
  package init?(words: some StringProtocol) {
    var rights: AccessRights = []
    for part in words.split(separator: ",", omittingEmptySubsequences: false) {
      guard let word = Self.words.first(where: { $0.0 == part }) else { return nil }
      rights.formUnion(word.1)
    }
    self = rights
  }

  package var text: String {
    if isSuperset(of: .admin) { return "admin" }
    return Self.words.filter { $0.1 != .admin && isSuperset(of: $0.1) }.map(\.0).joined(separator: ",")
  }
}
