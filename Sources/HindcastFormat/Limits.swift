/// The bounds of everything that can arrive from outside. `block.proto` states those a client must know.
package enum Limits {
  package static let modelNameBytesMax = 128
  package static let versionNameBytesMax = 128
  package static let columnNameBytesMax = 256
  package static let cursorNameBytesMax = 128
  /// Named cursors of one log.
  package static let cursorsMax = 1_024
  /// Models of which a manifest says one by one what retention dropped of them.
  package static let trimmedModelsMax = 4_096
  package static let columnsMax = 4_096
  package static let rowsMax = 1_048_576
  package static let vectorDimensionMax = 65_536
  /// Events that one loss report can stand for: no client loses more in a report's time, and millions of reports add up to
  /// less than 64 bits hold.
  package static let lossCountMax = 1_000_000_000_000
  package static let lossReasonBytesMax = 64
  /// Reasons that sums of losses keep apart.
  package static let lossReasonsMax = 64
  /// One string, bytes value, or all elements of one list together.
  package static let valueBytesMax = 16 << 20
  /// A serialised block, plain or encoded, on the wire and on disk.
  package static let blockBytesMax = 64 << 20
  /// A block's values once decoded, as `ColumnValues.rawByteCount` counts them: what a reader must be able to hold.
  package static let blockRawBytesMax = 256 << 20
  /// Working memory that decoding one column may take, its values included. At least a few times `blockRawBytesMax`, so
  /// that every block a writer may make can be read.
  package static let decodedBytesMax = 2 << 30
  /// What decoding a block may fill over all its columns, for each value that comes out and for each byte of its text. The
  /// deepest trees that our writers make take less than 120 and 3; a test holds them to it.
  package static let decodeWorkBytesPerValue = 160
  package static let decodeWorkBytesPerTextByte = 4
  /// Nesting of encoding steps in one column, and how many there may be in all.
  package static let stepDepthMax = 8
  package static let stepsMax = 1_024
  /// Arena bytes that unpacking one protobuf message may take, as a multiple of its length, plus a constant. An empty
  /// string takes 2 bytes on the wire; unpacking it takes 16 for its place and up to 64 for protobuf-c's own list of fields.
  package static let arenaFactor = 48
  package static let arenaConstantBytes = 64 << 10
  /// The last position, id of a file and number of an edit that can be: what an int64 holds, since the archive keeps
  /// positions in a column of that type. One more of any of them, or a few billion, still fits in 64 bits.
  package static let positionMax = UInt64(Int64.max)
  /// The batch sizes writers aim for.
  package static let ingestBlockRowsMax = 32_768
  package static let ingestBlockRawBytesMax = 16 << 20
  package static let archiveBlockRows = 131_072
}
