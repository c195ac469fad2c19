import Foundation

/// The files of this package, found from where this file lies.
struct SourceTree {
  struct File {
    /// From the top of the package: `Sources/HindcastFormat/Limits.swift`.
    let path: String
    let text: String

    var components: [Substring] { path.split(separator: "/") }
    var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }

    /// Under `Sources`: the target it belongs to. Examples are one room, whichever example it is.
    var module: String { String(components[1]) }
  }

  static let top = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// Every file below the folder whose name ends with one of the endings; sorted.
  static func files(_ folder: String, endings: [String]) throws -> [File] {
    let root = top.appending(path: folder).resolvingSymlinksInPath()
    guard let enumerator = FileManager.default.enumerator(atPath: root.path) else { return [] }
    let names = enumerator.compactMap { $0 as? String }
      .filter { name in endings.contains { name.hasSuffix($0) } && !name.contains(".build/") }
      .sorted()
    return try names.map { name in
      File(path: "\(folder)/\(name)", text: try String(contentsOf: root.appending(path: name), encoding: .utf8))
    }
  }

  /// Written by protoc-c; `tools/check` holds it to the schema.
  static func isGenerated(_ file: File) -> Bool { file.path.hasSuffix(".pb-c.c") || file.path.hasSuffix(".pb-c.h") }
}

/// The modules that a Swift source imports, in every spelling that imports have.
func importedModules(_ text: String) -> [String] {
  let importLine =
    /^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?(?:@\w+(?:\([^)]*\))?\s+)*import\s+(?:(?:struct|class|enum|protocol|func|var|let|typealias|actor)\s+)?`?(\w+)/
  return text.split(separator: "\n").flatMap { $0.split(separator: ";") }
    .compactMap { $0.prefixMatch(of: importLine).map { String($0.1) } }
}

/// What a C source includes: `<zlib.h>` and `"arena.h"`, with their brackets.
func includedHeaders(_ text: String) -> [String] {
  let includeLine = /^\s*#\s*(?:include|import|include_next)\s*([<"][^>"]+[>"])/
  return text.split(separator: "\n").compactMap { $0.prefixMatch(of: includeLine).map { String($0.1) } }
}
