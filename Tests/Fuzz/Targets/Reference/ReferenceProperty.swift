internal import HindcastFormat

/// The decoder and the reference decoder say the same of every column: its values, or that it is refused.
enum ReferenceProperty {
  static func check(
    _ decoded: Result<Block, FormatError>, _ encoded: [UInt8], rowCount: Int, type: UInt8, dimension: Int
  ) throws(Violation) {
    guard let type = ColumnType(rawValue: type) else { return }
    let schema = ColumnSchema("x", role: .feature, type: type, dimension: dimension)
    let reference: Column
    do throws(ReferenceRefusal) {
      reference = try ReferenceDecoder.column(encoded, schema, rowCount: rowCount)
    } catch {
      switch error {
      case .tooMany: return
      case .wrong(let reason):
        if case .success = decoded { throw Violation("the reference decoder refuses what is decoded: \(reason)") }
        return
      }
    }
    switch decoded {
    case .failure(let error):
      // What takes more memory than it is worth is refused, though its values are right.
      try require(error.code == .overLimit, "the reference decoder decodes what is refused: \(error.message)")
    case .success(let block):
      var column = block.columns[0]
      column.schema = schema
      try require(BlockProperties.sameBits([column], [reference]), "the reference decoder gives other values")
    }
  }
}
