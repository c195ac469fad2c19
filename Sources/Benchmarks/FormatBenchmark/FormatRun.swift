internal import HindcastFormat

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Encodes and decodes blocks some times over, and keeps the fastest of each, in the thread's own time: others that use the
/// machine do not count.
struct FormatRun {
  private var rowCount = 0
  private var rawBytes = 0
  private var encodedBytes = 0
  private var encodeSeconds = Double.infinity
  private var decodeSeconds = Double.infinity
  private var columns: [String: (bytes: Int, encodings: [String: Int])] = [:]

  init(_ blocks: [Block], _ effort: EncodeEffort, _ codec: ByteCodec, rounds: Int) throws {
    rowCount = blocks.reduce(0) { $0 + $1.rowCount }
    rawBytes = blocks.reduce(0) { $0 + $1.rawByteCount }
    var encoded: [[UInt8]] = []
    for _ in 0..<rounds {
      encoded.removeAll()
      let encoder = BlockEncoder(effort: effort, codec: codec)
      let began = Self.threadSeconds
      for block in blocks { encoded.append(try encoder.encode(block).bytes) }
      let middle = Self.threadSeconds
      var decodedRows = 0
      for bytes in encoded { decodedRows += try BlockDecoder.decode(bytes).rowCount }
      precondition(decodedRows == rowCount)
      encodeSeconds = min(encodeSeconds, middle - began)
      decodeSeconds = min(decodeSeconds, Self.threadSeconds - middle)
    }
    for (bytes, block) in zip(encoded, blocks) {
      let decoded = try BlockDecoder.decode(bytes)
      precondition(decoded == block, "a block did not come back as it was")
      let summary = try BlockDecoder.summary(bytes)
      encodedBytes += bytes.count
      for column in summary.columns {
        if column.schema.role == .id {
          encodedBytes -= column.byteCount
          continue
        }
        var entry = columns[column.schema.qualifiedName] ?? (0, [:])
        entry.bytes += column.byteCount
        entry.encodings[column.encoding, default: 0] += 1
        columns[column.schema.qualifiedName] = entry
      }
    }
  }

  private static var threadSeconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  private static func rounded(_ value: Double, _ digits: Double) -> Double { (value * digits).rounded() / digits }

  var line: String {
    let megabytes = Double(rawBytes) / 1e6
    return "\(rowCount) rows: \(Self.rounded(Double(encodedBytes) / Double(rowCount), 1e3)) bytes an event, "
      + "encode \(Self.rounded(megabytes / encodeSeconds, 1)) MB/s, decode \(Self.rounded(megabytes / decodeSeconds, 1)) MB/s"
  }

  /// For each column its bytes an event and what it was most often encoded as.
  var columnLines: [String] {
    columns.sorted { $0.value.bytes > $1.value.bytes }.map { name, entry in
      let usual = entry.encodings.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? ""
      return "\(Self.rounded(Double(entry.bytes) / Double(rowCount), 1e3))\t\(name)\t\(usual)"
    }
  }
}
