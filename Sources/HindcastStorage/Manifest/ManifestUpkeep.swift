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
    try removeStrays(directory, manifest.state, setAside: wasTorn && !log.newGaps.isEmpty)
    if wasTorn { try manifest.cutTornTail() }
    if !log.newGaps.isEmpty {
      var edit = manifest.state.nextEdit(time: options.now())
      edit.gaps = log.newGaps
      try manifest.append(edit)
    }
    if manifest.editCount > editsMax {
      let onDisk = Set(try directory.segmentIDs())
      let state = manifest.state
      try ManifestFile.write(
        directory, logID: state.logID, created: options.now(),
        edit: state.snapshot(time: options.now(), segmentsOnDisk: onDisk))
      manifest = try ManifestFile(opening: directory, forWriting: true)
    }
  }

  private static let editsMax = 256

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
