internal import Dispatch

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// The inputs in the repository, for running them without a fuzzer.
package enum FuzzCorpus {
  /// Names and bytes of a target's inputs, sorted; `file` lies somewhere in the repository's `Tests`.
  private static func inputs(of target: any FuzzTarget, near file: String = #filePath) -> [FuzzSeed] {
    var root = file[...]
    while let slash = root.lastIndex(of: "/") {
      root = root[..<slash]
      if root.hasSuffix("/Tests") { break }
    }
    let folder = "\(root)/Fuzz/Corpus/\(target.name)"
    return names(in: folder).sorted().compactMap { name in
      bytes(of: "\(folder)/\(name)").map { FuzzSeed(name, $0) }
    }
  }

  /// Runs every input of the corpus, then every seed as the code makes it now; says what is violated, or missing.
  package static func problems(of target: any FuzzTarget) async -> [String] {
    await apart {
      let known = inputs(of: target)
      var problems: [String] = []
      do {
        let seeds = try target.seeds()
        let missing = Set(seeds.map(\.name)).subtracting(known.map(\.name))
        if known.isEmpty || !missing.isEmpty {
          problems.append("\(target.name): \(missing.sorted()) are not in the corpus; run tools/fuzz --seeds")
        }
        for input in known + seeds {
          if input.bytes.count > target.inputBytesMax {
            problems.append("\(target.name)/\(input.name) is longer than the fuzzer's inputs")
          }
          do throws(Violation) { try target.run(input.bytes) } catch {
            problems.append("\(target.name)/\(input.name): \(error)")
          }
        }
      } catch {
        problems.append("\(target.name): the seeds cannot be made: \(error)")
      }
      return problems
    }
  }

  /// On a thread of its own: targets block, and the few threads that tasks run on must not be blocked, since closing a log
  /// needs one.
  private static func apart<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
      DispatchQueue(label: "fuzz").async { continuation.resume(returning: body()) }
    }
  }

  private static func names(in folder: String) -> [String] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names
  }

  private static func bytes(of path: String) -> [UInt8]? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      if count == 0 { return bytes }
      bytes += buffer[..<count]
    }
  }
}
