import HindcastFormat
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

@testable import HindcastStorage

@Suite struct DirectoryTests {
  @Test("a directory that another store writes to is refused, naming the holder; it is free after close")
  func locked() async throws {
    let directory = TestDirectory()
    let store = try openStore(directory)
    let error = #expect(throws: StorageError.self) { _ = try openStore(directory) }
    #expect(error?.code == .locked)
    #expect(error?.message.contains("process ") == true)
    try await store.close()
    _ = try openStore(directory)
  }

  @Test("the lock's file is written over, never cut: on a full disk its place would be gone")
  func lockKeepsItsPlace() throws {
    let directory = TestDirectory()
    try PosixDisk().makeDirectory(directory.data)
    let path = "\(directory.data)/LOCK"
    try writeFile(path, Array(repeating: UInt8(ascii: "9"), count: 4_096))
    let lock = try PosixDisk().lock(path)
    let error = #expect(throws: DiskError.self) { _ = try PosixDisk().lock(path) }
    #expect(error?.cause == .locked(holder: "\(getpid())"))
    #expect(try PosixDisk().status(path)?.byteCount == 4_096)
    withExtendedLifetime(lock) {}
  }

  @Test("a folder with other things in it is not taken over, and nothing in it changes")
  func foreign() throws {
    let directory = TestDirectory()
    try PosixDisk().makeDirectory(directory.data)
    try writeFile("\(directory.data)/holiday.jpg", [1, 2, 3])
    for mode in [LogStore.Mode.exclusive, .readOnly] {
      let error = #expect(throws: StorageError.self) { _ = try openStore(directory, mode) }
      #expect(error?.code == .notADataDirectory)
      #expect(error?.message.contains("holiday.jpg") == true)
    }
    #expect(try PosixDisk().list(directory.data) == ["holiday.jpg"])
  }

  #if os(Linux)
    @Test("a directory without permission is refused with its name, and nothing in it changes")
    func permission() async throws {
      let directory = TestDirectory()
      chmod(directory.path, 0o755)
      try await openStore(directory).close()
      let names = try PosixDisk().list(directory.data).sorted()
      for (mode, rights) in [(LogStore.Mode.exclusive, 0o555), (.exclusive, 0o000), (.readOnly, 0o000)] {
        chmod(directory.data, mode_t(rights))
        defer { chmod(directory.data, 0o700) }
        let error = asNobody { () throws(StorageError) in _ = try openStore(directory, mode) }
        #expect(error?.code == .permission)
        #expect(error?.message.hasPrefix(directory.data) == true)
        #expect(error?.message.contains("give this process's user access") == true)
      }
      #expect(try PosixDisk().list(directory.data).sorted() == names)
      chmod(directory.path, 0o555)
      defer { chmod(directory.path, 0o700) }
      let created = asNobody { () throws(StorageError) in
        _ = try LogStore.open(directory: "\(directory.path)/new", mode: .exclusive)
      }
      #expect(created?.code == .permission)
      #expect(try PosixDisk().status("\(directory.path)/new") == nil)
    }

    /// Runs `body` on a thread that accesses files as a user without any rights, since root may do everything.
    private func asNobody(_ body: @escaping @Sendable () throws(StorageError) -> Void) -> StorageError? {
      let work = ThreadWork(body)
      var thread = pthread_t()
      pthread_create(
        &thread, nil,
        { context in
          Unmanaged<ThreadWork>.fromOpaque(context!).takeUnretainedValue().run()
          return nil
        }, Unmanaged.passUnretained(work).toOpaque())
      pthread_join(thread, nil)
      return work.error
    }

    private final class ThreadWork {
      private let body: () throws(StorageError) -> Void
      private(set) var error: StorageError?

      init(_ body: @escaping () throws(StorageError) -> Void) { self.body = body }

      func run() {
        // Linux alone has them, and for one thread; no Swift module does.
        for name in ["setfsgid", "setfsuid"] {
          _ = unsafeBitCast(dlsym(nil, name), to: (@convention(c) (UInt32) -> Int32).self)(65_534)
        }
        do throws(StorageError) { try body() } catch { self.error = error }
      }
    }
  #endif

  @Test("a file, a path through a file, and a missing directory opened for reading are refused")
  func notADirectory() throws {
    let directory = TestDirectory()
    try writeFile(directory.data, [1])
    #expect(throws: StorageError.self) { _ = try openStore(directory) }
    let through = #expect(throws: StorageError.self) {
      _ = try LogStore.open(directory: "\(directory.data)/deeper", mode: .exclusive)
    }
    #expect(through?.code == .notADataDirectory)
    let missing = #expect(throws: StorageError.self) {
      _ = try LogStore.open(directory: "\(directory.path)/none", mode: .readOnly)
    }
    #expect(missing?.code == .notADataDirectory)
    #expect(try PosixDisk().status("\(directory.path)/none") == nil)
  }

  @Test("a manifest that is damaged before its end keeps the log closed and everything as it is")
  func damagedManifest() async throws {
    let directory = TestDirectory()
    let store = try openStore(directory)
    for start in 0..<3 {
      _ = try await store.append(try actuals(start * 10..<start * 10 + 10))
      _ = try store.compact()
    }
    try await store.close()
    let path = "\(directory.data)/MANIFEST"
    let good = try readFile(path)
    var inspection = try FileInspection(path: path)
    var offsets: [Int] = []
    while let frame = try inspection.next() { offsets.append(Int(frame.offset)) }
    let files = try directory.archiveFiles()
    for offset in [offsets[0] + 3, offsets[1] + 30, offsets[2] + 140] {
      var bytes = good
      bytes[offset] ^= 1
      try writeFile(path, bytes)
      let error = #expect(throws: StorageError.self) { _ = try openStore(directory) }
      #expect(error?.code == .corrupt, "\(offset)")
      #expect(try directory.archiveFiles() == files)
    }
    // Damage in the last edit looks like an edit that was not finished. But the segments it released are gone: its files
    // are set aside, not deleted, and its positions are a gap and not given out again.
    var bytes = good
    bytes[offsets.last! + 140] ^= 1
    try writeFile(path, bytes)
    for mode in [LogStore.Mode.readOnly, .exclusive] {
      let opened = try openStore(directory, mode)
      #expect(try items(opened).gaps.map(\.positions) == [3...3])
      #expect(try items(opened).blocks.allSatisfy { $0.position < 3 })
      #expect(opened.durablePosition == 3)
    }
    let remaining = try directory.archiveFiles().count
    let aside = try PosixDisk().list("\(directory.data)/torn").count
    #expect(remaining + aside == files.count && aside >= 1)
    let opened = try openStore(directory)
    #expect(try await opened.append(try actuals(0..<3)).position == 4)
  }

  @Test("a manifest with many edits is written anew and says the same, while the log is open or when it is opened next")
  func longManifest() async throws {
    let directory = TestDirectory()
    let disk = FailingDisk()
    func open() throws -> LogStore {
      try LogStore.open(directory: directory.data, mode: .exclusive, options: smallOptions(), disk: disk)
    }
    func size() throws -> Int { try readFile("\(directory.data)/MANIFEST").count }
    var store = try open()
    var largest = 0
    for start in 0..<260 {
      _ = try await store.append(
        try actuals(start..<start + 1), producer: ProducerID(low: 5, high: 5), epoch: 1, sequence: UInt64(start + 1))
      _ = try store.compact()
      largest = max(largest, try size())
    }
    #expect(try size() < largest / 2)
    let before = try rows(try items(store))
    // A disk that is too full for a new manifest lets the old one grow.
    disk.set(.init(callsLeft: 0, cause: .full, operations: ["create"]))
    let short = try size()
    for number in 0..<300 as Range<UInt64> { try store.setCursor("c", position: number % 260, resetting: true) }
    let long = try size()
    #expect(long > short + 300 * 128)
    try await store.close()
    disk.set(.init())
    for _ in 0..<2 {
      store = try open()
      #expect(try rows(try items(store)) == before)
      #expect(store.status().compactedPosition == 260 && store.cursors.map(\.position) == [39])
      let again = try await store.append(
        try actuals(0..<1), producer: ProducerID(low: 5, high: 5), epoch: 1, sequence: 200)
      #expect(again == AppendResult(position: 200, isDuplicate: true))
      try await store.close()
    }
    #expect(try size() < long / 2)
    store = try open()
    #expect(try await store.append(try actuals(0..<3)).position == 261)
    _ = try store.compact()
    #expect(try items(store).reached == [261])
  }

  @Test("models become folders that are distinct, bounded and lead nowhere else")
  func modelFolders() {
    #expect(FileNames.folder(ofModel: "car-loan_2.1") == "car-loan_2.1")
    #expect(FileNames.folder(ofModel: "Fraud") == "%46raud")
    #expect(FileNames.folder(ofModel: "..") == "%2E.")
    #expect(FileNames.folder(ofModel: "a/../b") == "a%2F..%2Fb")
    #expect(FileNames.folder(ofModel: "100%~é") == "100%25%7E%C3%A9")
    let long = String(repeating: "Ü", count: 64)
    #expect(FileNames.folder(ofModel: long).utf8.count == 200)
    #expect(FileNames.folder(ofModel: long) != FileNames.folder(ofModel: long.dropLast() + "Ä"))
  }

  @Test("days are written as dates, and those far outside as numbers")
  func days() {
    #expect(FileNames.dayText(0) == "1970-01-01")
    #expect(FileNames.dayText(17_834) == "2018-10-30")
    #expect(FileNames.dayText(-1) == "1969-12-31")
    #expect(FileNames.dayText(11_016) == "2000-02-29")
    #expect(FileNames.dayText(-719_528) == "0000-01-01")
    #expect(FileNames.dayText(2_932_896) == "9999-12-31")
    #expect(FileNames.dayText(2_932_897) == "day+2932897")
    #expect(FileNames.archiveID("x/2018-10-30-00000000000000ff.archive") == 255)
    #expect(FileNames.segmentID("00000000000000FF.segment") == nil)
  }
}
