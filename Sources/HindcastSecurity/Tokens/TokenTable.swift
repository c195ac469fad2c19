internal import Crypto

/// The tokens that a server takes. It keeps no token, only what SHA-256 makes of it, so that none can be read from the
/// process's memory.
///
/// A line of the file is `NAME RIGHTS TOKEN`, such as `fraud-service append 2f5c...`, or a token alone, which may do
/// everything. RIGHTS are `append`, `read` and `admin`, joined by commas. Instead of a token its hash may stand there,
/// as `sha256:` and 64 hexadecimal digits. Empty lines, and those that begin with `#`, are left out.
package struct TokenTable: Sendable {
  package struct Holder: Sendable, Equatable {
    package var name: String
    package var rights: AccessRights

    package init(name: String, rights: AccessRights) {
      self.name = name
      self.rights = rights
    }
  }

  private var hashes: [[UInt8]] = []
  private var holders: [Holder] = []
  package private(set) var warnings: [String] = []

  package var count: Int { holders.count }

  package static let tokensMax = 1_024
  /// One that is shorter can be guessed.
  package static let tokenBytesMin = 16
  /// Headers of 16 KiB are the most that HTTP/2 takes here.
  package static let tokenBytesMax = 4_096
  private static let nameBytesMax = 128

  package init(file: String) throws(SecurityError) {
    let content = try SmallFile(
      file, what: "the file of tokens", remedy: "give one with a line `NAME RIGHTS TOKEN` for each")
    try self.init(content.bytes, file: file)
    if content.isOpenToAll { warnings.append("\(file): every user of this machine may read the tokens; chmod 600 it") }
  }

  /// `file` is for messages, which tell the line and never the token.
  package init(_ bytes: [UInt8], file: String) throws(SecurityError) {
    for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
      let text = String(decoding: line, as: UTF8.self)
      let words = text.split { $0 == " " || $0 == "\t" || $0 == "\r" }
      guard let first = words.first, !first.hasPrefix("#") else { continue }
      do throws(SecurityError) { try add(words, number: index + 1) } catch {
        throw SecurityError("\(file), line \(index + 1): \(error.message)")
      }
    }
    if holders.isEmpty {
      throw SecurityError("\(file): no token in it, so nobody could do anything; make one: openssl rand -hex 32")
    }
  }

  private mutating func add(_ words: [Substring], number: Int) throws(SecurityError) {
    guard words.count == 1 || words.count == 3 else {
      throw SecurityError("\(words.count) words; write NAME RIGHTS TOKEN, or the token alone")
    }
    let name = words.count == 3 ? String(words[0]) : "line \(number)"
    guard name.utf8.count <= Self.nameBytesMax else {
      throw SecurityError("the name is over \(Self.nameBytesMax) bytes")
    }
    guard let rights = words.count == 3 ? AccessRights(words: words[1]) : .admin else {
      throw SecurityError("unknown rights; write append, read or admin, or several with commas between them")
    }
    let hash = try Self.hash(ofEntry: words[words.count - 1])
    guard !hashes.contains(hash) else { throw SecurityError("the same token stands above already; give each its own") }
    guard holders.count < Self.tokensMax else { throw SecurityError("more than \(Self.tokensMax) tokens") }
    hashes.append(hash)
    holders.append(Holder(name: name, rights: rights))
  }

  private static func hash(ofEntry entry: Substring) throws(SecurityError) -> [UInt8] {
    if entry.hasPrefix("sha256:") {
      let digits = Array(entry.utf8.dropFirst(7))
      let values = digits.compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
      guard digits.count == 64, values.count == 64 else {
        throw SecurityError("behind sha256: there must be 64 hexadecimal digits: printf %s \"$TOKEN\" | sha256sum")
      }
      return stride(from: 0, to: 64, by: 2).map { UInt8(values[$0] * 16 + values[$0 + 1]) }
    }
    if let problem = TokenRules.problem(with: entry) { throw SecurityError(problem) }
    guard entry.utf8.count >= tokenBytesMin else {
      throw SecurityError(
        "the token has less than \(tokenBytesMin) characters and can be guessed; make one: openssl rand -hex 32")
    }
    return hash(of: entry.utf8)
  }

  /// Who holds the token; nil: nobody. Takes as long whatever token it is and wherever it stands.
  package func holder(of token: some StringProtocol) -> Holder? {
    guard token.utf8.count <= Self.tokenBytesMax else { return nil }
    let hash = Self.hash(of: token.utf8)
    var found = -1
    for index in hashes.indices {
      var difference: UInt8 = 0
      for (left, right) in zip(hashes[index], hash) { difference |= left ^ right }
      // All ones where nothing differs, else zero, without a branch.
      let isEqual = (Int(difference) - 1) >> 8
      found = (found & ~isEqual) | (index & isEqual)
    }
    return found < 0 ? nil : holders[found]
  }

  private static func hash(of token: some Sequence<UInt8>) -> [UInt8] {
    var sha = SHA256()
    Array(token).withUnsafeBytes { sha.update(bufferPointer: $0) }
    return Array(sha.finalize())
  }
}

/// What a token must look like to stand in a header.
package enum TokenRules {
  /// nil: nothing. Does not repeat the token.
  package static func problem(with token: some StringProtocol) -> String? {
    if token.isEmpty { return "the token is empty" }
    if token.utf8.count > TokenTable.tokenBytesMax { return "the token is over \(TokenTable.tokenBytesMax) bytes" }
    if !token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) {
      return "the token has other characters than letters, digits and punctuation of ASCII"
    }
    return nil
  }
}
