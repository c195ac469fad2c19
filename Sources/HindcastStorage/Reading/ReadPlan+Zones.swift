internal import HindcastFormat
internal import Synchronization

extension ReadPlan {
  /// Without the blocks of archive files in which no row can meet the conditions. Their statistics stand in the files'
  /// footers, which are read again for it: they are not kept in memory. A file that cannot be read stays as it is, for the
  /// cursor to tell of.
  static func narrowed(
    _ steps: [LogCursor.Step], by conditions: [ColumnCondition], counting state: LogState
  ) -> [LogCursor.Step] {
    var passedOver = 0
    let narrowed = steps.compactMap { step -> LogCursor.Step? in
      guard case .file(let file, let entries, isJournal: false) = step, let zones = zones(of: file) else { return step }
      let wanted = entries.filter { entry in
        zones[entry.offset].map { conditions.mayMeet($0, rowCount: Int(entry.rows)) } ?? true
      }
      passedOver += entries.count - wanted.count
      return wanted.isEmpty ? nil : .file(file, entries: wanted, isJournal: false)
    }
    if passedOver > 0 { state.shared.withLock { $0.counters.blocksPassedOver += UInt64(passedOver) } }
    return narrowed
  }

  /// By the offset of the block's frame.
  private static func zones(of file: FileIndex) -> [UInt64: [ColumnZone]]? {
    guard file.hasFooter, let opened = try? file.file.open(),
      case .sealed(let ends) = try? SealedFile.ends(of: opened, .archive, fileID: file.id),
      ends.footer.zones.count == ends.footer.frames.count
    else { return nil }
    return Dictionary(
      zip(ends.footer.frames, ends.footer.zones).lazy.map { ($0.offset, $1) }, uniquingKeysWith: { first, _ in first })
  }
}
