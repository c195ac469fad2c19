package import HindcastFormat

/// What `verify` found.
package struct VerifyReport: Sendable, Equatable {
  /// A frame, or a stretch of bytes, that is not what it should be.
  package struct BadFrame: Sendable, Equatable {
    package var path: String
    package var offset: UInt64
    /// nil: not known, or the frame holds no block.
    package var positions: ClosedRange<UInt64>?
    package var reason: String
  }

  package var badFrames: [BadFrame] = []
  /// Known gaps, from the manifest: positions that were lost or set aside earlier.
  package var gaps: [ClosedRange<UInt64>] = []
  /// What retention has dropped since the log began.
  package var trimmed: [TrimRecord] = []
  package var segments = 0
  package var archiveFiles = 0
  package var blocks: UInt64 = 0
  package var rows: UInt64 = 0
  package var bytes: UInt64 = 0
  /// Bytes behind the last whole frame of the segment that is not sealed: what a crash tore off, or what a server is
  /// writing at this moment. The next exclusive open sets them aside.
  package var unsealedTailBytes: UInt64 = 0

  package var isGood: Bool { badFrames.isEmpty }

  package init() {}
}

package struct VerifyProgress: Sendable, Equatable {
  package var filesDone: Int
  package var filesTotal: Int
  package var bytesDone: UInt64
  package var path: String
}
