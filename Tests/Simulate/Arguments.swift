internal import HindcastSimulation

/// What the command line asks for.
struct Arguments {
  var seeds = 200
  var from: UInt64 = 1
  /// One seed alone.
  var seed: UInt64?
  var showsTrace = false
  var isShort = false
  var isJSON = false
  var goesOn = false
  var threads = 2
  var defect: Defect?

  static let usage = """
    Runs the storage engine on a simulated disk, crashes it again and again, and checks that nothing which was
    acknowledged is lost and no damage is hidden.

    usage: tools/simulate [--seeds N] [--from S] [--threads T] [--keep-going] [--json]
           tools/simulate --seed X [--trace]

      --seeds N       how many seeds to run (200)
      --from S        the first of them (1)
      --threads T     how many at a time (2)
      --short         lives of a few steps, and no sweeps: what the unit tests run
      --keep-going    run the other seeds too when one has failed
      --seed X        run one seed alone
      --trace         with --seed: print every disk call of the run that fails, or of all runs
      --defect NAME   put a defect between the store and the disk, which must be found:
    \(Defect.allCases.map { "                  \($0.rawValue): \($0.summary)" }.joined(separator: "\n"))
      --json          print one JSON object at the end, and nothing else

    Exits with 0 if every promise was kept, 1 if one was broken, 2 if the arguments make no sense.
    """

  var simulation: Simulation { Simulation(defect: defect, sweepEvery: isShort ? nil : 20, isShort: isShort) }

  /// nil: the usage was asked for. Throws what is wrong.
  init?(_ words: [String]) throws(Problem) {
    var words = words[...]
    func value(_ option: String) throws(Problem) -> String {
      guard let value = words.popFirst() else { throw Problem("\(option) needs a value") }
      return value
    }
    func number(_ option: String, atLeast least: UInt64) throws(Problem) -> UInt64 {
      let text = try value(option)
      guard let number = UInt64(text), number >= least, number < 1 << 62 else {
        throw Problem("\(option) is a number of at least \(least), not \(text)")
      }
      return number
    }
    while let word = words.popFirst() {
      switch word {
      case "--help", "-h": return nil
      case "--seeds": seeds = Int(try number(word, atLeast: 1))
      case "--from": from = try number(word, atLeast: 0)
      case "--seed": seed = try number(word, atLeast: 0)
      case "--threads": threads = Int(min(256, try number(word, atLeast: 1)))
      case "--trace": showsTrace = true
      case "--json": isJSON = true
      case "--short": isShort = true
      case "--keep-going": goesOn = true
      case "--defect":
        let name = try value(word)
        guard let found = Defect(rawValue: name) else {
          throw Problem(
            "there is no defect \(name); there are \(Defect.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        defect = found
      default: throw Problem("\(word) is no option")
      }
    }
    if showsTrace, seed == nil { throw Problem("--trace goes with --seed") }
  }

  struct Problem: Error {
    var message: String
    init(_ message: String) { self.message = message }
  }
}
