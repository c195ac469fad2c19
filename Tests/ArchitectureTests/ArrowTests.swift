import Testing

@Suite("Arrows between modules")
struct ArrowTests {
  @Test("every import under Sources is an arrow that the architecture has")
  func swiftImports() throws {
    let files = try SourceTree.files("Sources", endings: [".swift"])
    #expect(
      Set(files.map(\.module)) == Set(Arrows.modules.keys), "a module is missing on disk or in the table of arrows")
    var importCount = 0
    for file in files {
      let allowed = Arrows.modules[file.module, default: []].union(Arrows.platform(file.module))
      for module in importedModules(file.text) {
        importCount += 1
        #expect(
          allowed.contains(module),
          "\(file.path) imports \(module), which \(file.module) may not; see ARCHITECTURE.md, Modules")
      }
    }
    #expect(importCount > files.count / 2, "so few imports found that the search for them must be wrong")
  }

  @Test("C targets include their own headers, the C language's and their system libraries', nothing else")
  func includes() throws {
    let files = try SourceTree.files("Sources", endings: [".c", ".h"])
    #expect(files.count >= 8)
    let paths = Set(files.map(\.path))
    for file in files {
      for header in includedHeaders(file.text) {
        let name = String(header.dropFirst().dropLast())
        let own = [
          "Sources/\(file.module)/include/\(name)", "Sources/\(file.module)/\(name)",
          file.components.dropLast().joined(separator: "/") + "/" + name,
        ]
        let isOwn = own.contains { paths.contains($0) }
        let isLibrary = Arrows.libraries[file.module, default: []].contains { name.hasPrefix($0) }
        #expect(
          isOwn || isLibrary || Arrows.standardHeaders.contains(name),
          "\(file.path) includes \(header), which is not one of \(file.module)'s")
      }
    }
  }

  @Test("no Swift file imports Foundation: it doubles the binary and its Data copies")
  func foundation() throws {
    for file in try SourceTree.files("Sources", endings: [".swift"]) {
      #expect(!importedModules(file.text).contains { $0.hasPrefix("Foundation") }, "\(file.path)")
    }
  }

  @Test("a sink knows no other sink")
  func sinks() throws {
    let sinks = try SourceTree.files("Sources/HindcastReplay", endings: [".swift"])
      .filter { $0.components.count > 3 && SinkFolders.names.contains(String($0.components[2])) }
    let folders = Dictionary(grouping: sinks) { String($0.components[2]) }
    #expect(Set(folders.keys) == SinkFolders.names, "a folder of a sink is missing; update SinkFolders")
    for (folder, files) in folders {
      let foreign = folders.filter { $0.key != folder }.flatMap { _, others in others.flatMap { declaredTypes($0.text) }
      }
      #expect(!foreign.isEmpty)
      for file in files {
        let words = Set(file.text.split { !$0.isLetter && !$0.isNumber && $0 != "_" }.map(String.init))
        for name in foreign {
          #expect(!words.contains(name), "\(file.path) mentions \(name), which belongs to another sink")
        }
      }
    }
  }

  @Test(
    "imports are recognised in every spelling",
    arguments: [
      ("import GRPCCore", ["GRPCCore"]), ("internal import HindcastFormat", ["HindcastFormat"]),
      ("package import HindcastFormat", ["HindcastFormat"]), ("public import Logging", ["Logging"]),
      ("@testable import HindcastStorage", ["HindcastStorage"]),
      ("@preconcurrency internal import Dispatch", ["Dispatch"]),
      ("@_spi(Private) import Storage", ["Storage"]), ("  import struct Foundation.Date", ["Foundation"]),
      ("import HindcastWire.Append", ["HindcastWire"]), ("import A; import B", ["A", "B"]),
      ("// import Foundation", []), ("let important = 1", []), ("/// import Foundation", []),
    ])
  func spellings(line: String, modules: [String]) {
    #expect(importedModules(line) == modules)
  }

  @Test("includes are recognised with either bracket and any spacing")
  func includeSpellings() {
    #expect(
      includedHeaders("#include <zlib.h>\n  # include \"a/b.h\"\n// #include <x.h>") == ["<zlib.h>", "\"a/b.h\""])
  }
}

/// The folders of HindcastReplay that hold a sink each.
enum SinkFolders {
  static let names: Set<String> = ["Delta", "JSONLines"]
}

/// Names of the types that a source declares at its top level.
func declaredTypes(_ text: String) -> [String] {
  let declaration =
    /^(?:(?:public|package|internal|final|indirect)\s+)*(?:struct|class|enum|protocol|actor|typealias)\s+(\w+)/
  return text.split(separator: "\n").compactMap { $0.prefixMatch(of: declaration).map { String($0.1) } }
}
