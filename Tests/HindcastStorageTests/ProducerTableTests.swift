import HindcastFormat
import Testing

@testable import HindcastStorage

@Suite struct ProducerTableTests {
  let producer = ProducerID(low: 7, high: 9)

  @Test("blocks without a producer are never judged")
  func nobody() {
    var table = ProducerTable()
    for _ in 0..<3 {
      #expect(table.judge(.none, epoch: 0, sequence: 0) == .append)
      table.record(.none, epoch: 0, sequence: 0, position: 1)
    }
    #expect(table.entries.isEmpty)
  }

  @Test("an unknown producer starts at 1; anything else is a gap")
  func unknown() {
    let table = ProducerTable()
    #expect(table.judge(producer, epoch: 5, sequence: 1) == .append)
    #expect(table.judge(producer, epoch: 5, sequence: 2) == .sequenceGap(expected: 1))
  }

  @Test("sequences go on one by one; a repeat has the first answer, a jump is refused")
  func sequences() {
    var table = ProducerTable()
    for sequence in 1...10 as ClosedRange<UInt64> {
      #expect(table.judge(producer, epoch: 1, sequence: sequence) == .append)
      table.record(producer, epoch: 1, sequence: sequence, position: 100 + sequence)
    }
    for sequence in 1...10 as ClosedRange<UInt64> {
      #expect(table.judge(producer, epoch: 1, sequence: sequence) == .duplicate(position: 100 + sequence))
    }
    #expect(table.judge(producer, epoch: 1, sequence: 12) == .sequenceGap(expected: 11))
  }

  @Test("a higher epoch fences off a lower one, and starts at 1")
  func epochs() {
    var table = ProducerTable()
    table.record(producer, epoch: 3, sequence: 1, position: 1)
    #expect(table.judge(producer, epoch: 2, sequence: 2) == .staleEpoch(current: 3))
    #expect(table.judge(producer, epoch: 4, sequence: 2) == .sequenceGap(expected: 1))
    #expect(table.judge(producer, epoch: 4, sequence: 1) == .append)
    table.record(producer, epoch: 4, sequence: 1, position: 9)
    #expect(table.judge(producer, epoch: 4, sequence: 1) == .duplicate(position: 9))
    #expect(table.judge(producer, epoch: 3, sequence: 2) == .staleEpoch(current: 4))
  }

  @Test("the last 1,024 answers are remembered; an older repeat is a duplicate without a position")
  func ring() {
    var table = ProducerTable()
    for sequence in 1...3_000 as ClosedRange<UInt64> {
      table.record(producer, epoch: 1, sequence: sequence, position: sequence * 2)
    }
    #expect(table.judge(producer, epoch: 1, sequence: 3_000) == .duplicate(position: 6_000))
    #expect(table.judge(producer, epoch: 1, sequence: 1_977) == .duplicate(position: 3_954))
    #expect(table.judge(producer, epoch: 1, sequence: 1_976) == .duplicate(position: 0))
    let again = ProducerTable(table.states)
    for sequence in [1, 1_976, 1_977, 2_500, 3_000] as [UInt64] {
      #expect(
        again.judge(producer, epoch: 1, sequence: sequence) == table.judge(producer, epoch: 1, sequence: sequence))
    }
    // Goes on in the same order after being stored and read.
    var going = again
    going.record(producer, epoch: 1, sequence: 3_001, position: 7_000)
    #expect(going.judge(producer, epoch: 1, sequence: 3_001) == .duplicate(position: 7_000))
    #expect(going.judge(producer, epoch: 1, sequence: 1_978) == .duplicate(position: 3_956))
    #expect(going.judge(producer, epoch: 1, sequence: 1_977) == .duplicate(position: 0))
  }

  @Test("too many producers: those idle longest are forgotten and counted")
  func eviction() {
    var table = ProducerTable(producersMax: 32, recentTotalMax: 1 << 20)
    for number in 1...40 as ClosedRange<UInt64> {
      table.record(ProducerID(low: number, high: 0), epoch: 1, sequence: 1, position: number)
    }
    #expect(table.entries.count <= 32)
    #expect(table.evictedCount == 40 - UInt64(table.entries.count))
    #expect(table.judge(ProducerID(low: 1, high: 0), epoch: 1, sequence: 2) == .sequenceGap(expected: 1))
    #expect(table.judge(ProducerID(low: 40, high: 0), epoch: 1, sequence: 2) == .append)
  }

  @Test("too many remembered answers: those idle longest keep only their last")
  func shortening() {
    var table = ProducerTable(producersMax: 100, recentTotalMax: 64)
    for number in 1...8 as ClosedRange<UInt64> {
      for sequence in 1...16 as ClosedRange<UInt64> {
        table.record(ProducerID(low: number, high: 0), epoch: 1, sequence: sequence, position: number * 100 + sequence)
      }
    }
    #expect(table.entries.values.reduce(0) { $0 + $1.positions.count } <= 64)
    #expect(table.judge(ProducerID(low: 1, high: 0), epoch: 1, sequence: 16) == .duplicate(position: 116))
    #expect(table.judge(ProducerID(low: 1, high: 0), epoch: 1, sequence: 3) == .duplicate(position: 0))
    #expect(table.judge(ProducerID(low: 1, high: 0), epoch: 1, sequence: 17) == .append)
    #expect(table.judge(ProducerID(low: 8, high: 0), epoch: 1, sequence: 3) == .duplicate(position: 803))
  }
}
