/// Random numbers that depend on nothing but a seed: SplitMix64 (Steele, Lea, Flood 2014).
package struct SimulationRandom: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// `purpose` separates the draws of one seed: what one part of a run draws does not shift what another part draws.
  package init(seed: UInt64, purpose: String) {
    // FNV-1a, so that the same words give the same numbers on every machine.
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in purpose.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    state = seed ^ hash
    _ = next()
  }

  package mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var word = state
    word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
    return word ^ (word >> 31)
  }

  package mutating func chance(percent: Int) -> Bool { number(below: 100) < percent }

  /// 0 up to `bound - 1`; `bound` is at least 1. The bias of the remainder does not matter here.
  package mutating func number(below bound: Int) -> Int { Int(next() % UInt64(bound)) }

  package mutating func number(in range: ClosedRange<Int>) -> Int {
    range.lowerBound + number(below: range.count)
  }

  package mutating func pick<Element>(_ choices: [Element]) -> Element { choices[number(below: choices.count)] }
}
