internal import CHindcastProto

extension ManifestEdit {
  package func packed() -> [UInt8] {
    let arena = ProtobufArena()
    var message = Hindcast__V1__ManifestEdit()
    hindcast__v1__manifest_edit__init(&message)
    message.number = number
    message.log_id = arena.bytes(logID.bytes)
    message.time = time
    message.compacted_position = compactedPosition
    (message.n_added, message.added) = arena.pointers(added) { file in
      var each = Hindcast__V1__ArchiveFile()
      hindcast__v1__archive_file__init(&each)
      each.name = arena.string(file.name)
      each.model = arena.string(file.model)
      each.rows = file.rows
      each.bytes = file.bytes
      each.first_position = file.firstPosition
      each.last_position = file.lastPosition
      each.min_time = file.minTime
      each.max_time = file.maxTime
      each.rows_hash = file.rowsHash
      return each
    }
    let names = arena.allocate(ProtobufCBinaryData.self, count: removed.count)
    for (index, name) in removed.enumerated() { names[index] = arena.string(name) }
    (message.n_removed, message.removed) = (names.count, names.baseAddress)
    (message.n_released_segments, message.released_segments) = arena.words(releasedSegments)
    (message.n_producers, message.producers) = arena.pointers(producers) { $0.message(in: arena) }
    (message.n_gaps, message.gaps) = arena.pointers(gaps) { gap in
      var each = Hindcast__V1__GapRecord()
      hindcast__v1__gap_record__init(&each)
      each.first_position = gap.firstPosition
      each.last_position = gap.lastPosition
      each.reason = arena.string(gap.reason)
      return each
    }
    (message.n_trimmed, message.trimmed) = arena.pointers(trimmed) { $0.message(in: arena) }
    let removals = removedCursors.map { Hindcast__V1__CursorRecord(removed: $0, in: arena) }
    (message.n_cursors, message.cursors) = arena.pointers(cursors.map { $0.message(in: arena) } + removals) { $0 }
    message.highest_file_id = highestFileID
    return packProtobuf(
      &message, size: hindcast__v1__manifest_edit__get_packed_size, pack: hindcast__v1__manifest_edit__pack)
  }

  package init(unpacking bytes: UnsafeRawBufferPointer) throws(FormatError) {
    let arena = ProtobufArena(forMessageOf: bytes.count)
    let message = try arena.unpack(bytes, what: "manifest edit", with: hindcast__v1__manifest_edit__unpack).pointee
    guard let logID = LogID(bytes: message.log_id.array) else {
      throw FormatError(.corrupt, "manifest edit: log_id has \(message.log_id.len) bytes, not 16")
    }
    try checkNumber(message.number, in: "manifest edit")
    try checkNumber(message.compacted_position, in: "manifest edit")
    self.init(
      number: message.number, logID: logID, time: message.time, compactedPosition: message.compacted_position)
    for index in 0..<message.n_added {
      let file = message.added[index]!.pointee
      guard file.first_position <= file.last_position else {
        throw FormatError(.corrupt, "manifest edit: archive file \(index) ends before it starts")
      }
      try checkNumber(file.last_position, in: "manifest edit")
      added.append(
        ArchiveFile(
          name: try file.name.utf8("manifest edit: name"), model: try file.model.utf8("manifest edit: model"),
          rows: file.rows, bytes: file.bytes, firstPosition: file.first_position, lastPosition: file.last_position,
          minTime: file.min_time, maxTime: file.max_time, rowsHash: file.rows_hash))
    }
    for index in 0..<message.n_removed { removed.append(try message.removed[index].utf8("manifest edit: removed")) }
    releasedSegments = Array(
      UnsafeBufferPointer(start: message.released_segments, count: message.n_released_segments))
    try checkNumber(releasedSegments.max() ?? 0, in: "manifest edit")
    for index in 0..<message.n_producers { producers.append(try ProducerState(message.producers[index]!.pointee)) }
    for index in 0..<message.n_gaps {
      let gap = message.gaps[index]!.pointee
      guard gap.first_position <= gap.last_position else {
        throw FormatError(.corrupt, "manifest edit: gap \(index) ends before it starts")
      }
      try checkNumber(gap.last_position, in: "manifest edit")
      gaps.append(
        GapRecord(
          firstPosition: gap.first_position, lastPosition: gap.last_position,
          reason: try gap.reason.utf8("manifest edit: reason")))
    }
    for index in 0..<message.n_trimmed { trimmed.append(try TrimRecord(message.trimmed[index]!.pointee)) }
    for index in 0..<message.n_cursors {
      let record = message.cursors[index]!.pointee
      let cursor = try NamedCursor(record)
      if record.removed != 0 { removedCursors.append(cursor.name) } else { cursors.append(cursor) }
    }
    try checkNumber(message.highest_file_id, in: "manifest edit")
    highestFileID = message.highest_file_id
  }
}

/// Positions, ids and numbers of edits: whoever adds one to them counts on this.
func checkNumber(_ number: UInt64, in what: String) throws(FormatError) {
  guard number <= Limits.positionMax else {
    throw FormatError(.corrupt, "\(what): \(number) is more than any position, id or edit's number")
  }
}
