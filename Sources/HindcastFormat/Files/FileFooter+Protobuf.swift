internal import CHindcastProto

extension FileFooter {
  package func packed() -> [UInt8] {
    let arena = ProtobufArena()
    var message = Hindcast__V1__FileFooter()
    hindcast__v1__file_footer__init(&message)
    (message.n_streams, message.streams) = arena.pointers(streams) { stream in
      var each = Hindcast__V1__Stream()
      hindcast__v1__stream__init(&each)
      each.model = arena.string(stream.model)
      each.version = arena.string(stream.version)
      each.environment = Hindcast__V1__Environment(rawValue: UInt32(stream.environment.rawValue))
      each.kind = Hindcast__V1__Kind(rawValue: UInt32(stream.kind.rawValue))
      return each
    }
    (message.n_frames, message.frames) = arena.pointers(frames) { frame in
      var each = Hindcast__V1__FrameEntry()
      hindcast__v1__frame_entry__init(&each)
      each.offset = frame.offset
      each.payload_length = frame.payloadLength
      each.stream = frame.stream
      each.position = frame.position
      each.last_position = frame.lastPosition
      each.rows = frame.rows
      each.min_time = frame.minTime
      each.max_time = frame.maxTime
      each.payload_hash = frame.payloadHash
      return each
    }
    (message.n_producers, message.producers) = arena.pointers(producers) { $0.message(in: arena) }
    fillZones(&message, in: arena)
    message.content_hash = contentHash
    message.rows = rows
    message.rows_hash = rowsHash
    return packProtobuf(
      &message, size: hindcast__v1__file_footer__get_packed_size, pack: hindcast__v1__file_footer__pack)
  }

  /// Checks that entries name streams that exist; what they say of the file is the caller's to check.
  package init(unpacking bytes: UnsafeRawBufferPointer) throws(FormatError) {
    let arena = ProtobufArena(forMessageOf: bytes.count)
    let message = try arena.unpack(bytes, what: "file footer", with: hindcast__v1__file_footer__unpack).pointee
    self.init()
    streams.reserveCapacity(message.n_streams)
    for index in 0..<message.n_streams { streams.append(try StreamKey(message.streams[index]!.pointee)) }
    frames.reserveCapacity(message.n_frames)
    for index in 0..<message.n_frames {
      let frame = message.frames[index]!.pointee
      guard Int(frame.stream) < streams.count, frame.position > 0, frame.position <= frame.last_position else {
        throw FormatError(.corrupt, "file footer: entry \(index) contradicts itself")
      }
      try checkNumber(frame.last_position, in: "file footer")
      frames.append(
        FrameEntry(
          offset: frame.offset, payloadLength: frame.payload_length, stream: frame.stream, position: frame.position,
          lastPosition: frame.last_position, rows: frame.rows, minTime: frame.min_time, maxTime: frame.max_time,
          payloadHash: frame.payload_hash))
    }
    producers.reserveCapacity(message.n_producers)
    for index in 0..<message.n_producers { producers.append(try ProducerState(message.producers[index]!.pointee)) }
    zones = try Self.zones(message)
    contentHash = message.content_hash
    rows = message.rows
    rowsHash = message.rows_hash
  }
}

extension StreamKey {
  fileprivate init(_ message: Hindcast__V1__Stream) throws(FormatError) {
    guard let kind = UInt8(exactly: message.kind.rawValue).flatMap(EventKind.init(rawValue:)),
      let environment = UInt8(exactly: message.environment.rawValue).flatMap(Environment.init(rawValue:))
    else { throw FormatError(.unsupported, "file footer: a stream's kind or environment is not known to this reader") }
    self.init(
      kind: kind, model: try message.model.utf8("file footer: model"),
      version: try message.version.utf8("file footer: version"), environment: environment)
  }
}

extension ProducerState {
  func message(in arena: borrowing ProtobufArena) -> Hindcast__V1__ProducerState {
    var each = Hindcast__V1__ProducerState()
    hindcast__v1__producer_state__init(&each)
    each.producer = arena.bytes(producer.bytes)
    each.epoch = epoch
    each.sequence = sequence
    (each.n_recent_sequences, each.recent_sequences) = arena.words(recentSequences)
    (each.n_recent_positions, each.recent_positions) = arena.words(recentPositions)
    return each
  }

  init(_ message: Hindcast__V1__ProducerState) throws(FormatError) {
    guard let producer = ProducerID(bytes: message.producer.buffer) else {
      throw FormatError(.corrupt, "producer state: producer has \(message.producer.len) bytes, not 16")
    }
    guard message.n_recent_sequences == message.n_recent_positions else {
      throw FormatError(.corrupt, "producer state: sequences and positions differ in number")
    }
    self.init(
      producer: producer, epoch: message.epoch, sequence: message.sequence,
      recentSequences: Array(UnsafeBufferPointer(start: message.recent_sequences, count: message.n_recent_sequences)),
      recentPositions: Array(UnsafeBufferPointer(start: message.recent_positions, count: message.n_recent_positions)))
  }
}
