internal import HindcastWire

extension ServerCore {
  /// How things stand now, beside what is counted; with the limits that they are held to. `Status` reports all by name.
  var gauges: [Counter] {
    let figures: [(String, UInt64)] = [
      ("memory_bytes_max", UInt64(limits.memoryBytesMax)), ("resident_bytes", ProcessFigures.residentBytes),
      ("open_descriptors", ProcessFigures.openDescriptors), ("connections_open", UInt64(gates.openConnections)),
      ("connections_max", UInt64(limits.connectionsMax)), ("streams_open", UInt64(gates.openStreams)),
      ("streams_max", UInt64(limits.streamsMax)),
      ("reads_open", UInt64(reads.count)), ("reads_max", UInt64(limits.readsMax)),
      ("receiving_bytes", UInt64(gates.room.byteCount + gates.largeRoom.byteCount)),
      ("sending_bytes", UInt64(sending.byteCount)), ("plain_bytes", UInt64(plain.byteCount)),
    ]
    return figures.map { Counter(name: $0.0, value: $0.1) }
  }
}
