/// `hindcast.v1.Block` with plain columns: what any generated stub can read and write.
package enum PlainBlock {
  package static func pack(_ block: Block) throws(FormatError) -> [UInt8] {
    try BlockValidation.check(block)
    var bytes: [UInt8] = []
    bytes.appendBlockHead(block.stream, rowCount: block.rowCount)
    for column in block.columns { bytes.appendField(BlockField.columns, bytes: PlainColumn.pack(column)) }
    guard bytes.count <= Limits.blockBytesMax else {
      throw FormatError(
        .overLimit, "block of \(bytes.count) bytes; the most is \(Limits.blockBytesMax). Use fewer rows at a time")
    }
    return bytes
  }
}
