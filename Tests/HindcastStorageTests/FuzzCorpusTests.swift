import FuzzTargets
import Testing

/// What the fuzzers start from, and what they once found: without a fuzzer, so that no later change brings it back.
struct FuzzCorpusTests {
  static let names = FuzzTargets.all.map(\.name)

  /// Seeds are run as they are made now, too: zlib and zstd compress a little differently from version to version.
  @Test("every input of the fuzzers' corpus keeps the properties of its target", arguments: names)
  func replay(name: String) async throws {
    let target = try #require(FuzzTargets.all.first { $0.name == name })
    for problem in await FuzzCorpus.problems(of: target) { Issue.record("\(problem)") }
  }

  @Test("a changed file of frames keeps the size it may have, and is the same for the same numbers")
  func mutation() throws {
    let target = try #require(FuzzTargets.all.first { $0.name == "segment" })
    let mutation = try #require(target.mutation)
    let seed = try #require(try target.seeds().first { $0.name == "sealed" }).bytes
    var kinds: Set<[UInt8]> = []
    for number in 0..<200 {
      func changed() -> [UInt8] {
        var random = FuzzRandom(seed: UInt64(number))
        return mutation(seed, target.inputBytesMax, &random) { bytes, bytesMax in
          #expect(bytes.count <= bytesMax)
          return Array(bytes.dropLast(1))
        }
      }
      let result = changed()
      #expect(result == changed())
      #expect(result.count <= target.inputBytesMax)
      kinds.insert(result)
    }
    #expect(kinds.count > 30)
  }
}
