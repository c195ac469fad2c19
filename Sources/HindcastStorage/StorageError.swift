package import HindcastFormat

/// What storage cannot do, for whom, and what to do about it. The message names path, position and offset where they are
/// known.
package struct StorageError: Error, Sendable, Equatable, CustomStringConvertible {
  /// An open set of classes; whoever does not know one still has the message.
  package enum Code: Sendable, Equatable {
    /// Another life of the producer has taken over.
    case staleEpoch
    /// Blocks between the last one and this one are missing; the number that is waited for.
    case sequenceGap(expected: UInt64)
    /// A write or an fsync failed: what was waiting may or may not be on disk. Only a restart writes again.
    case journalFailed
    /// Nothing was written; the same block may be sent again when there is room.
    case diskFull
    /// More is queued than the journal holds in memory; send it again later.
    case overloaded
    /// Another process has the data directory.
    case locked
    case notADataDirectory
    case permission
    case unknownModel
    case unknownCursor
    /// What is asked for contradicts what stands: a cursor would move back.
    case conflict
    /// Bytes that must be right are not.
    case corrupt
    /// The store was closed, or was opened for reading only.
    case closed
    /// Another compaction is running.
    case busy
    /// A block that breaks a limit.
    case invalid
    case io
  }

  package var code: Code
  package var message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package init(_ error: DiskError) {
    let code: Code =
      switch error.cause {
      case .permission: .permission
      case .full: .diskFull
      case .locked: .locked
      default: .io
      }
    let advice = code == .permission ? "; give this process's user access to it, or name another directory" : ""
    self.init(code, error.description + advice)
  }

  package init(_ error: FormatError, in path: String) {
    self.init(.corrupt, "\(path): \(error.message)")
  }

  package var description: String { message }

  /// The same block may be sent again and can succeed.
  package var isRetryable: Bool {
    switch code {
    case .diskFull, .overloaded, .busy: true
    default: false
    }
  }
}

/// Runs disk calls with storage's error type.
func onDisk<Value: ~Copyable>(_ body: () throws(DiskError) -> Value) throws(StorageError) -> Value {
  do throws(DiskError) { return try body() } catch { throw StorageError(error) }
}
