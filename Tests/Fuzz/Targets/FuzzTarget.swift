/// One thing that takes bytes from a peer or a disk, with what must hold whatever the bytes are.
///
/// `run` is all there is to an execution: libFuzzer calls it through `Tests/Fuzz/Run`, and the test suite calls it with
/// every file of `Tests/Fuzz/Corpus`. It keeps nothing from one input to the next, so that an input that fails, fails alone.
package protocol FuzzTarget: Sendable {
  /// Names the target on the command line and its folder of the corpus.
  var name: String { get }
  /// The longest input worth trying.
  var inputBytesMax: Int { get }
  /// Real inputs to start from, made by the code under test: the same bytes on every machine.
  func seeds() throws -> [FuzzSeed]
  /// Throws `Violation` when a property does not hold. Errors of the code under test are caught: refusing is right.
  func run(_ input: [UInt8]) throws(Violation)
  /// What the fuzzer should change besides single bytes; nil: nothing.
  var mutation: FuzzMutation? { get }
  /// Whether memory that is not given back is looked for after every execution; in vain where other threads work, too.
  var checksLeaks: Bool { get }
}

extension FuzzTarget {
  package var mutation: FuzzMutation? { nil }
  package var checksLeaks: Bool { true }
}

/// A changed input. `bytes` is what was there, `random` the same numbers for the same call, `inner` libFuzzer's own change
/// of some bytes, which may grow to the count given with them.
package typealias FuzzMutation =
  @Sendable (
    _ bytes: [UInt8], _ bytesMax: Int, _ random: inout FuzzRandom, _ inner: ([UInt8], Int) -> [UInt8]
  ) -> [UInt8]

package struct FuzzSeed {
  package var name: String
  package var bytes: [UInt8]

  package init(_ name: String, _ bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
  }

  /// The same bytes behind each of these choices.
  static func variants(_ name: String, _ bytes: [UInt8], behind heads: KeyValuePairs<String, [UInt8]>) -> [FuzzSeed] {
    heads.map { suffix, head in FuzzSeed(suffix.isEmpty ? name : "\(name)-\(suffix)", head + bytes) }
  }
}

/// A property that does not hold. Not a refusal: those are expected.
package struct Violation: Error, CustomStringConvertible {
  package var description: String

  package init(_ description: String) { self.description = description }
}

/// Throws unless the condition holds.
func require(_ condition: Bool, _ what: @autoclosure () -> String) throws(Violation) {
  guard condition else { throw Violation(what()) }
}

/// The result, or nil when the code under test refused.
func accepted<Value, Failure: Error>(_ body: () throws(Failure) -> Value) -> Value? {
  do throws(Failure) { return try body() } catch { return nil }
}

/// The result of what must succeed.
func demanded<Value, Failure: Error>(
  _ what: String, _ body: () throws(Failure) -> Value
) throws(Violation) -> Value {
  do throws(Failure) { return try body() } catch { throw Violation("\(what): \(error)") }
}
