import Testing

@testable import HindcastCommand

@Suite("Bytes of input files")
struct ByteInputTests {
  let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func readAll(_ path: String) throws -> [UInt8] {
    let input = try ByteInput(path)
    var all: [UInt8] = []
    var chunk: [UInt8] = []
    while try input.read(into: &chunk) {
      #expect(!chunk.isEmpty)
      all += chunk
    }
    #expect(try !input.read(into: &chunk), "the end stays the end")
    #expect(input.storedBytesRead == input.storedByteCount)
    return all
  }

  @Test("a file comes as it is", arguments: [0, 1, 3, 4, 5, 1 << 20, (1 << 20) + 1, 3_000_000])
  func plain(count: Int) throws {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ 7) }
    #expect(try readAll(directory.file("plain", bytes)) == bytes)
  }

  @Test(
    "gzip is recognised by its content and decompressed",
    arguments: [0, 1, 65_535, 65_536, 1 << 20, (1 << 20) + 1, 3_000_000])
  func gzip(count: Int) throws {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ 7) }
    #expect(try readAll(directory.file("misleading.csv", gzipMember(bytes))) == bytes)
  }

  @Test("what gzip itself wrote is read")
  func gzipProgram() throws {
    let written: [UInt8] = [
      0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xcb, 0x4c, 0xd1, 0x29, 0x4e, 0xce,
      0x2f, 0x4a, 0xe5, 0x4a, 0xd4, 0x31, 0xd0, 0x33, 0xe5, 0x4a, 0x02, 0x92, 0x46, 0xa6, 0x5c, 0x00,
      0x7d, 0x34, 0x35, 0xce, 0x16, 0x00, 0x00, 0x00,
    ]
    #expect(try readAll(directory.file("a.csv.gz", written)) == Array("id,score\na,0.5\nb,0.25\n".utf8))
  }

  @Test("members of gzip follow one another")
  func members() throws {
    let file = try directory.file(
      "two.gz", gzipMember(Array("one\n".utf8)) + gzipMember([]) + gzipMember(Array("two\n".utf8)))
    #expect(try readAll(file) == Array("one\ntwo\n".utf8))
  }

  @Test("gzip that is cut short anywhere is an error that names the file")
  func truncated() throws {
    let whole = gzipMember(Array("id,score\na,0.5\n".utf8))
    for count in 4..<whole.count {
      let file = try directory.file("cut.csv.gz", Array(whole.prefix(count)))
      let error = #expect(throws: CommandError.self) { try readAll(file) }
      #expect(error?.description.contains("cut.csv.gz: the gzip data ends in the middle") == true, "\(count) bytes")
    }
  }

  @Test("a flipped bit in gzip is an error: the member's checksum sees it")
  func flipped() throws {
    let whole = gzipMember(Array("id,score\na,0.5\n".utf8))
    for index in 10..<whole.count {
      var damaged = whole
      damaged[index] ^= 4
      let file = try directory.file("flipped.gz", damaged)
      #expect(throws: CommandError.self, "byte \(index)") { try readAll(file) }
    }
  }

  @Test(
    "formats we don't read are named, with what to do",
    arguments: [
      ([0x28, 0xb5, 0x2f, 0xfd, 0], "zstd"), ([0xff, 0xfe, 0x69, 0], "UTF-16"), ([0xfe, 0xff, 0, 0x69], "UTF-16"),
      (Array("PAR1....".utf8), "Parquet"),
    ])
  func foreign(bytes: [UInt8], word: String) throws {
    let file = try directory.file("foreign", bytes)
    let error = #expect(throws: CommandError.self) { try readAll(file) }
    #expect(error?.description.contains(word) == true)
  }

  @Test("a file that is not there, and a directory, are errors that name it")
  func unreadable() throws {
    let missing = directory.path + "/missing.csv"
    #expect(throws: CommandError("\(missing) cannot be opened: No such file or directory")) { try ByteInput(missing) }
    #expect(throws: CommandError("\(directory.path) is a directory; name the files in it")) {
      try ByteInput(directory.path)
    }
  }
}
