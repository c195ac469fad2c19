import Synchronization
import Testing

@testable import HindcastServer

/// Holds a claim, and lets go of it when it is told to.
private final class SlowHolder: ClaimPool.Holder {
  private let state = Mutex((isSlow: true, lettingGo: 0))

  init(isSlow: Bool = true) { state.withLock { $0.isSlow = isSlow } }

  func isSlow(after nanoseconds: UInt64, claim: ClaimPool.Claim) -> Bool { state.withLock { $0.isSlow } }
  func letGo() { state.withLock { $0.lettingGo += 1 } }
  var lettingGo: Int { state.withLock { $0.lettingGo } }
}

/// Which claims were granted, by the numbers of those who asked.
private final class Granted: Sendable {
  private let claims = Mutex<[(number: Int, claim: ClaimPool.Claim)]>([])

  func ask(_ pool: ClaimPool, _ number: Int, _ byteCount: Int) -> ClaimPool.Claim {
    pool.claim(byteCount) { claim in self.claims.withLock { $0.append((number, claim)) } }
  }

  var numbers: [Int] { claims.withLock { $0.map(\.number) } }
  subscript(_ number: Int) -> ClaimPool.Claim? { claims.withLock { $0.first { $0.number == number }?.claim } }
}

@Suite struct ClaimPoolTests {
  @Test("what fits is granted at once, what does not waits for room", arguments: [99, 100, 101])
  func edges(byteCount: Int) throws {
    let pool = ClaimPool(bytesMax: 200)
    let first = try #require(pool.tryClaim(100))
    let second = pool.tryClaim(byteCount)
    #expect((second?.id != nil) == (byteCount <= 100))
    if let second { pool.release(second) }
    pool.release(first)
    #expect(pool.byteCount == 0)
  }

  @Test("who waits is served in the order of coming, and nobody overtakes")
  func order() throws {
    let pool = ClaimPool(bytesMax: 100)
    let granted = Granted()
    let all = try #require(pool.tryClaim(100))
    _ = granted.ask(pool, 1, 60)
    _ = granted.ask(pool, 2, 10)
    _ = granted.ask(pool, 3, 50)
    #expect(pool.tryClaim(1)?.id == nil && granted.numbers.isEmpty && pool.waiterCount == 3)
    pool.release(all)
    // The third does not fit beside the first two.
    #expect(granted.numbers == [1, 2])
    #expect(pool.tryClaim(1)?.id == nil)
    pool.release(try #require(granted[1]))
    #expect(granted.numbers == [1, 2, 3])
    pool.release(try #require(granted[2]))
    pool.release(try #require(granted[3]))
    #expect(pool.byteCount == 0 && pool.waiterCount == 0)
  }

  @Test("a claim that is withdrawn lets those behind it through")
  func withdrawn() throws {
    let pool = ClaimPool(bytesMax: 100)
    let granted = Granted()
    let held = try #require(pool.tryClaim(50))
    let large = granted.ask(pool, 1, 100)
    _ = granted.ask(pool, 2, 50)
    #expect(granted.numbers.isEmpty)
    #expect(pool.withdraw(large))
    #expect(granted.numbers == [2])
    #expect(!pool.withdraw(large))
    pool.release(held)
    pool.release(try #require(granted[2]))
    #expect(pool.byteCount == 0)
  }

  @Test("a claim of more than the pool holds takes all of it")
  func tooLarge() throws {
    let pool = ClaimPool(bytesMax: 100)
    let claim = try #require(pool.tryClaim(1_000))
    #expect(pool.byteCount == 100 && pool.tryClaim(1)?.id == nil)
    pool.release(claim)
    #expect(pool.byteCount == 0)
  }

  @Test("waiting ends with the patience or the task, and leaves nothing claimed")
  func patience() async throws {
    let pool = ClaimPool(bytesMax: 100)
    let held = try #require(pool.tryClaim(100))
    #expect(await pool.claim(10, patience: .milliseconds(20))?.id == nil)
    let waiting = Task { await pool.claim(10) }
    #expect(await eventually { pool.waiterCount == 1 })
    waiting.cancel()
    #expect(await waiting.value?.id == nil)
    #expect(pool.waiterCount == 0)
    let patient = Task { await pool.claim(10, patience: .seconds(10)) }
    #expect(await eventually { pool.waiterCount == 1 })
    pool.release(held)
    let claim = try #require(await patient.value)
    #expect(pool.byteCount == 10)
    pool.release(claim)
  }

  @Test("slow holders have to let go only while others wait")
  func relieve() throws {
    let pool = ClaimPool(bytesMax: 100)
    let slow = SlowHolder()
    let quick = SlowHolder(isSlow: false)
    let first = try #require(pool.tryClaim(50, holder: slow))
    let second = try #require(pool.tryClaim(50, holder: quick))
    #expect(pool.relieve() == 0)
    let granted = Granted()
    _ = granted.ask(pool, 1, 40)
    #expect(pool.relieve() == 1)
    #expect(slow.lettingGo == 1 && quick.lettingGo == 0)
    pool.release(first)
    #expect(granted.numbers == [1])
    #expect(pool.relieve() == 0)
    pool.release(second)
    pool.release(try #require(granted[1]))
  }
}
