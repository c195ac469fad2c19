import HindcastFormat
import HindcastStorage
import Synchronization
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A folder of its own for a test, removed with everything in it when the last owner lets go.
final class TestDirectory: Sendable {
  let path: String

  init() {
    var template = Array("/tmp/hindcast-test-XXXXXX".utf8CString)
    path = template.withUnsafeMutableBufferPointer { String(cString: mkdtemp($0.baseAddress!)) }
  }

  deinit { Self.remove(path) }

  private static func remove(_ path: String) {
    if let names = try? PosixDisk().list(path) {
      for name in names { remove("\(path)/\(name)") }
      rmdir(path)
    } else {
      unlink(path)
    }
  }

  var data: String { "\(path)/data" }

  func segments() throws -> [String] {
    try PosixDisk().list("\(data)/journal").filter { $0.hasSuffix(".segment") }.sorted()
      .map { "\(data)/journal/\($0)" }
  }

  func archiveFiles() throws -> [String] {
    var files: [String] = []
    for folder in try PosixDisk().list("\(data)/archive").sorted() {
      for name in try PosixDisk().list("\(data)/archive/\(folder)").sorted() {
        files.append("\(data)/archive/\(folder)/\(name)")
      }
    }
    return files
  }
}

func readFile(_ path: String) throws -> [UInt8] {
  let file = try PosixDisk().open(path, .read)
  return try file.read(at: 0, count: Int(try file.byteCount()))
}

func writeFile(_ path: String, _ bytes: [UInt8]) throws {
  let file = try PosixDisk().open(path, .replace)
  try file.write(bytes, at: 0)
}

/// A byte-for-byte copy of a data directory, as a crash would leave it.
func copyTree(_ from: String, _ to: String) throws {
  if try PosixDisk().status(from)?.isDirectory == true {
    try PosixDisk().makeDirectory(to)
    for name in try PosixDisk().list(from) { try copyTree("\(from)/\(name)", "\(to)/\(name)") }
  } else {
    try writeFile(to, try readFile(from))
  }
}

let testStream = StreamKey(kind: .prediction, model: "loans", version: "1", environment: .production)

/// The bytes of a block with nothing but its head and filler: the journal takes payloads as they are.
func headOnlyBlock(_ number: Int, stream: StreamKey = testStream, fillerBytes: Int = 40, time: Int64? = nil)
  -> EncodedBlock
{
  var bytes: [UInt8] = [0x08, stream.kind.rawValue]
  func field(_ key: UInt8, _ value: [UInt8]) {
    bytes.append(key)
    var count = value.count
    while count >= 0x80 {
      bytes.append(UInt8(count & 0x7f) | 0x80)
      count >>= 7
    }
    bytes.append(UInt8(count))
    bytes.append(contentsOf: value)
  }
  field(0x12, Array(stream.model.utf8))
  field(0x1a, Array(stream.version.utf8))
  bytes += [0x20, stream.environment.rawValue, 0x28, 1]
  // A field number that `Block` does not have: readers pass it over.
  field(0x7a, (0..<fillerBytes).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ number &* 7) } + Array("#\(number)".utf8))
  let time = time ?? Int64(number) * 1_000_000
  return EncodedBlock(
    stream: stream, rowCount: 1, minTime: time, maxTime: time, bytes: bytes, payloadHash: Checksum.xxh3(bytes))
}

/// Everything a query yields.
func items(_ store: LogStore, _ query: ReadQuery = ReadQuery()) throws -> [StoredItem] {
  var cursor = try store.read(query)
  var items: [StoredItem] = []
  while let item = try cursor.next() { items.append(item) }
  return items
}

extension [StoredItem] {
  var blocks: [StoredBlock] { compactMap { if case .block(let block) = $0 { block } else { nil } } }
  var gaps: [ReadGap] { compactMap { if case .gap(let gap) = $0 { gap } else { nil } } }
  var reached: [UInt64] { compactMap { if case .reached(let position) = $0 { position } else { nil } } }
}

func smallOptions(segmentBytes: Int = 4_096) -> LogStoreOptions {
  var options = LogStoreOptions()
  options.segmentBytesMax = segmentBytes
  options.freeBytesMin = 0
  options.reserveBytes = 0
  // Both write at moments of their own; tests that are about them turn them on.
  options.preparation = .off
  options.marksWhenIdle = false
  return options
}

func openStore(
  _ directory: TestDirectory, _ mode: LogStore.Mode = .exclusive, _ options: LogStoreOptions = smallOptions()
) throws(StorageError) -> LogStore {
  try LogStore.open(directory: directory.data, mode: mode, options: options)
}

extension LogStore {
  /// Appends head-only blocks with these numbers, one after the other.
  func appendNumbered(_ numbers: some Sequence<Int>) async throws {
    for number in numbers { _ = try await append(headOnlyBlock(number)) }
  }
}
