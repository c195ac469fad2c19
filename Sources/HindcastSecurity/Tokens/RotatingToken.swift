internal import Synchronization

/// A token in a file that is replaced from time to time: read again whenever the file has changed.
package final class RotatingToken: Sendable {
  private struct State {
    var token: String
    var version: SmallFile.Version
  }

  package let file: String
  private let state: Mutex<State>

  package init(file: String) throws(SecurityError) {
    self.file = file
    state = Mutex(try Self.read(file))
  }

  /// The token as the file has it now. While the file is away, or what it holds is no token, the last one that was there:
  /// a writer may be in the middle of it.
  package var current: String {
    let version = SmallFile.Version(path: file)
    return state.withLock { state in
      if let version, version != state.version, let read = try? Self.read(file) { state = read }
      return state.token
    }
  }

  private static func read(_ file: String) throws(SecurityError) -> State {
    let content = try SmallFile(file, what: "the token", remedy: "give a file with the token in its first line")
    let line = content.bytes.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
    let words = String(decoding: line, as: UTF8.self).split { $0 == " " || $0 == "\t" }
    guard words.count == 1 else {
      throw SecurityError(
        "\(file): \(words.count) words in the first line; the token has to stand there, and nothing else")
    }
    if let problem = TokenRules.problem(with: words[0]) { throw SecurityError("\(file): \(problem)") }
    return State(token: String(words[0]), version: content.version)
  }
}
