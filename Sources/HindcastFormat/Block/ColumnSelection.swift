/// A block with some of its columns, without decoding any: what a reader who asked for few columns is sent.
package enum ColumnSelection {
  /// The bytes of `hindcast.v1.Block` with the same head and rows, and of the columns only those of the choice and those
  /// that they are computed from, byte for byte as they were.
  package static func select(_ bytes: [UInt8], choice: ColumnChoice) throws(FormatError) -> [UInt8] {
    let result: Result<[UInt8], FormatError> = bytes.withUnsafeBytes { bytes in
      do throws(FormatError) {
        let parts = try BlockParts(bytes)
        var selected: [UInt8] = []
        selected.appendBlockHead(parts.stream, rowCount: parts.rowCount)
        var isWanted = parts.columns.map { choice.includes($0.schema) }
        let sources = try RelatedColumns.sources(of: parts)
        for _ in 0..<RelatedColumns.depthMax {
          for (index, places) in sources.enumerated() where isWanted[index] {
            for place in places { isWanted[place] = true }
          }
        }
        for (column, isWanted) in zip(parts.columns, isWanted) where isWanted {
          selected.appendField(BlockField.columns, bytes: column.message)
        }
        return .success(selected)
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }
}
