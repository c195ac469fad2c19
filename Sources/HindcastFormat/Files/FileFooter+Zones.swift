internal import CHindcastProto

extension FileFooter {
  /// The columns of all blocks, each once, and of each block the statistics of its own.
  func fillZones(_ message: inout Hindcast__V1__FileFooter, in arena: borrowing ProtobufArena) {
    var numbers: [ColumnSchema: UInt32] = [:]
    var schemas: [ColumnSchema] = []
    for zone in zones.joined() where numbers[zone.schema] == nil {
      numbers[zone.schema] = UInt32(schemas.count)
      schemas.append(zone.schema)
    }
    (message.n_columns, message.columns) = arena.pointers(schemas) { schema in
      var each = Hindcast__V1__Column()
      hindcast__v1__column__init(&each)
      each.name = arena.string(schema.name)
      each.role = Hindcast__V1__Role(rawValue: UInt32(schema.role.rawValue))
      each.type = Hindcast__V1__Type(rawValue: UInt32(schema.type.rawValue))
      each.dimension = UInt32(schema.dimension)
      return each
    }
    (message.n_zones, message.zones) = arena.pointers(zones) { block in
      var each = Hindcast__V1__BlockZones()
      hindcast__v1__block_zones__init(&each)
      (each.n_columns, each.columns) = arena.pointers(block) { zone in
        var column = Hindcast__V1__ColumnZone()
        hindcast__v1__column_zone__init(&column)
        column.column = numbers[zone.schema] ?? 0
        let statistics = arena.allocate(Hindcast__V1__ZoneStatistics.self, count: 1)
        statistics[0] = zone.statistics.message(in: arena)
        column.statistics = statistics.baseAddress
        return column
      }
      return each
    }
  }

  /// Empty, unless every frame has its zones.
  static func zones(_ message: Hindcast__V1__FileFooter) throws(FormatError) -> [[ColumnZone]] {
    guard message.n_zones == message.n_frames else { return [] }
    let columnsMax = Limits.columnsMax + 1  // compaction adds one
    var schemas: [ColumnSchema] = []
    schemas.reserveCapacity(message.n_columns)
    for index in 0..<message.n_columns { schemas.append(try ColumnSchema(message.columns[index]!.pointee)) }
    var zones: [[ColumnZone]] = []
    zones.reserveCapacity(message.n_zones)
    for index in 0..<message.n_zones {
      let block = message.zones[index]!.pointee
      guard block.n_columns <= columnsMax else {
        throw FormatError(.overLimit, "file footer: entry \(index) has zones of \(block.n_columns) columns")
      }
      var columns: [ColumnZone] = []
      columns.reserveCapacity(block.n_columns)
      for place in 0..<block.n_columns {
        let column = block.columns[place]!.pointee
        guard Int(column.column) < schemas.count, let statistics = column.statistics else {
          throw FormatError(.corrupt, "file footer: the zones of entry \(index) contradict themselves")
        }
        columns.append(ColumnZone(schemas[Int(column.column)], try ZoneStatistics(statistics.pointee)))
      }
      zones.append(columns)
    }
    return zones
  }
}

extension ColumnSchema {
  fileprivate init(_ message: Hindcast__V1__Column) throws(FormatError) {
    guard let role = UInt8(exactly: message.role.rawValue).flatMap(ColumnRole.init(rawValue:)),
      let type = UInt8(exactly: message.type.rawValue).flatMap(ColumnType.init(rawValue:))
    else { throw FormatError(.unsupported, "file footer: a column's role or type is not known to this reader") }
    self.init(
      try message.name.utf8("file footer: name of a column"), role: role, type: type,
      dimension: Int(message.dimension))
  }
}
