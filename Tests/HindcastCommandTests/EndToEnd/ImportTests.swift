import HindcastFormat
import HindcastStorage
import Testing

@testable import HindcastCommand

@Suite("Import", .serialized)
struct ImportTests {
  let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private var data: String { directory.path + "/log" }

  /// Imports predictions of model `m` into a server of its own, and returns the error, if any.
  private func importPredictions(_ arguments: [String]) async throws -> CommandError? {
    try await TestServer.with(data: data) { server in
      do {
        try await run(
          ["import", "predictions", "--quiet", "--server", server.address, "--model", "m", "--time", "2026-01-01"]
            + arguments)
        return nil
      } catch let error as CommandError {
        return error
      }
    }
  }

  /// All of the log, put together.
  private func stored() throws -> Block? {
    let store = try LogStore.open(directory: data, mode: .readOnly)
    var cursor = try store.read(ReadQuery())
    var blocks: [Block] = []
    while let item = try cursor.next() {
      if case .block(let block) = item { blocks.append(try BlockDecoder.decode(block.bytes)) }
    }
    return blocks.isEmpty ? nil : try Block.concatenating(blocks)
  }

  private func ids(_ block: Block?) -> [String] {
    guard case .strings(let ids)? = block?.ids?.values else { return [] }
    return (0..<ids.count).map { ids.string($0) }
  }

  @Test(
    "values arrive with their types, nulls and exact bits, from CSV, gzip and JSON lines alike",
    arguments: ["csv", "csv.gz", "jsonl"])
  func values(ending: String) async throws {
    let csv = "id,b,i,f,s\nx,True,-5,0.1,\"a,\u{20ac}\"\ny,,9007199254740993,1e-300,\nz,false,,,q\n"
    let json = """
      {"id":"x","b":true,"i":-5,"f":0.1,"s":"a,\u{20ac}"}
      {"id":"y","i":9007199254740993,"f":1e-300,"s":null}
      {"id":"z","b":false,"s":"q"}
      """
    let text = ending == "jsonl" ? json : csv
    let bytes = ending == "csv.gz" ? gzipMember(Array(text.utf8)) : Array(text.utf8)
    #expect(try await importPredictions([directory.file("in.\(ending)", bytes)]) == nil)
    let block = try #require(try stored())
    #expect(ids(block) == ["x", "y", "z"])
    func column(_ name: String) throws -> Column { try #require(block.column(.feature, name)) }
    #expect(try column("b").values == .bool([1, 0, 0]))
    #expect(try column("b").nullCount == 1)
    #expect(try column("i").values == .int64([-5, 9_007_199_254_740_993, 0]))
    #expect(try column("f").values == .float64([0.1, 1e-300, 0]))
    #expect(try column("s").values == .strings(ByteStrings(["a,\u{20ac}", "", "q"])))
    #expect(try column("s").isNull(1))
  }

  @Test("a row with the wrong number of fields stops the import with its line, before anything is sent")
  func wrongFieldCount() async throws {
    let file = try directory.file("bad.csv", "id,x\na,1\nb,2,3\nc,4\n")
    let error = try #require(try await importPredictions([file]))
    #expect(error.description.contains("bad.csv:3: 3 fields, but the header has 2"))
    #expect(error.description.contains("Nothing was imported"))
    #expect(try stored() == nil)
  }

  @Test("with --skip-bad-rows the others are imported")
  func skipBadRows() async throws {
    let file = try directory.file("bad.csv", "id,x\na,1\nb,2,3\n,5\nc,4\n")
    #expect(try await importPredictions(["--skip-bad-rows", file]) == nil)
    #expect(ids(try stored()) == ["a", "c"])
  }

  @Test(
    "a bad row that shows only when it is sent stops the import there; what stood before it is in the log, nothing behind it is"
  )
  func missingID() async throws {
    let file = try directory.file("bad.csv", "id,x\na,1\nb,2\n,3\nc,4\n")
    let error = try #require(try await importPredictions([file]))
    #expect(error.description.contains("bad.csv:4: column 'id': the id is missing"))
    #expect(error.description.contains("The 2 rows before it were imported, nothing behind it was."))
    #expect(ids(try stored()) == ["a", "b"])
  }

  @Test("several files are one import: types widen over all of them, columns one lacks are null there")
  func severalFiles() async throws {
    let first = try directory.file("1.csv", "id,x\na,1\n")
    let second = try directory.file("2.jsonl", "{\"id\":\"b\",\"x\":0.5,\"y\":\"new\"}\n")
    #expect(try await importPredictions([first, second]) == nil)
    let block = try #require(try stored())
    #expect(ids(block) == ["a", "b"])
    #expect(try #require(block.column(.feature, "x")).values == .float64([1, 0.5]))
    #expect(try #require(block.column(.feature, "y")).isNull(0))
  }

  @Test("more rows than fit into one block arrive, each once")
  func manyRows() async throws {
    let count = 70_000
    let text = "id,x\n" + (0..<count).map { "r\($0),\($0)\n" }.joined()
    #expect(try await importPredictions([directory.file("many.csv", text)]) == nil)
    let found = ids(try stored())
    #expect(found.count == count)
    #expect(Set(found).count == count)
  }

  @Test("a file without rows is an error that says so")
  func nothing() async throws {
    let empty = try directory.file("empty.csv", "id,x\n")
    #expect(try await importPredictions([empty])?.description.contains("there are no rows in") == true)
  }
}
