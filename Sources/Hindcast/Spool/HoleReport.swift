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

  /// `now`: when the report is made, microseconds since 1970.
  static func block(_ loss: LostRows, now: Int64 = Timestamp.now.microsecondsSince1970) -> HeldBlock {
    let stream = StreamKey(
      kind: .loss, model: loss.stream?.model ?? unknownModel, version: loss.stream?.version ?? "",
      environment: loss.stream?.environment ?? .production)
    var report = LossBlockBuilder(stream)
    // How many there were may not be known; there was one at least.
    var sums = LossCounter.Sums(count: max(1, loss.rows), byteCount: loss.bytes)
    if let times = loss.times { (sums.firstTime, sums.lastTime) = (times.lowerBound, times.upperBound) }
    // A report that is lost told of one event at least, too; of which kind is not known then.
    let kind = loss.stream.map(\.kind).flatMap { $0 == .loss ? nil : $0 } ?? .prediction
    report.append(sums, loss.reason, kind: kind, now: now)
    do throws(FormatError) {
      guard let block = report.block else { preconditionFailure("a row was appended") }
      return HeldBlock(try BlockEncoder(effort: .ingest, codec: .zlib).encode(block))
    } catch {
      // Names were held to the rules before; without them there is nothing that an encoder could refuse.
      precondition(loss.stream != nil, "\(error)")
      var unnamed = loss
      unnamed.stream = nil
      return block(unnamed, now: now)
    }
  }
}
