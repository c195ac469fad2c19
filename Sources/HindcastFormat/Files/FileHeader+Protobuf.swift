internal import CHindcastProto

extension FileHeader {
  package func packed() -> [UInt8] {
    let arena = ProtobufArena()
    var message = Hindcast__V1__FileHeader()
    hindcast__v1__file_header__init(&message)
    message.log_id = arena.bytes(logID.bytes)
    message.created = created
    message.first_position = firstPosition
    message.writer = arena.string(writer)
    return packProtobuf(
      &message, size: hindcast__v1__file_header__get_packed_size, pack: hindcast__v1__file_header__pack)
  }

  package init(unpacking bytes: UnsafeRawBufferPointer) throws(FormatError) {
    let arena = ProtobufArena(forMessageOf: bytes.count)
    let message = try arena.unpack(bytes, what: "file header", with: hindcast__v1__file_header__unpack).pointee
    guard let logID = LogID(bytes: message.log_id.array) else {
      throw FormatError(.corrupt, "file header: log_id has \(message.log_id.len) bytes, not 16")
    }
    try checkNumber(message.first_position, in: "file header")
    self.init(
      logID: logID, created: message.created, firstPosition: message.first_position,
      writer: try message.writer.utf8("file header: writer"))
  }
}
