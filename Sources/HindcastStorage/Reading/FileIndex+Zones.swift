internal import HindcastFormat

extension FileIndex {
  /// For each entry of an archive file, whether a row of its block can meet the conditions, as the statistics in the file's
  /// footer tell. Those are read for it: they are not kept in memory. nil: nothing is known, and where the file cannot be
  /// read, the cursor will tell of it.
  func mayMeet(_ conditions: [ColumnCondition], in file: some DiskFile) -> [Bool]? {
    guard hasFooter, case .sealed(let ends) = try? SealedFile.ends(of: file, .archive, fileID: id),
      ends.footer.zones.count == ends.footer.frames.count
    else { return nil }
    let zones = Dictionary(
      zip(ends.footer.frames, ends.footer.zones).lazy.map { ($0.offset, $1) }, uniquingKeysWith: { first, _ in first })
    return entries.map { entry in
      zones[entry.offset].map { conditions.mayMeet($0, rowCount: Int(entry.rows)) } ?? true
    }
  }
}
