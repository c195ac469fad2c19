internal import Hindcast
internal import HindcastFormat
internal import HindcastStorage

/// Who may change cursors: the server that holds a directory, or whoever opens it for writing.
enum CursorOwner {
  case local(LogStore)
  case remote(RemoteReader)

  func setCursor(
    _ name: String, position: UInt64, model: String?, resetting: Bool
  ) async throws -> NamedCursor {
    switch self {
    case .local(let store):
      try store.setCursor(name, position: position, model: model, resetting: resetting)
    case .remote(let reader):
      try await reader.setCursor(name, position: position, model: model, resetting: resetting)
    }
  }

  func removeCursor(_ name: String) async throws -> NamedCursor {
    switch self {
    case .local(let store): try store.removeCursor(name)
    case .remote(let reader): try await reader.removeCursor(name)
    }
  }

  /// Opens, works and closes, also when the work fails.
  static func with<Result>(
    _ options: SourceOptions, _ work: (CursorOwner) async throws -> Result
  ) async throws -> Result {
    let owner = try open(options)
    do {
      let result = try await work(owner)
      try await owner.close()
      return result
    } catch {
      // The work's own error is the one to tell of.
      try? await owner.close()
      throw error
    }
  }

  private static func open(_ options: SourceOptions) throws -> CursorOwner {
    guard let directory = options.data else { return .remote(try options.remoteReader()) }
    // Opening for writing would make a directory that is not there.
    _ = try LogStore.open(directory: directory, mode: .readOnly)
    return .local(try LogStore.open(directory: directory, mode: .exclusive))
  }

  private func close() async throws {
    switch self {
    case .local(let store): try await store.close()
    case .remote(let reader): await reader.close()
    }
  }
}
