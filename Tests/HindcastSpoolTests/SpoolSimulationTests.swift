import Testing

/// Random lives on a machine where anything happens at any call; see `SpoolDriver` for what is held to.
@Suite struct SpoolSimulationTests {
  private func run(_ seed: UInt64, _ options: SpoolDriver.Options) {
    var driver = SpoolDriver(seed: seed, options)
    let problems = driver.run(steps: 400)
    #expect(problems.isEmpty, "seed \(seed): \(problems.prefix(5)), \(driver.figures)")
    #expect(driver.figures.blocks > 50)
  }

  @Test("what is acknowledged or spooled is at the server once, however often the client is killed", arguments: 0..<40)
  func kills(seed: UInt64) {
    run(seed, SpoolDriver.Options(hasPowerLoss: false))
  }

  @Test("so it is when the machine loses its power", arguments: 100..<140)
  func powerLosses(seed: UInt64) {
    run(seed, SpoolDriver.Options())
  }

  @Test("so it is when the disk fails and fills up in between", arguments: 200..<260)
  func faults(seed: UInt64) {
    run(seed, SpoolDriver.Options(hasFaults: true))
  }

  @Test("so it is when three clients share the directory", arguments: 300..<340)
  func sharing(seed: UInt64) {
    run(seed, SpoolDriver.Options(hasFaults: true, clientsMax: 3))
  }

  @Test("the driver reaches what it is for: lives end, and blocks are spooled, acknowledged and lost in between")
  func coverage() {
    var figures = (lives: 0, spooled: 0, acknowledged: 0, reports: 0)
    for seed in 0..<20 as Range<UInt64> {
      var driver = SpoolDriver(seed: 1_000 + seed, SpoolDriver.Options(hasFaults: true, clientsMax: 2))
      _ = driver.run(steps: 400)
      figures.lives += driver.figures.lives
      figures.spooled += driver.figures.spooled
      figures.acknowledged += driver.figures.acknowledged
      figures.reports += driver.figures.reports
    }
    #expect(figures.lives > 100)
    #expect(figures.spooled > 500)
    #expect(figures.acknowledged > 200)
    #expect(figures.reports > 0)
  }
}
