internal import CHindcastProto

extension TrimRecord {
  func message(in arena: borrowing ProtobufArena) -> Hindcast__V1__TrimRecord {
    var each = Hindcast__V1__TrimRecord()
    hindcast__v1__trim_record__init(&each)
    each.model = arena.string(model ?? "")
    each.first_position = positions.lowerBound
    each.last_position = positions.upperBound
    each.undated = times == nil ? 1 : 0
    each.min_time = times?.lowerBound ?? 0
    each.max_time = times?.upperBound ?? 0
    each.rows = rows
    each.bytes = bytes
    each.files = files
    return each
  }

  init(_ message: Hindcast__V1__TrimRecord) throws(FormatError) {
    guard message.first_position <= message.last_position, message.min_time <= message.max_time else {
      throw FormatError(.corrupt, "manifest edit: a record of what was trimmed ends before it starts")
    }
    try checkNumber(message.last_position, in: "manifest edit")
    let model = try modelName(message.model)
    self.init(
      model: model, positions: message.first_position...message.last_position,
      times: message.undated != 0 ? nil : message.min_time...message.max_time, rows: message.rows,
      bytes: message.bytes, files: message.files)
  }
}

extension NamedCursor {
  func message(in arena: borrowing ProtobufArena) -> Hindcast__V1__CursorRecord {
    var each = Hindcast__V1__CursorRecord()
    hindcast__v1__cursor_record__init(&each)
    each.name = arena.string(name)
    each.position = position
    each.model = arena.string(model ?? "")
    each.time = time
    return each
  }

  init(_ message: Hindcast__V1__CursorRecord) throws(FormatError) {
    let name = try message.name.utf8("manifest edit: cursor name")
    do throws(FormatError) { try NamedCursor.check(name: name) } catch {
      throw FormatError(.corrupt, "manifest edit: \(error.message)")
    }
    try checkNumber(message.position, in: "manifest edit")
    self.init(name: name, position: message.position, model: try modelName(message.model), time: message.time)
  }
}

extension Hindcast__V1__CursorRecord {
  init(removed name: String, in arena: borrowing ProtobufArena) {
    self = NamedCursor(name: name, position: 0).message(in: arena)
    removed = 1
  }
}

/// nil: empty, which stands for all models.
private func modelName(_ field: ProtobufCBinaryData) throws(FormatError) -> String? {
  guard field.len <= Limits.modelNameBytesMax else {
    throw FormatError(.corrupt, "manifest edit: a model's name has \(field.len) bytes")
  }
  let name = try field.utf8("manifest edit: model")
  return name.isEmpty ? nil : name
}
