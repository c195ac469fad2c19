internal import HindcastStorage

/// Why a server cannot start or go on. The message names the address or the path and says what to do.
package struct ServerError: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Code: Sendable, Equatable {
    /// Not an address, or a name that nobody knows.
    case address
    case addressInUse
    case permission
    /// Limits that contradict each other.
    case configuration
    /// A certificate, a key or a file of tokens is not what it has to be.
    case security
    /// The data directory cannot be opened; the storage error's message is part of this one.
    case storage
    /// The listener broke off.
    case transport
  }

  package var code: Code
  package var message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }
}
