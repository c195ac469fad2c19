#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Between libFuzzer's C functions and the targets. One process fuzzes one target, which the environment variable
/// `HINDCAST_FUZZ_TARGET` names. With `HINDCAST_FUZZ_LIST` set it says what the targets are, with `HINDCAST_FUZZ_SEEDS` it
/// writes the seeds of all of them into that folder, and ends.
package enum FuzzDriver {
  // Set once, in `begin`, before libFuzzer starts any execution.
  nonisolated(unsafe) private static var target: (any FuzzTarget)!

  package static func begin(_ targets: [any FuzzTarget]) {
    if environment("HINDCAST_FUZZ_LIST") != nil {
      for target in targets { print(target.name, target.inputBytesMax, target.checksLeaks) }
      end(0)
    }
    if let folder = environment("HINDCAST_FUZZ_SEEDS") {
      writeSeeds(of: targets, into: folder)
      end(0)
    }
    let name = environment("HINDCAST_FUZZ_TARGET") ?? ""
    guard let found = targets.first(where: { $0.name == name }) else {
      let known = targets.map(\.name).joined(separator: " ")
      fail("set HINDCAST_FUZZ_TARGET to one of: \(known)")
    }
    target = found
  }

  package static func run(_ bytes: UnsafeBufferPointer<UInt8>) {
    do throws(Violation) { try target.run(Array(bytes)) } catch {
      // The trap is what libFuzzer takes for a crash, and saves the input.
      fatalError("violated: \(error)")
    }
  }

  /// Changes the first `count` of `room` bytes; returns how many there are afterwards.
  package static func mutate(
    _ room: UnsafeMutableBufferPointer<UInt8>, count: Int, seed: UInt32,
    with mutate: (UnsafeMutablePointer<UInt8>, Int, Int) -> Int
  ) -> Int {
    guard let mutation = target.mutation, let base = room.baseAddress else {
      return room.baseAddress.map { mutate($0, count, room.count) } ?? 0
    }
    var random = FuzzRandom(seed: UInt64(seed))
    let changed = mutation(Array(room[..<count]), room.count, &random) { bytes, bytesMax in
      let bytesMax = max(1, bytesMax, bytes.count)
      return [UInt8](unsafeUninitializedCapacity: bytesMax) { buffer, filled in
        _ = buffer.update(fromContentsOf: bytes)
        filled = mutate(buffer.baseAddress!, bytes.count, bytesMax)
      }
    }.prefix(room.count)
    for (index, byte) in changed.enumerated() { base[index] = byte }
    return changed.count
  }

  private static func writeSeeds(of targets: [any FuzzTarget], into folder: String) {
    for target in targets {
      mkdir("\(folder)/\(target.name)", 0o777)
      do {
        for seed in try target.seeds() {
          guard let file = fopen("\(folder)/\(target.name)/\(seed.name)", "w") else {
            fail("cannot write into \(folder)/\(target.name)")
          }
          fwrite(seed.bytes, 1, seed.bytes.count, file)
          fclose(file)
        }
      } catch {
        fail("\(target.name): the seeds cannot be made: \(error)")
      }
    }
  }

  private static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

  private static func fail(_ message: String) -> Never {
    let line = Array("fuzz: \(message)\n".utf8)
    _ = write(2, line, line.count)
    end(2)
  }

  /// Without the leak check at the end of a process, which takes values inside Swift's enums for leaks: the pointers to
  /// them carry bits of the case.
  private static func end(_ status: Int32) -> Never {
    fflush(nil)
    _exit(status)
  }
}
