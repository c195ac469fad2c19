package import HindcastFormat
internal import Synchronization

extension LogStore {
  /// In the order of their names.
  package var cursors: [NamedCursor] {
    state.shared.withLock { $0.manifest.cursors.values.sorted { $0.name < $1.name } }
  }

  /// Notes that a consumer has everything up to `position` of a model, nil being all of them. From then on retention keeps
  /// what lies behind that. Durable when it returns; a position that is noted already costs nothing. Blocks the calling
  /// thread for moments, also while a compaction runs.
  ///
  /// A cursor only moves forward and keeps its model, unless `resetting`. Throws `.conflict` if it would not or if there
  /// are too many, `.unknownModel`, `.invalid` for a name that breaks the rules and a position that is not durable,
  /// `.closed`, `.diskFull`, `.io`.
  @discardableResult
  package func setCursor(
    _ name: String, position: UInt64, model: String? = nil, resetting: Bool = false
  ) throws(StorageError) -> NamedCursor {
    do throws(FormatError) { try NamedCursor.check(name: name) } catch {
      throw StorageError(.invalid, error.message)
    }
    let manifest = try manifestForCursors()
    let (durable, models) = state.shared.withLock { ($0.durablePosition, $0.models) }
    guard position <= durable else {
      throw StorageError(
        .invalid, "cursor \(name): position \(position) is not there yet; the durable position is \(durable)")
    }
    // A typing mistake would hold nothing back.
    if let model, !models.contains(model) { throw Self.unknownModel(model, models) }
    var cursor = NamedCursor(name: name, position: position, model: model, time: options.now())
    try manifest.commit { state, edit throws(StorageError) in
      if let known = state.cursors[name] {
        if known.position == position, known.model == model {
          cursor = known
          return false
        }
        if !resetting { try Self.check(cursor, follows: known) }
      } else if state.cursors.count >= Limits.cursorsMax {
        throw StorageError(
          .conflict, "there are \(state.cursors.count) cursors, the most there can be; remove one that nobody moves")
      }
      edit.cursors = [cursor]
      return true
    }
    return cursor
  }

  /// Returns the cursor as it stood. Throws `.unknownCursor`, `.closed`, `.diskFull`, `.io`.
  @discardableResult
  package func removeCursor(_ name: String) throws(StorageError) -> NamedCursor {
    var removed: NamedCursor?
    try manifestForCursors().commit { state, edit throws(StorageError) in
      guard let known = state.cursors[name] else {
        let names = state.cursors.keys.sorted().prefix(8).joined(separator: ", ")
        throw StorageError(
          .unknownCursor, "there is no cursor \(name); " + (names.isEmpty ? "there is none" : "there are \(names)"))
      }
      removed = known
      edit.removedCursors = [name]
      return true
    }
    return removed!
  }

  private func manifestForCursors() throws(StorageError) -> ManifestWriter {
    guard let manifest else { throw StorageError(.closed, "\(directory.path) is open for reading only") }
    return manifest
  }

  private static func check(_ cursor: NamedCursor, follows known: NamedCursor) throws(StorageError) {
    guard cursor.model == known.model else {
      throw StorageError(
        .conflict,
        "cursor \(cursor.name) is of \(known.model.map { "model \($0)" } ?? "all models"), not of "
          + "\(cursor.model.map { "model \($0)" } ?? "all models"); take another name, or ask for a reset")
    }
    guard cursor.position >= known.position else {
      throw StorageError(
        .conflict,
        "cursor \(cursor.name) stands at position \(known.position), and a cursor only moves forward, not to "
          + "\(cursor.position): what lies between may be gone; take another name, or ask for a reset")
    }
  }
}
