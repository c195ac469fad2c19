import HindcastSecurity
import TestCertificates
import Testing

@Suite struct TokenTests {
  private func table(_ text: String) throws(SecurityError) -> TokenTable {
    try TokenTable(Array(text.utf8), file: "tokens")
  }

  private static let long = "0123456789abcdef"

  @Test("each line gives a token its name and rights; comments, empty lines and Windows line ends do no harm")
  func lines() throws {
    let table = try table(
      "# ours\n\nfraud append aaaaaaaaaaaaaaaa\r\n  dash\tread,append   bbbbbbbbbbbbbbbb\ncccccccccccccccc")
    #expect(table.count == 3)
    #expect(table.holder(of: "aaaaaaaaaaaaaaaa") == .init(name: "fraud", rights: .append))
    #expect(table.holder(of: "bbbbbbbbbbbbbbbb") == .init(name: "dash", rights: [.read, .append]))
    #expect(table.holder(of: "cccccccccccccccc") == .init(name: "line 5", rights: .admin))
  }

  @Test(
    "nobody holds another text, however near it is",
    arguments: ["", "0", "0123456789abcde", "0123456789abcdeF", "0123456789abcdef ", "0123456789abcdef0"])
  func strangers(token: String) throws {
    #expect(try table("a admin \(Self.long)").holder(of: token) == nil)
  }

  @Test("every one of many tokens is told apart from the others")
  func many() throws {
    let tokens = (0..<TokenTable.tokensMax).map { "token-\($0)-\(Self.long)" }
    let table = try table(tokens.enumerated().map { "n\($0) append \($1)" }.joined(separator: "\n"))
    for index in stride(from: 0, to: tokens.count, by: 37) {
      #expect(table.holder(of: tokens[index])?.name == "n\(index)")
    }
    #expect(table.holder(of: Self.long) == nil)
  }

  @Test("a hash stands for its token, and is no token itself")
  func hashed() throws {
    // printf %s 0123456789abcdef | sha256sum
    let hash = "sha256:9f9f5111f7b27a781f1f1ddde5ebc2dd2b796bfc7365c9c28b548e564176929f"
    let table = try table("a read \(hash)")
    #expect(table.holder(of: Self.long)?.name == "a")
    #expect(table.holder(of: hash) == nil)
  }

  @Test(
    "what is wrong in the file is told with its line, and never with the token",
    arguments: [
      ("", "no token in it"), ("# nothing\n", "no token in it"), ("\nname \(long)", "line 2"),
      ("a append,write \(long)", "append, read or admin"), ("a append, \(long)", "append, read or admin"),
      ("a read short", "can be guessed"), ("a read \(long)\nb read \(long)", "line 2: the same token"),
      ("a read sha256:12ab", "64 hexadecimal"), ("a b c \(long)", "4 words"), ("a read \(long)ü", "ASCII"),
      ("\(String(repeating: "n", count: 129)) read \(long)", "the name is over"),
    ])
  func wrong(text: String, expected: String) throws {
    let error = #expect(throws: SecurityError.self) { try table(text) }
    #expect(error?.message.contains(expected) == true, "\(error?.message ?? "")")
    #expect(error?.message.contains(Self.long) == false)
  }

  @Test("admin includes the other rights, and no two of them make admin")
  func rights() {
    #expect(AccessRights.admin.isSuperset(of: [.append, .read]))
    #expect(!AccessRights([.append, .read]).isSuperset(of: .admin))
    #expect(AccessRights(words: "read,append")?.text == "append,read")
    #expect(AccessRights(words: "admin")?.text == "admin")
    for words in ["", ",", "Append", "read, append", "all"] { #expect(AccessRights(words: words) == nil) }
  }

  @Test("a file that everybody may read is warned of")
  func permissions() throws {
    let files = try TestCertificates()
    #expect(try TokenTable(file: files.write("a read \(Self.long)", to: "closed")).warnings.isEmpty)
    let open = try TokenTable(file: files.write("a read \(Self.long)", to: "open", mode: 0o644))
    #expect(open.warnings.first?.contains("chmod 600") == true)
  }

  @Test("a token's file is read again when it has changed; while it is away or broken, the last token stays")
  func rotation() throws {
    let files = try TestCertificates()
    let path = try files.write("first-token\n", to: "token")
    let token = try RotatingToken(file: path)
    #expect(token.current == "first-token")
    try files.write("second-token\nand a remark\n", to: "token")
    #expect(token.current == "second-token")
    try files.write("two words\n", to: "token")
    #expect(token.current == "second-token")
    try files.write("third-token", to: "token")
    #expect(token.current == "third-token")
  }

  @Test(
    "a token's file that cannot be one is refused with its name",
    arguments: [
      ("", "0 words"), ("two words", "2 words"), ("tökén", "ASCII"), (String(repeating: "x", count: 4_097), "over"),
    ])
  func noToken(text: String, expected: String) throws {
    let files = try TestCertificates()
    let path = try files.write(text, to: "token")
    let error = #expect(throws: SecurityError.self) { try RotatingToken(file: path) }
    #expect(error?.message.contains(path) == true && error?.message.contains(expected) == true)
    #expect(throws: SecurityError.self) { try RotatingToken(file: path + "-none") }
  }
}
