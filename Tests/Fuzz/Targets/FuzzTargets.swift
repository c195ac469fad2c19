/// Every target that needs no more than the format and storage.
package enum FuzzTargets {
  package static let all: [any FuzzTarget] = [
    HeaderTarget(), MessageTarget(), BlockTarget(), ColumnTarget(), PlainTarget(), SegmentTarget(), FooterTarget(),
    LogTarget(),
    ArchiveTarget(), ManifestTarget(),
  ]
}
