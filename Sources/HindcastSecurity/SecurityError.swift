/// What is wrong with a certificate, a key or a token, in words that name the file and say what to do. Never a secret.
package struct SecurityError: Error, Sendable, Equatable, CustomStringConvertible {
  package var message: String

  package init(_ message: String) { self.message = message }

  package var description: String { message }
}
