internal import HindcastFormat
internal import Synchronization

extension LogStore {
  /// Drops whole files that the policy need not keep. One edit of the manifest is the commit; the files go behind it, once no
  /// cursor of this process reads them, or at the next start. Appends, reads and a compaction go on meanwhile. Blocks the
  /// calling thread for moments.
  ///
  /// A dry run changes nothing and also works on a store that is open for reading. Throws `.closed`; after `.diskFull`
  /// nothing has changed; after `.io` it is not known whether the edit is on disk, and the files stay until the next start.
  package func trim(_ policy: RetentionPolicy, isDryRun: Bool = false) throws(StorageError) -> RetentionReport {
    if isDryRun { return RetentionReport(plan(policy, isCompacting: false)) }
    guard let manifest else { throw StorageError(.closed, "\(directory.path) is open for reading only") }
    guard policy.includesUncompacted else { return try trim(policy, manifest, isCompacting: true) }
    do throws(StorageError) {
      return try manifest.journalJob(.trimming) { () throws(StorageError) in
        try trim(policy, manifest, isCompacting: false)
      }
    } catch {
      // A compaction reads the segments, and may for long. It does not care for archive files.
      guard error.code == .busy else { throw error }
      return try trim(policy, manifest, isCompacting: true)
    }
  }

  private func plan(_ policy: RetentionPolicy, isCompacting: Bool) -> RetentionPlan {
    let (manifest, archives, segments, active) = state.shared.withLock { shared in
      (
        shared.manifest, shared.archives, shared.sealed,
        (byteCount: shared.active?.byteCount ?? 0, hasBlocks: shared.active?.entries.isEmpty == false)
      )
    }
    return RetentionPlan(
      RetentionPlan.Facts(
        now: options.now(), manifest: manifest, archives: archives, segments: segments, active: active,
        isCompacting: isCompacting),
      policy)
  }

  private func trim(
    _ policy: RetentionPolicy, _ manifest: ManifestWriter, isCompacting: Bool
  ) throws(StorageError) -> RetentionReport {
    var report: RetentionReport?
    var dropped: (archives: [FileIndex], segments: [FileIndex]) = ([], [])
    try manifest.commit { state, edit throws(StorageError) in
      // Made under the manifest's lock: no cursor and no file comes or goes between the plan and its commit.
      let plan = plan(policy, isCompacting: isCompacting)
      report = RetentionReport(plan)
      guard !plan.drops.isEmpty else { return false }
      dropped = files(of: plan)
      try fill(&edit, plan, dropped.segments, state)
      return true
    } publish: { shared in
      let archives = Set(dropped.archives.map(\.id))
      let segments = Set(dropped.segments.map(\.id))
      shared.archives.removeAll { archives.contains($0.id) }
      shared.sealed.removeAll { segments.contains($0.id) }
      shared.counters.trimmedFiles += UInt64(report!.dropped.count)
      shared.counters.trimmedRows = shared.counters.trimmedRows.addingClamped(report!.rowsDropped)
      shared.counters.trimmedBytes += report!.bytesDropped
    }
    for archive in dropped.archives { archive.file.whenReleased(.remove) }
    SegmentRelease.remove(dropped.segments, gaps: state.shared.withLock { $0.manifest.gaps }, from: directory)
    return report!
  }

  private func fill(
    _ edit: inout ManifestEdit, _ plan: RetentionPlan, _ segments: [FileIndex], _ state: ManifestState
  ) throws(StorageError) {
    for drop in plan.drops {
      if let segment = drop.file.segment {
        edit.releasedSegments.append(segment)
        edit.compactedPosition = max(edit.compactedPosition, drop.file.positions.upperBound)
      } else {
        edit.removed.append(drop.file.name)
      }
      for record in drop.file.records { edit.trimmed.add(record) }
    }
    edit.producers = try SegmentRelease.producers(
      behind: segments, from: state.producers, producersMax: options.producersMax)
  }

  /// Archive files that are missing have no index, and no file to remove.
  private func files(of plan: RetentionPlan) -> (archives: [FileIndex], segments: [FileIndex]) {
    let segments = Set(plan.drops.compactMap(\.file.segment))
    let archives = Set(plan.drops.compactMap { $0.file.segment == nil ? FileNames.archiveID($0.file.name) : nil })
    return state.shared.withLock { shared in
      (shared.archives.filter { archives.contains($0.id) }, shared.sealed.filter { segments.contains($0.id) })
    }
  }
}
