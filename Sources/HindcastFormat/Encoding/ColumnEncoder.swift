/// Encodes one column after another; keeps scratch memory between them. One thread at a time.
///
/// What each step writes stands in `ColumnEncoder+*.swift`, which choice is made when in `Choice`.
final class ColumnEncoder {
  let effort: EncodeEffort
  let codec: ByteCodec
  let compressor = ByteCompressor()
  let scratch = ScratchBytes()
  var writer = StepWriter()
  /// Of the encoded column, what stands before the data.
  private var head: [UInt8] = []
  var memory = ColumnMemory()

  init(effort: EncodeEffort, codec: ByteCodec) {
    self.effort = effort
    self.codec = codec
  }

  /// Encodes the column, which has been validated; `memory` is its own. Until the next call `encoded` are the bytes of
  /// `Column.encoded`.
  func encode(_ column: Column, memory: inout ColumnMemory) {
    writer.removeAll()
    swap(&self.memory, &memory)
    if effort == .compaction { self.memory = ColumnMemory() }
    self.memory.begin()
    encode(column)
    finish(rowCount: column.rowCount)
    self.memory.end(byteCount: encodedByteCount, rowCount: column.rowCount)
    swap(&self.memory, &memory)
  }

  var encodedByteCount: Int { head.count + writer.data.count }

  func appendEncoded(to output: inout [UInt8]) {
    output += head
    output += writer.data
  }

  var encoded: [UInt8] { head + writer.data }

  /// The same for a column as its relation to others of the block, none of which has nulls; nil if it does not follow from
  /// them.
  func encode(_ column: Column, as relation: ColumnRelation, of sources: [Column]) -> [UInt8]? {
    writer.removeAll()
    memory = ColumnMemory()
    memory.begin()
    writer.begin(.related)
    RelatedSources(sources.map { .init(role: $0.schema.role, name: $0.schema.name) }).append(to: &writer.data)
    var values = column.values
    var given = sources.map(\.values)
    if let validity = column.validity, validity.setCount < validity.count {
      writer.begin(.nullable)
      encode(integers: validity.integers)
      let rows = validity.setRows
      values = values.taking(rows: rows, dimension: column.schema.dimension)
      given = given.map { $0.taking(rows: rows, dimension: 0) }
    }
    guard encode(values, column.schema, as: relation, of: given) else { return nil }
    finish(rowCount: column.rowCount)
    return encoded
  }

  private func encode(_ column: Column) {
    if let validity = column.validity, validity.setCount < validity.count {
      writer.begin(.nullable)
      encode(integers: validity.integers)
      encode(column.values.packed(by: validity, dimension: column.schema.dimension), column.schema)
    } else {
      encode(column.values, column.schema)
    }
  }

  private func finish(rowCount: Int) {
    head.removeAll(keepingCapacity: true)
    head.appendVarint(rowCount)
    head.appendVarint(writer.tree.count)
    head += writer.tree
  }

  func encode(_ values: ColumnValues, _ schema: ColumnSchema) {
    switch values {
    case .bool(let bools): encode(integers: bools.withUnsafeBufferPointer { UncheckedLoops.map($0) { Int64($0) } })
    case .int64(let integers): encode(integers: integers)
    case .float32(let floats) where schema.type == .vector: encode(vectors: floats, dimension: schema.dimension)
    case .float32(let floats): encode(float32s: floats)
    case .float64(let floats): encode(float64s: floats)
    case .strings(let strings): encode(strings: strings)
    case .uuid(let uuids): encode(uuids: uuids)
    case .stringList(let offsets, let elements):
      guard beginList(offsets) else { return }
      encode(strings: elements)
    case .doubleList(let offsets, let elements):
      guard beginList(offsets) else { return }
      encode(float64s: elements)
    }
  }

  private func beginList(_ offsets: [UInt32]) -> Bool {
    guard offsets.count > 1 else {
      writer.begin(.empty)
      return false
    }
    writer.begin(.list)
    encode(integers: UncheckedLoops.lengths(offsets))
    return true
  }

  private func encode(vectors: [Float], dimension: Int) {
    guard !vectors.isEmpty else { return writer.begin(.empty) }
    writer.begin(.vector)
    writer.begin(.float32Ordered)
    encode(
      integers: UncheckedLoops.transposed(vectors, rows: vectors.count / dimension, columns: dimension) {
        OrderedFloat.integer($0)
      })
  }
}

extension ColumnEncoder {
  /// What a byte stream holds decides how hard compaction tries.
  enum ByteContent {
    case numbers, text
    /// Numbers of which a compressor has seen that they come again, though each byte may look like noise.
    case repeats
  }

  func encode(bytes: UnsafeRawBufferPointer, _ content: ByteContent) {
    guard let first = bytes.first else { return writer.begin(.empty) }
    let decision = memory.decide(
      fits: { if case .bytes = $0 { true } else { false } },
      choose: { .bytes(compress: worthCompressing(bytes, content)) })
    if bytes.count > 1, bytes.allEqual(first) {
      writer.begin(.fill)
      writer.data.append(first)
      return
    }
    guard decision == .bytes(compress: true) else { return encode(rawBytes: bytes) }
    let mark = writer.mark
    let attempts = levels(content).map { compressor.compress(bytes, codec: codec, level: $0) }
    let compressed = attempts.min { $0.count < $1.count } ?? []
    guard compressed.count + 2 < bytes.count else {
      writer.rewind(to: mark)
      memory.correct(to: .bytes(compress: false))
      return encode(rawBytes: bytes)
    }
    writer.begin(codec == .zstd ? .zstd : .zlib)
    writer.data.appendVarint(compressed.count)
    writer.data += compressed
  }

  private func encode(rawBytes bytes: UnsafeRawBufferPointer) {
    writer.begin(.raw)
    writer.data.append(contentsOf: bytes)
  }

  /// Where more than one, the best is kept: on numbers without repetitions a high level spends its matches badly, and the
  /// lowest, which leaves nearly all to the entropy coder, is often smaller.
  private func levels(_ content: ByteContent) -> [Int] {
    switch (effort, codec, content) {
    case (.ingest, _, _): [1]
    case (.compaction, .zstd, .numbers), (.compaction, .zstd, .repeats): [1, 9]
    case (.compaction, .zstd, .text): [17]
    case (.compaction, .zlib, _): [1, 6]
    }
  }

  /// Text and repeats are always tried; planes of numbers only if their bytes are not noise.
  private func worthCompressing(_ bytes: UnsafeRawBufferPointer, _ content: ByteContent) -> Bool {
    guard bytes.count >= 32 else { return false }
    if content != .numbers { return true }
    let stride = max(1, bytes.count / 4_096)
    let sample = Swift.stride(from: 0, to: bytes.count, by: stride).map { bytes[$0] }
    return Entropy.bitsPerByte(sample, count: bytes.count) < (effort == .ingest ? 7.5 : 7.97)
  }
}

extension UnsafeRawBufferPointer {
  fileprivate func allEqual(_ byte: UInt8) -> Bool { allSatisfy { $0 == byte } }
}
