/// Decodes columns of one block, and before each the columns that it is computed from. Keeps those, and only those, since
/// several columns may need the same.
struct RelatedColumns {
  private let parts: BlockParts
  private let compressor: ByteCompressor
  private var budget: DecodeBudget
  /// For each column the places of its sources.
  private let sources: [[Int]]
  /// Columns that others are computed from.
  private let isSource: [Bool]
  private var kept: [Int: Column] = [:]

  /// Throws `corrupt` where a column names a source that the block does not have, and where columns would be computed from
  /// each other in a circle or through more than `depthMax` others.
  init(_ parts: BlockParts, limits: DecodeLimits, compressor: ByteCompressor) throws(FormatError) {
    self.parts = parts
    self.compressor = compressor
    budget = DecodeBudget(limits)
    sources = try Self.sources(of: parts)
    var isSource = [Bool](repeating: false, count: parts.columns.count)
    for place in sources.joined() { isSource[place] = true }
    self.isSource = isSource
  }

  static let depthMax = 8

  /// For each column of the block the places of those it is computed from.
  static func sources(of parts: BlockParts) throws(FormatError) -> [[Int]] {
    var sources = [[Int]](repeating: [], count: parts.columns.count)
    for (index, column) in parts.columns.enumerated() {
      for name in try names(of: column, rowCount: parts.rowCount) {
        guard let place = parts.columns.firstIndex(where: { name.matches($0.schema) }) else {
          throw FormatError(
            .corrupt,
            "column \(column.schema.qualifiedName) is computed from \(name.role.word):\(name.name), which the block has not"
          )
        }
        sources[index].append(place)
      }
    }
    if let column = RelationGraph(sources: sources).firstBeyondReach {
      throw FormatError(
        .corrupt,
        "column \(parts.columns[column].schema.qualifiedName) is computed from itself, or through more than \(depthMax) others"
      )
    }
    return sources
  }

  /// What the column is computed from, by name; empty: nothing.
  static func names(of column: ColumnParts, rowCount: Int) throws(FormatError) -> [RelatedSources.Name] {
    guard let encoded = column.encoded else { return [] }
    do throws(FormatError) { return try ColumnDecoder.sources(of: encoded, rowCount: rowCount)?.names ?? [] } catch {
      throw FormatError(error.code, "column \(column.schema.qualifiedName): \(error.message)")
    }
  }

  /// The column, whole. The ones it is computed from come first, `depthMax` deep at most.
  mutating func column(_ index: Int) throws(FormatError) -> Column {
    if let column = kept[index] { return column }
    let column = parts.columns[index]
    var given: [Column] = []
    for source in sources[index] { given.append(try self.column(source)) }
    do throws(FormatError) {
      guard given.allSatisfy({ $0.validity == nil }) else {
        throw FormatError(.corrupt, "it is computed from a column with nulls")
      }
      let decoded =
        if let encoded = column.encoded {
          try ColumnDecoder.decode(
            encoded, schema: column.schema, rowCount: parts.rowCount, budget: &budget, compressor: compressor,
            sources: given)
        } else {
          try PlainColumn.unpack(column, rowCount: parts.rowCount, budget: &budget)
        }
      try BlockValidation.checkNulls(decoded)
      try budget.keep(decoded)
      if isSource[index] { kept[index] = decoded }
      return decoded
    } catch {
      throw FormatError(error.code, "column \(column.schema.qualifiedName): \(error.message)")
    }
  }
}
