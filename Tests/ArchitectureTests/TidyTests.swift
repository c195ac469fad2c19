import Testing

@Suite("House style that a machine can see")
struct TidyTests {
  static let endings = [".swift", ".c", ".h", ".proto", ".py", ".sh", ".md"]
  static let linesMax = 500

  func files() throws -> [SourceTree.File] {
    try SourceTree.files("Sources", endings: Self.endings) + SourceTree.files("Tests", endings: Self.endings)
  }

  @Test("no file is longer than 500 lines")
  func length() throws {
    let files = try files()
    #expect(files.count > 40, "so few files found that the search for them must be wrong")
    for file in files where !SourceTree.isGenerated(file) && !file.path.hasSuffix(".md") {
      #expect(file.lines.count <= Self.linesMax + 1, "\(file.path) has \(file.lines.count) lines; is it one idea?")
    }
  }

  @Test("no file names a path of one machine")
  func machinePaths() throws {
    // Put together here, so that this file is not one of them.
    let roots = ["work", "root", "home", "Users", "farm"].map { "/" + $0 + "/" }
    for file in try files() {
      for (index, line) in file.lines.enumerated() {
        for root in roots {
          #expect(!mentions(root, in: line), "\(file.path):\(index + 1) names \(root)")
        }
      }
    }
  }

  /// A path starts there: what stands before it is no part of a path or of an address.
  private func mentions(_ root: String, in line: Substring) -> Bool {
    var rest = line
    while let range = rest.firstRange(of: root) {
      let before = range.lowerBound == line.startIndex ? " " : line[line.index(before: range.lowerBound)]
      if !before.isLetter, !before.isNumber, !"._-~/".contains(before) { return true }
      rest = rest[range.upperBound...]
    }
    return false
  }

  @Test("a machine's path is found, a part of another path is not")
  func machinePathSearch() {
    let root = "/" + "home/"
    #expect(mentions(root, in: Substring("open(\"\(root)me/file\")")))
    #expect(mentions(root, in: Substring(root)))
    #expect(!mentions(root, in: Substring("https://example.org\(root)page")))
  }

  @Test("no source holds a banner comment")
  func banners() throws {
    for file in try files()
    where file.path.hasSuffix(".swift") || file.path.hasSuffix(".c") || file.path.hasSuffix(".h") {
      guard !SourceTree.isGenerated(file) else { continue }
      for (index, line) in file.lines.enumerated() {
        let comment = line.drop { $0 == " " }
        let isBanner = comment.hasPrefix("//") && comment.drop { $0 == "/" }.prefixMatch(of: /\s*[-=*#_]{4,}/) != nil
        #expect(!isBanner, "\(file.path):\(index + 1)")
      }
    }
  }
}
