internal import HindcastFormat

/// What goes to the server in the place of a block that the spool can't give back, under that block's number.
///
/// The block may be on the server's disk: it was sent, and the answer never came. Then the server answers that it has the
/// number already, the report is not stored, and nothing is lost. Else the report is stored and says what is lost; and
/// should the block itself still be on its way, in a buffer of a connection whose process is dead, it now is the duplicate.
/// So the numbers have no gap, and whatever comes behind can be sent under its own.
enum HoleReport {
  /// Of a block whose model is not known.
  static let unknownModel = "unknown"

  static func block(_ loss: LostRows) -> HeldBlock {
    let stream = StreamKey(
      kind: .loss, model: loss.stream?.model ?? unknownModel, version: loss.stream?.version ?? "",
      environment: loss.stream?.environment ?? .production)
    var builder = BlockBuilder(stream: stream)
    do throws(FormatError) {
      builder.append(
        loss.reason.rawValue, to: try builder.column(ColumnSchema("reason", role: .system, type: .string)))
      if loss.rows > 0 { builder.append(Int64(loss.rows), to: try builder.column(integer("count"))) }
      builder.append(Int64(loss.bytes), to: try builder.column(integer("bytes")))
      if let times = loss.times {
        builder.append(times.lowerBound, to: try builder.column(timestamp("min_time")))
        builder.append(times.upperBound, to: try builder.column(timestamp("max_time")))
      }
      if let kind = loss.stream?.kind {
        builder.append(kind.word, to: try builder.column(ColumnSchema("kind", role: .system, type: .string)))
      }
      builder.endRow()
      return HeldBlock(try BlockEncoder(effort: .ingest, codec: .zlib).encode(builder.take()))
    } catch {
      // Names were held to the rules before; without them there is nothing that an encoder could refuse.
      precondition(loss.stream != nil, "\(error)")
      var unnamed = loss
      unnamed.stream = nil
      return block(unnamed)
    }
  }

  private static func integer(_ name: String) -> ColumnSchema { ColumnSchema(name, role: .system, type: .int64) }
  private static func timestamp(_ name: String) -> ColumnSchema { ColumnSchema(name, role: .system, type: .timestamp) }
}
