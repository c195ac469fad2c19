/// A promise that the store has broken.
package struct SimulationFailure: Error, Sendable, CustomStringConvertible {
  package var message: String

  init(_ message: String) { self.message = message }

  package var description: String { message }
}

func require(_ holds: Bool, _ message: @autoclosure () -> String) throws(SimulationFailure) {
  if !holds { throw SimulationFailure(message()) }
}
