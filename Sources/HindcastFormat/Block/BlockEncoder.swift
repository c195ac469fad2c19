/// How much CPU a writer spends: `ingest` in the request path's process, `compaction` in the background.
package enum EncodeEffort: Sendable { case ingest, compaction }

/// What byte streams are compressed with. Everything can be written with zlib alone; readers read both.
package enum ByteCodec: UInt8, Sendable { case zlib = 1, zstd = 2 }

/// Turns decoded blocks into their stored bytes. Used by one thread at a time; it keeps scratch memory, and may remember
/// which encodings served a column well, so one encoder should see one stream's blocks.
package final class BlockEncoder {
  package init(effort: EncodeEffort, codec: ByteCodec = .zstd) { fatalError("being written") }

  /// Validates (names, roles, row counts, UTF-8, limits) and encodes. The same blocks in the same order give the same bytes.
  package func encode(_ block: Block) throws(FormatError) -> EncodedBlock { fatalError("being written") }
}
