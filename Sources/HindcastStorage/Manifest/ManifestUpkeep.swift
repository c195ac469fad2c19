internal import HindcastFormat

/// What an exclusive open does to the manifest and the archive's folders after recovery.
enum ManifestUpkeep {
  /// Records new gaps, cuts a torn edit, writes the manifest anew when it has grown long, and removes files that it does
  /// not name. Segments are deleted only behind the edit that releases them: if the last edit is torn and positions are
  /// missing, it had been committed and was damaged later, and the files it may have named are set aside, not removed.
  static func run(
    _ directory: DataDirectory, _ manifest: inout ManifestFile, _ log: RecoveredLog, _ options: LogStoreOptions
  ) throws(StorageError) {
    let wasTorn = manifest.hasTornTail
    try removeStrays(directory, manifest.state, setAside: !log.newGaps.isEmpty)
    if wasTorn { try manifest.cutTornTail() }
    if !log.newGaps.isEmpty {
      var edit = manifest.state.nextEdit(time: options.now())
      edit.gaps = log.newGaps
      try manifest.append(edit)
    }
    if manifest.editCount > ManifestFile.editsMax {
      do throws(StorageError) { try manifest.rewrite(directory, time: options.now()) } catch {
        // A log opens on a full disk, too: the long one is as good.
        guard error.code == .diskFull, manifest.isUsable else { throw error }
      }
    }
  }

  private static func removeStrays(
    _ directory: DataDirectory, _ state: ManifestState, setAside: Bool
  ) throws(StorageError) {
    let named = Set(state.archives.map(\.name))
    for name in try directory.archiveFileNames() where !named.contains(name) {
      let file = name.split(separator: "/").last.map(String.init) ?? name
      try onDisk { () throws(DiskError) in
        if setAside, !name.hasSuffix(FileNames.temporarySuffix) {
          try directory.disk.rename(directory.path(of: name), to: "\(directory.tornPath)/\(file)")
        } else {
          try directory.disk.remove(directory.path(of: name))
        }
      }
    }
  }
}
