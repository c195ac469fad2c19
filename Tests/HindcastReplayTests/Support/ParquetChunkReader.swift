import HindcastFormat

/// Reads the pages of one column chunk back into rows.
struct ParquetChunkReader {
  struct Page {
    var definition: [UInt32]
    /// Empty unless the column is a list.
    var repetition: [UInt32]
    var values: [Cell]
  }

  private let file: [UInt8]
  private let chunk: ThriftValue
  private let type: Int
  private let isList: Bool

  init(_ file: [UInt8], _ chunk: ThriftValue) {
    self.file = file
    self.chunk = chunk
    type = chunk[1]?.integer ?? -1
    isList = chunk[3]?.list?.count == 3
  }

  /// The data pages, in order. Throws if what the chunk says of itself does not hold.
  func pages() throws -> [Page] {
    guard let dataOffset = chunk[9]?.integer, let byteCount = chunk[7]?.integer else {
      throw DamagedBytes(description: "a chunk without offsets")
    }
    let start = chunk[11]?.integer ?? dataOffset
    var reader = ThriftReader(file, at: start)
    var dictionary: [Cell] = []
    var pages: [Page] = []
    var uncompressed = 0
    while reader.offset < start + byteCount {
      let pageStart = reader.offset
      let header = try reader.structure()
      guard let full = header[2]?.integer, let stored = header[3]?.integer else {
        throw DamagedBytes(description: "a page without sizes")
      }
      uncompressed += reader.offset - pageStart + full
      let body = try file[reader.offset..<reader.offset + stored].withUnsafeBytes {
        try ByteCompressor().decompress($0, codec: .zstd, expectedByteCount: full)
      }
      reader.offset += stored
      if let dictionaryHeader = header[7] {
        dictionary = try plain(body[...], count: dictionaryHeader[1]?.integer ?? -1)
      } else {
        guard pages.isEmpty ? pageStart == dataOffset : true, let dataHeader = header[5] else {
          throw DamagedBytes(description: "the first data page is not where the chunk says")
        }
        pages.append(try page(body, dataHeader, dictionary))
      }
    }
    guard pages.reduce(0, { $0 + $1.definition.count }) == chunk[5]?.integer, uncompressed == chunk[6]?.integer else {
      throw DamagedBytes(description: "the chunk's counts are not those of its pages")
    }
    return pages
  }

  /// The rows of all pages.
  func rows() throws -> [Cell] {
    var rows: [Cell] = []
    for page in try pages() {
      var values = page.values[...]
      for (index, level) in page.definition.enumerated() {
        guard isList else {
          rows.append(level == 0 ? .null : values.removeFirst())
          continue
        }
        if page.repetition[index] == 0 {
          rows.append(level == 0 ? .null : .list(level == 1 ? [] : [values.removeFirst()]))
        } else if case .list(let elements) = rows.popLast() {
          rows.append(.list(elements + [values.removeFirst()]))
        }
      }
      guard values.isEmpty else { throw DamagedBytes(description: "\(values.count) values over") }
    }
    return rows
  }

  private func page(_ body: [UInt8], _ header: ThriftValue, _ dictionary: [Cell]) throws -> Page {
    guard let count = header[1]?.integer else { throw DamagedBytes(description: "a page without a count") }
    var rest = body[...]
    func levels(bitWidth: Int) throws -> [UInt32] {
      let length = Int(ParquetReader.littleEndian(rest))
      rest = rest.dropFirst(4)
      defer { rest = rest.dropFirst(length) }
      return try HybridReader.read(Array(rest.prefix(length)), bitWidth: bitWidth, count: count)
    }
    let repetition = isList ? try levels(bitWidth: 1) : []
    let definition = try levels(bitWidth: isList ? 2 : 1)
    let valueCount = definition.count { $0 == (isList ? 3 : 1) }
    guard header[2]?.integer == 8 else {
      return Page(definition: definition, repetition: repetition, values: try plain(rest, count: valueCount))
    }
    let bitWidth = Int(rest.removeFirst())
    let codes = try HybridReader.read(Array(rest), bitWidth: bitWidth, count: valueCount)
    return Page(definition: definition, repetition: repetition, values: codes.map { dictionary[Int($0)] })
  }

  private func plain(_ bytes: ArraySlice<UInt8>, count: Int) throws -> [Cell] {
    var rest = bytes
    func take(_ count: Int) throws -> [UInt8] {
      guard rest.count >= count else { throw DamagedBytes(description: "a page ends early") }
      defer { rest = rest.dropFirst(count) }
      return Array(rest.prefix(count))
    }
    func number(_ count: Int) throws -> UInt64 { try take(count).reversed().reduce(0) { $0 << 8 | UInt64($1) } }
    let cells: [Cell]
    switch type {
    case 0:
      let bits = try take((count + 7) / 8)
      cells = (0..<count).map { .boolean(bits[$0 / 8] >> UInt8($0 % 8) & 1 == 1) }
    case 2: cells = try (0..<count).map { _ in .integer(Int64(bitPattern: try number(8))) }
    case 4: cells = try (0..<count).map { _ in .float(UInt32(try number(4))) }
    case 5: cells = try (0..<count).map { _ in .double(try number(8)) }
    case 6: cells = try (0..<count).map { _ in .bytes(try take(Int(try number(4)))) }
    default: throw DamagedBytes(description: "physical type \(type)")
    }
    guard rest.isEmpty else { throw DamagedBytes(description: "\(rest.count) bytes over") }
    return cells
  }
}
