/// What the command line says when it cannot go on: the thing, the place, and what to do. Ends the program with status 1.
struct CommandError: Error, Equatable, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
