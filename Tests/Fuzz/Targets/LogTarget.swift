/// A log of several segments and a manifest that say anything of each other, all behind good checksums.
///
/// An input is choices, then the steps of a `LogRecipe`.
struct LogTarget: FuzzTarget {
  let name = "log"
  let inputBytesMax = 512
  let checksLeaks = false

  func run(_ input: [UInt8]) throws(Violation) {
    var input = FuzzInput(input)
    let choices = LogChoices(rawValue: input.byte())
    var recipe = LogRecipe(input)
    let log = LogHarness()
    recipe.cook(into: log)
    try log.exercise(choices)
  }

  func seeds() -> [FuzzSeed] {
    // Steps by their numbers in the recipe.
    let (block, next, seal, mark, footer, zeros, skip, edit): (UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8) =
      (
        0, 2, 3, 4, 5, 7, 10, 11
      )
    let three = [block, 0, block, 1, block, 2]
    let logs: KeyValuePairs<String, [UInt8]> = [
      "sealed-and-open": three + [seal, next, 0] + three,
      "marked": three + [mark],
      "prepared": three + [zeros, 15],
      "unsealed-older": three + [next, 0] + three + [seal],
      "footer-alone": three + [footer],
      "segment-missing": three + [seal, skip, 12, next, 1] + three,
      "position-missing": three + [skip, 4] + three,
      "position-back": three + [skip, 5] + three,
      "archived-in-part": three + [seal, edit, 1, 1, next, 0] + three,
      "released": three + [edit, 11, 0, 0, 3, seal, next, 0] + three,
      "trimmed": three + [edit, 17, 0, 1, 2, seal, next, 0] + three,
      "other-log": three + [seal, next, 8] + three,
    ]
    return logs.flatMap { name, steps in
      FuzzSeed.variants(
        name, steps, behind: ["": [1], "recovered": [4], "compacted": [12], "prepares": [28], "trimmed": [108]])
    }
  }
}
