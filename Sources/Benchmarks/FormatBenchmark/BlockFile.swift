internal import HindcastFormat

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// A file of plain blocks, each behind its length.
enum BlockFile {
  struct Unreadable: Error { var path: String }

  /// All rows, cut anew into blocks of this many; the last has the rest.
  static func read(_ path: String, rowsInBlock: Int) throws -> [Block] {
    let bytes = try contents(path)
    var blocks: [Block] = []
    var offset = 0
    while offset + 8 <= bytes.count {
      let length = bytes[offset..<offset + 8].reversed().reduce(0) { $0 << 8 | Int($1) }
      guard length >= 0, length <= bytes.count - offset - 8 else { throw Unreadable(path: path) }
      blocks.append(try BlockDecoder.decode(Array(bytes[offset + 8..<offset + 8 + length])))
      offset += 8 + length
    }
    let all = try Block.concatenating(blocks)
    guard all.rowCount > rowsInBlock else { return [all] }
    return stride(from: 0, to: all.rowCount, by: rowsInBlock).map {
      all.taking(rows: Array($0..<min($0 + rowsInBlock, all.rowCount)))
    }
  }

  private static func contents(_ path: String) throws -> [UInt8] {
    guard let file = fopen(path, "rb") else { throw Unreadable(path: path) }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      guard count > 0 else { return bytes }
      bytes += buffer[0..<count]
    }
  }
}
