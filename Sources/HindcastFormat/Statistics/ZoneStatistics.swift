/// What is known of a column's values without looking at them: for readers who want rows with some of them only. Written by
/// compaction, into the block and into the file's footer.
package struct ZoneStatistics: Sendable, Equatable {
  /// Rows without a value.
  package var nulls = 0
  /// About how many different values; 0: not counted, as for vectors and lists.
  package var distinct = 0
  /// Values that are not a number; they lie within no bounds.
  package var nans = 0
  /// nil: there is no value, or the type has no order.
  package var bounds: Bounds?

  package enum Bounds: Sendable, Equatable {
    /// bool, int64 and timestamp: smallest and largest.
    case integers(ClosedRange<Int64>)
    /// float32 and float64.
    case numbers(ClosedRange<Double>)
    /// string, bytes and uuid, in the order of their bytes. Long values are cut to `textBytesMax`: then the lower bound is
    /// less than the smallest value, and the upper one more than the largest, or nil for want of one.
    case texts(from: [UInt8], to: [UInt8]?)
  }

  package static let textBytesMax = 32

  package init() {}

  package init(_ column: Column) {
    nulls = column.nullCount
    let isValid: (Int) -> Bool = { [validity = column.validity] row in validity?[row] ?? true }
    var count = DistinctCount()
    switch column.values {
    case .bool(let values):
      addIntegers(values.count, isValid) { Int64(values[$0]) }
      distinct = if case .integers(let bounds) = bounds { bounds.count } else { 0 }
    case .int64(let values):
      addIntegers(values.count, isValid) { values[$0] }
      for row in values.indices where isValid(row) { count.add(UInt64(bitPattern: values[row])) }
      distinct = count.estimate
    case .float64(let values):
      addNumbers(values.count, isValid) { values[$0] }
      for row in values.indices where isValid(row) { count.add(values[row].bitPattern) }
      distinct = count.estimate
    case .float32(let values) where column.schema.type == .float32:
      addNumbers(values.count, isValid) { Double(values[$0]) }
      for row in values.indices where isValid(row) { count.add(UInt64(values[row].bitPattern)) }
      distinct = count.estimate
    case .strings(let strings):
      strings.bytes.withUnsafeBytes { bytes in
        addTexts(strings.count, isValid, &count) {
          UnsafeRawBufferPointer(rebasing: bytes[Int(strings.offsets[$0])..<Int(strings.offsets[$0 + 1])])
        }
      }
    case .uuid(let values):
      values.withUnsafeBytes { bytes in
        addTexts(values.count / 16, isValid, &count) {
          UnsafeRawBufferPointer(rebasing: bytes[$0 * 16..<($0 + 1) * 16])
        }
      }
    case .float32, .stringList, .doubleList: break
    }
  }

  private mutating func addIntegers(_ rows: Int, _ isValid: (Int) -> Bool, _ value: (Int) -> Int64) {
    var (low, high) = (Int64.max, Int64.min)
    for row in 0..<rows where isValid(row) {
      low = min(low, value(row))
      high = max(high, value(row))
    }
    if low <= high { bounds = .integers(low...high) }
  }

  private mutating func addNumbers(_ rows: Int, _ isValid: (Int) -> Bool, _ value: (Int) -> Double) {
    var (low, high) = (Double.infinity, -Double.infinity)
    for row in 0..<rows where isValid(row) {
      let value = value(row)
      if value.isNaN {
        nans += 1
      } else {
        if value < low { low = value }
        if value > high { high = value }
      }
    }
    // Of zeros either sign may have come first.
    if low <= high { bounds = .numbers((low == 0 ? -0.0 : low)...(high == 0 ? 0.0 : high)) }
  }

  private mutating func addTexts(
    _ rows: Int, _ isValid: (Int) -> Bool, _ count: inout DistinctCount, _ value: (Int) -> UnsafeRawBufferPointer
  ) {
    var smallest: UnsafeRawBufferPointer?
    var largest: UnsafeRawBufferPointer?
    for row in 0..<rows where isValid(row) {
      let value = value(row)
      count.add(Checksum.xxh3(value))
      if smallest.map({ value.precedes($0) }) ?? true { smallest = value }
      if largest.map({ $0.precedes(value) }) ?? true { largest = value }
    }
    distinct = count.estimate
    if let smallest, let largest {
      bounds = .texts(from: Array(smallest.prefix(Self.textBytesMax)), to: Self.upperBound(largest))
    }
  }

  private static func upperBound(_ value: UnsafeRawBufferPointer) -> [UInt8]? {
    guard value.count > textBytesMax else { return Array(value) }
    var bound = Array(value.prefix(textBytesMax))
    while bound.last == 0xff { bound.removeLast() }
    guard let last = bound.last else { return nil }
    bound[bound.count - 1] = last + 1
    return bound
  }
}

extension UnsafeRawBufferPointer {
  /// In the order of bytes.
  fileprivate func precedes(_ other: UnsafeRawBufferPointer) -> Bool { lexicographicallyPrecedes(other) }
}

/// The statistics of one column of a block.
package struct ColumnZone: Sendable, Equatable {
  package var schema: ColumnSchema
  package var statistics: ZoneStatistics

  package init(_ schema: ColumnSchema, _ statistics: ZoneStatistics) {
    self.schema = schema
    self.statistics = statistics
  }
}

extension [ColumnZone] {
  /// Whether they are those of this block; the estimates of distinct values may be another writer's.
  package func describe(_ block: Block) -> Bool {
    count == block.columns.count
      && zip(self, block.columns).allSatisfy { zone, column in
        let own = ZoneStatistics(column)
        return zone.schema == column.schema && zone.statistics.nulls == own.nulls && zone.statistics.nans == own.nans
          && zone.statistics.bounds == own.bounds
      }
  }
}
