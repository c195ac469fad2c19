import Testing

@testable import FuzzTargets
@testable import HindcastFormat

/// Vectors large enough that they are put together in several tiles.
struct VectorTests {
  enum Values: CaseIterable {
    /// Near 0, few exponents.
    case normal
    /// Some as far off that they are escapes.
    case withOutliers
    /// Any bits, NaNs too.
    case noise
    case constant
  }

  private static func vectors(_ values: Values, rows: Int, dimension: Int) -> [Float] {
    var generator = SeededGenerator(seed: UInt64(rows * 1_000 + dimension))
    return (0..<rows * dimension).map { index in
      let near =
        (0..<4).reduce(Float(0)) { sum, _ in sum + Float(Int32(truncatingIfNeeded: generator.next())) } * 0x1p-34
      return switch values {
      case .normal: near
      case .withOutliers:
        generator.chance(0.004) ? Float(bitPattern: UInt32(truncatingIfNeeded: generator.next())) : near
      case .noise: Float(bitPattern: UInt32(truncatingIfNeeded: generator.next()))
      case .constant: 0.25
      }
    }
  }

  @Test(
    "vectors come back bit for bit, from the decoder and from the reference",
    arguments: Values.allCases, [(1, 1), (3, 700), (257, 33), (5_000, 3), (4_096, 16)])
  func roundTrips(values: Values, shape: (rows: Int, dimension: Int)) throws {
    let floats = Self.vectors(values, rows: shape.rows, dimension: shape.dimension)
    let column = feature("v", .vector, .float32(floats), dimension: shape.dimension)
    for effort in [EncodeEffort.ingest, .compaction] {
      let encoder = ColumnEncoder(effort: effort, codec: .zstd)
      let bytes = encode(column, with: encoder)
      for decoded in [
        try decode(bytes, column), try ReferenceDecoder.column(bytes, column.schema, rowCount: shape.rows),
      ] {
        guard case .float32(let found) = decoded.values else { return #expect(Bool(false), "no vectors") }
        #expect(found.map(\.bitPattern) == floats.map(\.bitPattern), "\(encoder.writer.tree)")
      }
      if shape.rows >= 4_096, values == .normal || values == .withOutliers {
        #expect(encoder.writer.tree.prefix(3) == [EncodingStep.vector, .float32Ordered, .tokens].map(\.rawValue)[...])
      }
    }
  }

  @Test("tokens of no vector at all, as a column of nulls may have them, are decoded")
  func noVectors() throws {
    let tree: [EncodingStep] = [.nullable, .constant, .vector, .float32Ordered, .tokens]
    // Presence 0, base 0, a table of one token, the states, and no bits.
    var data: [UInt8] = [0, 0]
    TokenTable(tops: [0], frequencies: [TokenTable.total]).append(to: &data)
    for _ in 0..<TokenCoder.stateCount { withUnsafeBytes(of: TokenCoder.stateMin.littleEndian) { data += $0 } }
    let bytes = StepTests.encoded(3, tree.map(\.rawValue) + [0], data)
    let schema = ColumnSchema("v", role: .feature, type: .vector, dimension: 2)
    let column = Column(schema, .float32([0, 0, 0, 0, 0, 0]), validity: Bitmap(repeating: false, count: 3))
    #expect(try decode(bytes, column) == column)
    #expect(try ReferenceDecoder.column(bytes, schema, rowCount: 3) == column)
  }
}
