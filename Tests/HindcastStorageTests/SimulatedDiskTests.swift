import HindcastStorage
import Testing

@testable import HindcastSimulation

/// What the simulated disk forgets at a power loss, and what it must not.
@Suite struct SimulatedDiskTests {
  /// Many machines that differ in nothing but the seed, after `body` and a power loss.
  private func afterPowerLoss(
    _ body: (SimulatedDisk) throws -> Void, _ check: (SimulatedDisk) throws -> Void
  ) throws {
    for seed in 1...100 as ClosedRange<UInt64> {
      let machine = SimulatedMachine(seed: seed)
      try body(machine.start())
      machine.losePower()
      try check(machine.start())
    }
  }

  private func contents(_ disk: SimulatedDisk, _ path: String) throws -> [UInt8]? {
    guard let status = try disk.status(path) else { return nil }
    return try disk.open(path, .read).read(at: 0, count: Int(status.byteCount))
  }

  private let first = [UInt8](repeating: 1, count: 3_000)
  private let second = [UInt8](repeating: 2, count: 3_000)

  @Test("what was synced, with its name, survives; what was written over it later survives by the sector or not at all")
  func sectors() throws {
    var outcomes: Set<[UInt8]> = []
    try afterPowerLoss { disk in
      let file = try disk.open("/a", .create)
      try file.write(first, at: 0)
      try file.sync()
      try disk.syncDirectory("/")
      try file.write(second, at: 0)
    } _: { disk in
      let bytes = try #require(try contents(disk, "/a"))
      #expect(bytes.count == 3_000)
      for sector in stride(from: 0, to: 3_000, by: 512) {
        #expect(Set(bytes[sector..<min(sector + 512, 3_000)]).count == 1, "a sector is written whole or not at all")
      }
      outcomes.insert(bytes)
    }
    // Neither all or nothing only, nor only in order.
    #expect(outcomes.count > 20)
    #expect(outcomes.contains(first) && outcomes.contains(second))
    #expect(outcomes.contains { $0[0] == 1 && $0[2_999] == 2 })
  }

  @Test("the fsync of a file does not make its name durable")
  func names() throws {
    var lost = 0
    try afterPowerLoss { disk in
      let file = try disk.open("/a", .create)
      try file.write(first, at: 0)
      try file.sync()
    } _: { disk in
      let bytes = try contents(disk, "/a")
      #expect(bytes == nil || bytes == first)
      if bytes == nil { lost += 1 }
    }
    #expect(lost > 20 && lost < 80)
  }

  @Test("a rename replaces whole or not at all, and for good once the directory is synced", arguments: [false, true])
  func renames(synced: Bool) throws {
    var outcomes: Set<[UInt8]> = []
    try afterPowerLoss { disk in
      for (path, bytes) in [("/a", first), ("/b", second)] {
        let file = try disk.open(path, .create)
        try file.write(bytes, at: 0)
        try file.sync()
      }
      try disk.syncDirectory("/")
      try disk.rename("/b", to: "/a")
      if synced { try disk.syncDirectory("/") }
    } _: { disk in
      let bytes = try #require(try contents(disk, "/a"))
      #expect(try contents(disk, "/b") == (bytes == second ? nil : second))
      outcomes.insert(bytes)
    }
    #expect(outcomes == (synced ? [second] : [first, second]))
  }

  @Test("a length that was not synced may be any that the file had; bytes that did not come with it are zeros")
  func lengths() throws {
    var counts: Set<Int> = []
    try afterPowerLoss { disk in
      let file = try disk.open("/a", .create)
      try file.sync()
      try disk.syncDirectory("/")
      try file.write(Array(first.prefix(1_000)), at: 0)
      try file.write(Array(first.prefix(1_000)), at: 1_000)
      try file.truncate(to: 300)
    } _: { disk in
      let bytes = try #require(try contents(disk, "/a"))
      #expect(bytes.allSatisfy { $0 == 0 || $0 == 1 })
      counts.insert(bytes.count)
    }
    #expect(counts == [0, 300, 1_000, 2_000])
  }

  @Test(
    "after an fsync that failed the next one has nothing to write, and only memory has the bytes until it is reloaded")
  func failedSync() throws {
    var differing = 0
    for seed in 1...40 as ClosedRange<UInt64> {
      let machine = SimulatedMachine(seed: seed)
      let disk = machine.start()
      let file = try disk.open("/a", .create)
      try file.write(first, at: 0)
      try file.sync()
      try disk.syncDirectory("/")
      try file.write(second, at: 0)
      machine.with { $0.armedFaults = [ArmedFault(kind: .syncError, notBefore: 0)] }
      #expect(throws: DiskError.self) { try file.sync() }
      try file.sync()
      #expect(try contents(disk, "/a") == second)
      try file.reload()
      let reloaded = try #require(try contents(disk, "/a"))
      if reloaded != second { differing += 1 }
      machine.losePower()
      #expect(try contents(machine.start(), "/a") == reloaded)
    }
    #expect(differing > 20)
  }

  @Test("a killed process loses no byte, its lock is free, and nothing that it still does happens")
  func kill() throws {
    let machine = SimulatedMachine(seed: 1)
    let killed = machine.start()
    let lock = try killed.lock("/LOCK")
    let file = try killed.open("/a", .create)
    try file.write(first, at: 0)
    machine.end(killed)
    #expect(throws: DiskError.self) { try file.write(second, at: 0) }
    let next = machine.start()
    #expect(try contents(next, "/a") == first)
    let nextLock = try next.lock("/LOCK")
    withExtendedLifetime((lock, nextLock)) {}
  }

  @Test("a write that does not fit says so, and what is free agrees")
  func capacity() throws {
    let machine = SimulatedMachine(seed: 1)
    machine.with { $0.capacity = 4_096 }
    let disk = machine.start()
    let file = try disk.open("/a", .create)
    #expect(try disk.freeBytes("/") == 4_096 - 512)
    let full = #expect(throws: DiskError.self) { try file.write([UInt8](repeating: 1, count: 4_000), at: 0) }
    #expect(full?.cause == .full)
    try file.truncate(to: 0)
    try file.write(first, at: 0)
    #expect(try disk.freeBytes("/") == 512)
    // Writing over what is there needs no room.
    try file.write(second, at: 0)
  }

  @Test("a damaged medium can be undone, as from a backup, where nothing was written since")
  func restore() throws {
    let machine = SimulatedMachine(seed: 5)
    let disk = machine.start()
    let file = try disk.open("/MANIFEST", .create)
    try file.write(first, at: 0)
    try file.sync()
    for _ in 0..<20 { machine.with { $0.flipBits() } }
    #expect(try contents(disk, "/MANIFEST") != first)
    // Behind the last sector that was damaged: what is written over damage keeps it.
    try file.write(second, at: 3_072)
    machine.with { $0.restore("/MANIFEST") }
    #expect(try contents(disk, "/MANIFEST") == first + [UInt8](repeating: 0, count: 72) + second)
  }
}
