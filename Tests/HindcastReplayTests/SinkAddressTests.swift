import HindcastReplay
import Testing

@Suite("Where a replay goes, as a user writes it")
struct SinkAddressTests {
  @Test("both forms are read, with colons and without slashes at the end")
  func forms() throws {
    #expect(try SinkAddress.parse("delta:/srv/tables/fraud") == .delta(directory: "/srv/tables/fraud"))
    #expect(try SinkAddress.parse("delta:tables//") == .delta(directory: "tables"))
    #expect(try SinkAddress.parse("delta:/") == .delta(directory: "/"))
    #expect(try SinkAddress.parse("delta:a:b c") == .delta(directory: "a:b c"))
    #expect(try SinkAddress.parse("jsonl:x.jsonl") == .jsonLines(file: "x.jsonl"))
    #expect(try SinkAddress.parse("jsonl:-") == .jsonLines(file: "-"))
  }

  @Test(
    "anything else is an error that quotes it and names the forms",
    arguments: ["", "tables/fraud", "delta", "delta:", "jsonl:", ":x", "Delta:x", "s3://bucket/x", "csv:x"])
  func invalid(text: String) {
    let error = #expect(throws: ReplayError.self) { try SinkAddress.parse(text) }
    #expect(error?.code == .badAddress)
    #expect(error?.message.contains("delta:DIR") == true && error?.message.contains("jsonl:FILE") == true)
    #expect(error?.message.hasPrefix(text) == true)
  }

  @Test("JSON lines need a file, not a folder")
  func folder() {
    let error = #expect(throws: ReplayError.self) { try SinkAddress.parse("jsonl:out/") }
    #expect(error?.code == .badAddress && error?.message.contains("jsonl:out/") == true)
  }

  @Test("opening an address touches nothing")
  func open() throws {
    let folder = try TemporaryFolder()
    #expect(try SinkAddress.parse("delta:\(folder.path)/x").open() is DeltaSink)
    #expect(try SinkAddress.parse("jsonl:\(folder.path)/x").open() is JSONLinesSink)
    #expect(try folder.contents().isEmpty)
  }
}
