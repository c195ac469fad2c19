internal import HindcastFormat

extension Recovery {
  /// A damaged or missing archive file does not keep the log from opening: what is gone is a gap.
  mutating func loadArchives() throws(StorageError) {
    for archive in log.manifest.archives {
      let path = directory.path(of: archive.name)
      let retained = RetainedFile(path: path, disk: directory.disk)
      let id = FileNames.archiveID(archive.name) ?? 0
      do throws(DiskError) {
        let file = try retained.open()
        switch try SealedFile.ends(of: file, .archive, fileID: id) {
        case .sealed(let ends) where ends.header.logID == log.manifest.logID:
          log.archives.append(
            FileIndex(
              id: id, file: retained, streams: ends.footer.streams, entries: FrameEntries(ends.footer.frames),
              positions: nil,
              byteCount: ends.byteCount, hasFooter: true, rowsHash: ends.footer.rowsHash))
        case .sealed:
          gap(archive.firstPosition...archive.lastPosition, "\(archive.name) belongs to another log")
        case .notSealed(let reason):
          let scan = try SegmentScan(of: file, fileID: id, ascending: false)
          let (streams, entries) = scan.index(ofFirst: scan.frames.count)
          log.counters.rebuiltIndexes += 1
          if entries.reduce(0, { $0 + UInt64($1.rows) }) != archive.rows {
            gap(archive.firstPosition...archive.lastPosition, "\(archive.name): \(reason); some of its rows are lost")
          }
          log.archives.append(
            FileIndex(
              id: id, file: retained, streams: streams, entries: FrameEntries(entries), positions: nil,
              byteCount: try file.byteCount(), hasFooter: false))
        }
      } catch {
        switch error.cause {
        case .notFound, .medium: gap(archive.firstPosition...archive.lastPosition, error.description)
        default: throw StorageError(error)
        }
      }
    }
  }

  /// Segments are deleted only behind the edit that archives them. So if the manifest's last edit is torn and archive
  /// files that no edit names, whole or damaged, hold positions that no segment holds, that edit had been committed and was damaged
  /// later: what it archived is a gap until somebody restores the manifest, and its positions are not given out again.
  mutating func lookForLostEdit() throws(StorageError) {
    let named = Set(log.manifest.archives.map(\.name))
    for name in try directory.archiveFileNames() where !named.contains(name) {
      guard let id = FileNames.archiveID(name) else { continue }
      let path = directory.path(of: name)
      let disk = directory.disk
      // What the file was written behind is vouched for, too, not only what it holds.
      let last = try onDisk { () throws(DiskError) in
        let file = try disk.open(path, .read)
        if case .sealed(let ends) = try SealedFile.ends(of: file, .archive, fileID: id) { return ends.durablePosition }
        // It was whole when it got its name, so it is damaged; what is left of it vouches for as much.
        return try SegmentScan(of: file, fileID: id, ascending: false).highestDurablePosition
      }
      guard last >= log.nextPosition else { continue }
      gap(log.nextPosition...last, "the manifest's last edit is damaged, which named \(name)")
      log.nextPosition = last + 1
    }
  }
}
