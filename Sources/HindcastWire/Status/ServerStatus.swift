package import CHindcastProto
package import HindcastFormat

package struct StatusRequest: WireMessage, Equatable {
  package static let coding = WireCoding(
    messageName: "StatusRequest", initialize: hindcast__v1__status_request__init,
    unpack: hindcast__v1__status_request__unpack,
    packedByteCount: hindcast__v1__status_request__get_packed_size, pack: hindcast__v1__status_request__pack)

  package init() {}
  package init(_ view: Hindcast__V1__StatusRequest) throws(FormatError) {}
  package func fill(_ view: inout Hindcast__V1__StatusRequest, in arena: borrowing ProtobufArena) {}
}

/// How the server and its data directory stand.
package struct StatusResponse: WireMessage, Equatable {
  package static let coding = WireCoding(
    messageName: "StatusResponse", initialize: hindcast__v1__status_response__init,
    unpack: hindcast__v1__status_response__unpack,
    packedByteCount: hindcast__v1__status_response__get_packed_size, pack: hindcast__v1__status_response__pack)

  package var softwareVersion = ""
  /// Names the data directory for good.
  package var logID = ""
  package var durablePosition: UInt64 = 0
  package var firstPosition: UInt64 = 0
  /// Sealed and active.
  package var segments: UInt64 = 0
  package var journalBytes: UInt64 = 0
  package var archiveFiles: UInt64 = 0
  package var archiveBytes: UInt64 = 0
  /// Rows up to here are in the archive.
  package var compactedPosition: UInt64 = 0
  /// Request bytes held in memory now, and at most.
  package var admittedBytes: UInt64 = 0
  package var admittedBytesMax: UInt64 = 0
  /// Damaged ones.
  package var gaps: [ReadGap] = []
  package var counters: [Counter] = []
  package var histograms: [HistogramSummary] = []
  package var cursors: [NamedCursor] = []
  /// What retention has dropped since the log began.
  package var trimmed: [TrimRecord] = []

  package init() {}

  package init(_ view: Hindcast__V1__StatusResponse) throws(FormatError) {
    softwareVersion = try view.software_version.utf8("software_version")
    logID = try view.log_id.utf8("log_id")
    durablePosition = view.durable_position
    firstPosition = view.first_position
    segments = view.segments
    journalBytes = view.journal_bytes
    archiveFiles = view.archive_files
    archiveBytes = view.archive_bytes
    compactedPosition = view.compacted_position
    admittedBytes = view.admitted_bytes
    admittedBytesMax = view.admitted_bytes_max
    gaps = try elements(view.gaps, count: view.n_gaps).map { (each) throws(FormatError) in try ReadGap(each) }
    counters = try elements(view.counters, count: view.n_counters).map { (each) throws(FormatError) in try Counter(each)
    }
    histograms = try elements(view.histograms, count: view.n_histograms).map { (each) throws(FormatError) in
      try HistogramSummary(each)
    }
    cursors = try elements(view.cursors, count: view.n_cursors).map { (each) throws(FormatError) in
      try NamedCursor(each)
    }
    trimmed = try elements(view.trimmed, count: view.n_trimmed).map { (each) throws(FormatError) in
      try TrimRecord(each)
    }
  }

  package func fill(_ view: inout Hindcast__V1__StatusResponse, in arena: borrowing ProtobufArena) {
    view.software_version = arena.string(softwareVersion)
    view.log_id = arena.string(logID)
    view.durable_position = durablePosition
    view.first_position = firstPosition
    view.segments = segments
    view.journal_bytes = journalBytes
    view.archive_files = archiveFiles
    view.archive_bytes = archiveBytes
    view.compacted_position = compactedPosition
    view.admitted_bytes = admittedBytes
    view.admitted_bytes_max = admittedBytesMax
    (view.n_gaps, view.gaps) = arena.messages(gaps)
    (view.n_counters, view.counters) = arena.messages(counters)
    (view.n_histograms, view.histograms) = arena.messages(histograms)
    (view.n_cursors, view.cursors) = arena.messages(cursors)
    (view.n_trimmed, view.trimmed) = arena.messages(trimmed)
  }
}

/// A named count since the server started, such as `blocks_appended` or `rejected_checksum`.
package struct Counter: WireMessage, Equatable {
  package static let coding = WireCoding(
    messageName: "Counter", initialize: hindcast__v1__counter__init, unpack: hindcast__v1__counter__unpack,
    packedByteCount: hindcast__v1__counter__get_packed_size, pack: hindcast__v1__counter__pack)

  package var name: String
  package var value: UInt64

  package init(name: String, value: UInt64) {
    self.name = name
    self.value = value
  }

  package init(_ view: Hindcast__V1__Counter) throws(FormatError) {
    name = try view.name.utf8("counter name")
    value = view.value
  }

  package func fill(_ view: inout Hindcast__V1__Counter, in arena: borrowing ProtobufArena) {
    view.name = arena.string(name)
    view.value = value
  }
}
