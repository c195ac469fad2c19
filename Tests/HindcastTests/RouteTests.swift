import Testing

@testable import Hindcast

/// Which server is next, and when.
@Suite struct RouteTests {
  @Test("servers are tried in order, and only after all of them there is a wait")
  func order() {
    var route = ServerRoute(count: 3)
    var tried: [Int] = []
    var waits: [Bool] = []
    for _ in 0..<7 {
      tried.append(route.current)
      waits.append(route.moveOn())
    }
    #expect(tried == [0, 1, 2, 0, 1, 2, 0])
    #expect(waits == [false, false, true, false, false, true, false])
  }

  @Test("the server that last worked is where the next round begins")
  func kept() {
    var route = ServerRoute(count: 3)
    _ = route.moveOn()
    route.worked()
    #expect(route.current == 1)
    let waits = [route.moveOn(), route.moveOn(), route.moveOn()]
    #expect(waits == [false, false, true])
    #expect(route.current == 1)
  }

  @Test("one server alone waits after each failure")
  func alone() {
    var route = ServerRoute(count: 1)
    let waits = [route.moveOn(), route.moveOn()]
    #expect(waits == [true, true])
    for _ in 0..<10 {
      let isLeft = route.isTooFull()
      #expect(!isLeft)
    }
  }

  @Test("a server that is full three times in a row is left, if there is another")
  func full() {
    var route = ServerRoute(count: 2)
    let first = [route.isTooFull(), route.isTooFull(), route.isTooFull()]
    #expect(first == [false, false, true])
    route.worked()
    let afterwards = route.isTooFull()
    #expect(!afterwards)
    _ = route.moveOn()
    let second = [route.isTooFull(), route.isTooFull(), route.isTooFull()]
    #expect(second == [false, false, true])
  }

  @Test("a delay that a server asked for is kept and drawn out, never cut short")
  func jitter() {
    var random = SystemRandomNumberGenerator()
    var seen: Set<Duration> = []
    for _ in 0..<200 {
      var delays = RetryDelay(first: .milliseconds(1), longest: .seconds(1))
      let delay = delays.next(notBefore: .milliseconds(250), using: &random)
      #expect(delay >= .milliseconds(250) && delay <= .milliseconds(375))
      seen.insert(delay)
    }
    #expect(seen.count > 100)
    var delays = RetryDelay(first: .seconds(4), longest: .seconds(10))
    let first = delays.next(notBefore: .milliseconds(1), using: &random)
    let second = delays.next(notBefore: .zero, using: &random)
    #expect(first >= .milliseconds(3_200) && second >= .milliseconds(5_120))
  }
}
