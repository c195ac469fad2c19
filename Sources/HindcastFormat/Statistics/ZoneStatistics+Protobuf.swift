internal import CHindcastProto

extension ZoneStatistics {
  func packed() -> [UInt8] {
    let arena = ProtobufArena()
    var message = message(in: arena)
    return packProtobuf(
      &message, size: hindcast__v1__zone_statistics__get_packed_size, pack: hindcast__v1__zone_statistics__pack)
  }

  init(unpacking bytes: UnsafeRawBufferPointer) throws(FormatError) {
    let arena = ProtobufArena(forMessageOf: bytes.count)
    try self.init(
      arena.unpack(bytes, what: "zone statistics", with: hindcast__v1__zone_statistics__unpack).pointee)
  }

  func message(in arena: borrowing ProtobufArena) -> Hindcast__V1__ZoneStatistics {
    var message = Hindcast__V1__ZoneStatistics()
    hindcast__v1__zone_statistics__init(&message)
    message.nulls = UInt32(clamping: nulls)
    message.distinct = UInt32(clamping: distinct)
    message.nans = UInt32(clamping: nans)
    switch bounds {
    case .integers(let bounds):
      let two = arena.allocate(Int64.self, count: 2)
      (two[0], two[1]) = (bounds.lowerBound, bounds.upperBound)
      (message.n_integers, message.integers) = (2, two.baseAddress)
    case .numbers(let bounds):
      let two = arena.allocate(Double.self, count: 2)
      (two[0], two[1]) = (bounds.lowerBound, bounds.upperBound)
      (message.n_numbers, message.numbers) = (2, two.baseAddress)
    case .texts(let from, let to):
      let two = arena.allocate(ProtobufCBinaryData.self, count: 2)
      (two[0], two[1]) = (arena.bytes(from), arena.bytes(to ?? []))
      (message.n_texts, message.texts) = (to == nil ? 1 : 2, two.baseAddress)
    case nil: break
    }
    return message
  }

  init(_ message: Hindcast__V1__ZoneStatistics) throws(FormatError) {
    self.init()
    nulls = Int(message.nulls)
    distinct = Int(message.distinct)
    nans = Int(message.nans)
    switch (message.n_integers, message.n_numbers, message.n_texts) {
    case (0, 0, 0): break
    case (2, 0, 0) where message.integers[0] <= message.integers[1]:
      bounds = .integers(message.integers[0]...message.integers[1])
    case (0, 2, 0) where message.numbers[0] <= message.numbers[1]:
      bounds = .numbers(message.numbers[0]...message.numbers[1])
    case (0, 0, 1): bounds = .texts(from: Array(message.texts[0].buffer), to: nil)
    case (0, 0, 2): bounds = .texts(from: Array(message.texts[0].buffer), to: Array(message.texts[1].buffer))
    default: throw FormatError(.corrupt, "zone statistics: the bounds contradict themselves")
    }
  }
}
