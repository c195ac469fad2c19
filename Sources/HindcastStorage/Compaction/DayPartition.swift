internal import HindcastFormat

/// Sorts the rows of decoded blocks by model and UTC day of event time. Pure, in memory.
struct DayPartition {
  /// A block, or the rows of one that belong to one day, with what is needed to order and check them.
  struct Piece {
    var block: Block
    var sums: [UInt64]
  }

  /// What becomes one archive file.
  struct Part {
    var model: String
    /// Days since 1970 of its first row; nil for kinds without a time.
    var day: Int64?
    /// In the order of positions. Keyed by stream, and within a stream by schemas that fit together.
    var pieces: [[Piece]] = []
  }

  /// Days or, for rows spread wide, stretches of `daysPerBucket`; `.min` for rows without a time.
  private typealias Bucket = Int64
  private var models: [String: [Bucket: [Piece]]] = [:]
  /// By model; a power of `bucketGrowth`.
  private var daysPerBucket: [String: Int64] = [:]
  private(set) var rawByteCount = 0

  init() {}

  /// Rows spread over more days than this, in one block or in all blocks of a model, share files of several days: a few
  /// wrong clocks must not make a file a row.
  static let blockBucketsMax = 64
  static let modelBucketsMax = 512
  private static let bucketGrowth: Int64 = 32
  private static let microsecondsPerDay: Int64 = 86_400_000_000

  /// Blocks come in the order of positions, with their position column.
  mutating func add(_ block: Block) {
    rawByteCount += block.rawByteCount + 8 * block.rowCount
    let model = block.stream.model
    let piece = Piece(block: block, sums: RowHash.sums(of: block))
    guard let times = block.times, let least = times.min(), let greatest = times.max() else {
      models[model, default: [:]][.min, default: []].append(piece)
      return
    }
    var size = daysPerBucket[model] ?? 1
    if Self.bucket(least, size) == Self.bucket(greatest, size) {
      models[model, default: [:]][Self.bucket(least, size), default: []].append(piece)
    } else {
      var rows = Self.rows(times, size)
      while rows.count > Self.blockBucketsMax {
        size *= Self.bucketGrowth
        rows = Self.rows(times, size)
      }
      coarsen(model, to: size)
      for (bucket, rows) in rows {
        models[model, default: [:]][bucket, default: []].append(
          Piece(block: block.taking(rows: rows), sums: rows.map { piece.sums[$0] }))
      }
    }
    while models[model]!.count > Self.modelBucketsMax {
      coarsen(model, to: (daysPerBucket[model] ?? 1) * Self.bucketGrowth)
    }
  }

  /// In the order of models and days, each once: memory is given back as they are taken.
  mutating func takeParts(_ body: (Part) throws(StorageError) -> Void) throws(StorageError) {
    for model in models.keys.sorted() {
      var buckets = models.removeValue(forKey: model)!
      for bucket in buckets.keys.sorted() {
        let pieces = buckets.removeValue(forKey: bucket)!
        let day = pieces.compactMap { $0.block.times?.min() }.min().map { Self.bucket($0, 1) }
        try body(Part(model: model, day: day, pieces: Self.families(of: pieces)))
      }
    }
  }

  // MARK: Buckets

  private static func bucket(_ time: Int64, _ days: Int64) -> Bucket {
    floorDivide(floorDivide(time, microsecondsPerDay), days)
  }

  private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
    let quotient = value / divisor
    return value % divisor < 0 ? quotient - 1 : quotient
  }

  private static func rows(_ times: [Int64], _ days: Int64) -> [Bucket: [Int]] {
    var rows: [Bucket: [Int]] = [:]
    for (row, time) in times.enumerated() { rows[bucket(time, days), default: []].append(row) }
    return rows
  }

  private mutating func coarsen(_ model: String, to size: Int64) {
    let present = daysPerBucket[model] ?? 1
    guard size > present else { return }
    daysPerBucket[model] = size
    var coarse: [Bucket: [Piece]] = [:]
    for (bucket, pieces) in models[model] ?? [:] {
      coarse[bucket == .min ? .min : Self.floorDivide(bucket, size / present), default: []] += pieces
    }
    for bucket in coarse.keys { coarse[bucket]!.sort { $0.firstPosition < $1.firstPosition } }
    models[model] = coarse
  }

  // MARK: Streams and schemas

  /// Pieces that can become rows of one block: of one stream, no column differing in type, not too many columns together.
  private static func families(of pieces: [Piece]) -> [[Piece]] {
    var streams: [StreamKey] = []
    var byStream: [StreamKey: [(schemas: [String: ColumnSchema], pieces: [Piece])]] = [:]
    for piece in pieces {
      let stream = piece.block.stream
      if byStream[stream] == nil { streams.append(stream) }
      var families = byStream.removeValue(forKey: stream) ?? []
      let place = families.firstIndex { family in
        var added = 0
        for column in piece.block.columns {
          if let known = family.schemas[column.schema.qualifiedName] {
            if known != column.schema { return false }
          } else {
            added += 1
          }
        }
        return family.schemas.count + added <= max(Limits.columnsMax, piece.block.columns.count)
      }
      let family = place ?? families.count
      if place == nil { families.append(([:], [])) }
      for column in piece.block.columns { families[family].schemas[column.schema.qualifiedName] = column.schema }
      families[family].pieces.append(piece)
      byStream[stream] = families
    }
    return streams.flatMap { byStream[$0]!.map(\.pieces) }
  }
}

extension DayPartition.Piece {
  fileprivate var firstPosition: Int64 {
    guard let column = block.columns.first(where: { $0.schema.isRowPosition }), case .int64(let values) = column.values
    else { return 0 }
    return values.first ?? 0
  }
}

extension Block {
  /// The block with a position column that says that all its rows came in the frame at `position`. A column of that name
  /// that a client sent gives way: only compaction writes it.
  func withRowPositions(_ position: UInt64) -> Block {
    var block = self
    block.columns.removeAll { $0.schema.isRowPosition }
    block.columns.append(
      Column(.rowPosition, .int64(Array(repeating: Int64(bitPattern: position), count: rowCount))))
    return block
  }

  /// Lowest and highest value of the position column.
  var rowPositions: ClosedRange<UInt64>? {
    guard let column = columns.first(where: { $0.schema.isRowPosition }), case .int64(let values) = column.values,
      let first = values.min(), let last = values.max(), first >= 0
    else { return nil }
    return UInt64(first)...UInt64(last)
  }
}
