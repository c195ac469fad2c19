internal import HindcastFormat

/// A 64-bit hash of each row that depends on neither the order of its columns nor on columns in which it has no value, so
/// that it survives splitting, joining and sorting blocks. `proto/FORMAT.md` defines it; a file's rows hash is the sum.
enum RowHash {
  /// For each row the sum of its fields, the system column `position` left out: equal for exact duplicates.
  static func sums(of block: Block) -> [UInt64] {
    var sums = [UInt64](repeating: 0, count: block.rowCount)
    for column in block.columns where !column.schema.isRowPosition { add(column, to: &sums) }
    return sums
  }

  /// The sum over the rows' hashes, positions included. `sums` are those of the same block.
  static func total(of block: Block, sums: [UInt64]) -> UInt64 {
    var sums = sums
    for column in block.columns where column.schema.isRowPosition { add(column, to: &sums) }
    let stream = hash(of: block.stream)
    return sums.reduce(0) { $0 &+ mix($1 &+ stream) }
  }

  static func hash(of stream: StreamKey) -> UInt64 {
    var bytes = [stream.kind.rawValue, stream.environment.rawValue]
    bytes.appendLittleEndian(UInt32(stream.model.utf8.count))
    bytes += stream.model.utf8
    bytes += stream.version.utf8
    return Checksum.xxh3(bytes)
  }

  private static func hash(of schema: ColumnSchema) -> UInt64 {
    var bytes = [schema.role.rawValue, schema.type.rawValue]
    bytes.appendLittleEndian(UInt32(schema.dimension))
    bytes += schema.name.utf8
    return Checksum.xxh3(bytes)
  }

  private static func add(_ column: Column, to sums: inout [UInt64]) {
    let seed = hash(of: column.schema)
    switch column.values {
    case .bool(let values): add(seed, column.validity, &sums) { UInt64(values[$0]) }
    case .int64(let values): add(seed, column.validity, &sums) { UInt64(bitPattern: values[$0]) }
    case .float64(let values): add(seed, column.validity, &sums) { values[$0].bitPattern }
    case .float32(let values) where column.schema.type == .float32:
      add(seed, column.validity, &sums) { UInt64(values[$0].bitPattern) }
    case .float32(let values):
      let stride = column.schema.dimension * 4
      values.withUnsafeBytes { bytes in add(seed, column.validity, &sums) { bytesHash(bytes, $0 * stride, stride) } }
    case .uuid(let values):
      values.withUnsafeBytes { bytes in add(seed, column.validity, &sums) { bytesHash(bytes, $0 * 16, 16) } }
    case .strings(let values):
      values.bytes.withUnsafeBytes { bytes in
        add(seed, column.validity, &sums) { row in
          bytesHash(bytes, Int(values.offsets[row]), Int(values.offsets[row + 1] - values.offsets[row]))
        }
      }
    case .stringList(let offsets, let elements):
      add(seed, column.validity, &sums) { row in
        var bytes: [UInt8] = []
        for element in Int(offsets[row])..<Int(offsets[row + 1]) {
          bytes.appendLittleEndian(UInt32(elements[element].count))
          bytes += elements[element]
        }
        return Checksum.xxh3(bytes)
      }
    case .doubleList(let offsets, let elements):
      elements.withUnsafeBytes { bytes in
        add(seed, column.validity, &sums) { row in
          bytesHash(bytes, Int(offsets[row]) * 8, Int(offsets[row + 1] - offsets[row]) * 8)
        }
      }
    }
  }

  private static func add(_ seed: UInt64, _ validity: Bitmap?, _ sums: inout [UInt64], _ word: (Int) -> UInt64) {
    for row in sums.indices where validity?[row] ?? true { sums[row] &+= mix(seed ^ mix(word(row))) }
  }

  private static func bytesHash(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ count: Int) -> UInt64 {
    Checksum.xxh3(UnsafeRawBufferPointer(rebasing: bytes[start..<start + count]))
  }

  /// The finaliser of SplitMix64 (Steele, Lea, Flood 2014).
  private static func mix(_ word: UInt64) -> UInt64 {
    var word = word
    word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
    return word ^ (word >> 31)
  }
}
