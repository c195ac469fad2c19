/// What a log need not keep. Nothing is dropped unless a bound says so.
package struct RetentionPolicy: Sendable, Equatable {
  /// Files go whose newest event is older than this, in microseconds. Files of rows without a time have no age.
  package var ageMax: Int64?
  /// The oldest files go until the log's files, journal and archive together, have no more bytes than this.
  package var bytesMax: UInt64?
  /// Also drops sealed segments that were never compacted.
  package var includesUncompacted = false
  /// Also drops what a named cursor still needs.
  package var ignoresCursors = false

  package init(ageMax: Int64? = nil, bytesMax: UInt64? = nil) {
    self.ageMax = ageMax
    self.bytesMax = bytesMax
  }
}
