import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Files under `Golden`: bytes as hexadecimal text, 32 to a line, and beside them what they mean as JSON.
///
/// With HINDCAST_GOLDEN=write in the environment they are written instead of read. A change of a file that is there
/// already is a change of the format: it needs a word in FORMAT.md, and readers first.
enum GoldenFile {
  static var isWriting: Bool { getenv("HINDCAST_GOLDEN").map { String(cString: $0) } == "write" }

  private static func path(_ name: String) -> String {
    let here = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
    return "/\(here)/Golden/\(name)"
  }

  static func bytes(_ name: String) throws -> [UInt8] {
    let digits = Array(try text(name + ".hex").utf8.filter { $0 > UInt8(ascii: " ") })
    return try stride(from: 0, to: digits.count, by: 2).map { offset in
      let pair = String(decoding: digits[offset..<min(offset + 2, digits.count)], as: UTF8.self)
      return try #require(UInt8(pair, radix: 16), "\(name).hex holds \(pair), which is no hexadecimal byte")
    }
  }

  static func text(_ name: String) throws -> String {
    let file = try #require(fopen(path(name), "rb"), "Golden/\(name) is missing; HINDCAST_GOLDEN=write makes it")
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
    return String(decoding: bytes, as: UTF8.self)
  }

  static func write(_ name: String, bytes: [UInt8]) throws {
    let lines = stride(from: 0, to: bytes.count, by: 32).map { BlockJSON.hex(bytes[$0..<min($0 + 32, bytes.count)]) }
    try write(name + ".hex", text: lines.joined(separator: "\n") + "\n")
  }

  static func write(_ name: String, text: String) throws {
    let file = try #require(fopen(path(name), "wb"))
    defer { fclose(file) }
    fputs(text, file)
  }
}
