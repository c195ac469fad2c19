internal import HindcastFormat

/// What becomes of segments that an edit releases: before it their producers are taken over, behind it they go.
enum SegmentRelease {
  /// Every producer at the end of the last of these segments; empty, which leaves the manifest's as they are, if none.
  static func producers(
    behind segments: [FileIndex], from before: [ProducerState], producersMax: Int
  ) throws(StorageError) -> [ProducerState] {
    if segments.isEmpty { return [] }
    var table = ProducerTable(before, producersMax: producersMax)
    for segment in segments {
      try onDisk { () throws(DiskError) in
        let file = try segment.file.open()
        if case .sealed(let ends) = try SealedFile.ends(of: file, .segment, fileID: segment.id) {
          table = ProducerTable(ends.footer.producers, producersMax: producersMax)
        } else {
          for frame in try SegmentScan(of: file, fileID: segment.id).frames {
            table.record(
              frame.header.producer, epoch: frame.header.epoch, sequence: frame.header.sequence,
              position: frame.header.position)
          }
        }
      }
    }
    return table.states
  }

  /// Removes them once no cursor holds them. Those with damage are set aside for whoever can save something of them.
  static func remove(_ segments: [FileIndex], gaps: [GapRecord], from directory: DataDirectory) {
    for segment in segments {
      let isDamaged = gaps.contains { gap in
        segment.positions.map { gap.firstPosition <= $0.upperBound && $0.lowerBound <= gap.lastPosition } ?? false
      }
      segment.file.whenReleased(
        isDamaged ? .move(to: "\(directory.tornPath)/\(FileNames.segment(segment.id))") : .remove)
    }
  }
}
