import Foundation
import HindcastFormat

/// What a cell of a table holds. Numbers by their bits, so that NaN equals itself and the zeros differ.
enum Cell: Hashable {
  case null
  case boolean(Bool)
  case integer(Int64)
  case float(UInt32)
  case double(UInt64)
  case bytes([UInt8])
  case list([Cell])

  static func text(_ text: String) -> Cell { .bytes(Array(text.utf8)) }
  static func number(_ number: Double) -> Cell { .double(number.bitPattern) }
  static func number(_ number: Float) -> Cell { .float(number.bitPattern) }
}

/// Reads a Parquet file with as little knowledge as its specification allows, to hold the writer to that.
struct ParquetReader {
  let bytes: [UInt8]
  let footer: ThriftValue

  init(_ path: String) throws {
    bytes = Array(try Data(contentsOf: URL(filePath: path)))
    let magic = Array("PAR1".utf8)
    guard bytes.count >= 12, bytes.starts(with: magic), Array(bytes.suffix(4)) == magic else {
      throw DamagedBytes(description: "\(path) does not begin and end with PAR1")
    }
    let footerCount = Int(Self.littleEndian(bytes[(bytes.count - 8)...]))
    var reader = ThriftReader(bytes, at: bytes.count - 8 - footerCount)
    footer = try reader.structure()
    guard reader.offset == bytes.count - 8 else { throw DamagedBytes(description: "the footer's length is wrong") }
  }

  var rowCount: Int { footer[3]?.integer ?? -1 }
  var rowGroups: [ThriftValue] { footer[4]?.list ?? [] }
  /// The column metadata of one row group.
  func chunks(_ group: Int) -> [ThriftValue] { rowGroups[group][1]?.list?.compactMap { $0[3] } ?? [] }

  /// All rows of a column, by its name.
  func column(_ name: String) throws -> [Cell] {
    var cells: [Cell] = []
    for (index, group) in rowGroups.enumerated() {
      guard let chunk = chunks(index).first(where: { $0[3]?.list?.first?.text == name }) else {
        throw DamagedBytes(description: "no column \(name)")
      }
      let rows = try ParquetChunkReader(bytes, chunk).rows()
      guard rows.count == group[3]?.integer else { throw DamagedBytes(description: "\(name): \(rows.count) rows") }
      cells += rows
    }
    return cells
  }

  static func littleEndian(_ bytes: some Collection<UInt8>) -> UInt32 {
    bytes.prefix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }
}
