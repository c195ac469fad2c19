#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif
internal import Synchronization

/// The lanes of a client. A thread takes one out of its slot for the length of a call, and puts it back: two atomic
/// instructions on a cache line that other threads seldom touch. A thread that finds its slot empty takes the next, so
/// nobody ever waits, neither for another thread nor for the worker that collects what was written.
final class LaneSet: Sendable {
  private struct Slot: ~Copyable {
    /// Address of the lane; `empty` before there is one, `taken` while somebody has it. Taken with acquire, put back
    /// with release: what one holder wrote, the next sees.
    let lane = Atomic<UInt>(LaneSet.empty)
    /// Address of the slot's lane from its making on, for reading its counter.
    let made = Atomic<UInt>(0)
    // A cache line, and its neighbour that processors fetch along with it, to itself.
    private let padding: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0, 0, 0)
    private let morePadding: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0)
  }

  private static let empty: UInt = 0
  private static let taken: UInt = 1
  static let slotCount = 64

  /// `nonisolated(unsafe)`: the memory is atomics, allocated for as long as the set lives.
  private nonisolated(unsafe) let slots: UnsafeMutablePointer<Slot>
  private let loggedElsewhere = Atomic<Int>(0)

  init() {
    slots = .allocate(capacity: Self.slotCount)
    for index in 0..<Self.slotCount { (slots + index).initialize(to: Slot()) }
  }

  deinit {
    for index in 0..<Self.slotCount {
      if let lane = UnsafeMutablePointer<Lane>(bitPattern: slots[index].made.load(ordering: .acquiring)) {
        lane.deinitialize(count: 1)
        lane.deallocate()
      }
      (slots + index).deinitialize(count: 1)
    }
    slots.deallocate()
  }

  /// The slot that a thread tries first: its address in memory, mixed (Knuth's multiplicative hashing).
  @inline(__always)
  private static var home: Int {
    #if canImport(Darwin)
      let thread = UInt(bitPattern: pthread_self())
    #else
      let thread = UInt(pthread_self())
    #endif
    return Int((thread &* 0x9E37_79B9_7F4A_7C15) >> 58)
  }

  @inline(__always)
  func checkOut() -> UnsafeMutablePointer<Lane> {
    let home = Self.home
    let found = slots[home].lane.exchange(Self.taken, ordering: .acquiring)
    if found > Self.taken { return UnsafeMutablePointer(bitPattern: found)! }
    return found == Self.empty ? makeLane(in: home) : checkOutElsewhere(home)
  }

  @inline(never)
  private func checkOutElsewhere(_ home: Int) -> UnsafeMutablePointer<Lane> {
    for step in 1..<Self.slotCount {
      let index = (home + step) % Self.slotCount
      guard slots[index].lane.load(ordering: .relaxed) != Self.taken else { continue }
      let found = slots[index].lane.exchange(Self.taken, ordering: .acquiring)
      if found > Self.taken { return UnsafeMutablePointer(bitPattern: found)! }
      if found == Self.empty { return makeLane(in: index) }
    }
    let lane = UnsafeMutablePointer<Lane>.allocate(capacity: 1)
    lane.initialize(to: Lane(slot: nil))
    return lane
  }

  @inline(never)
  private func makeLane(in slot: Int) -> UnsafeMutablePointer<Lane> {
    let lane = UnsafeMutablePointer<Lane>.allocate(capacity: 1)
    lane.initialize(to: Lane(slot: slot))
    slots[slot].made.store(UInt(bitPattern: lane), ordering: .releasing)
    return lane
  }

  /// Puts a lane back. Returns the chunk of one that has no slot to go back to.
  @inline(__always)
  func checkIn(_ lane: UnsafeMutablePointer<Lane>) -> Chunk? {
    if let slot = lane.pointee.slot {
      slots[slot].lane.store(UInt(bitPattern: lane), ordering: .releasing)
      return nil
    }
    return end(lane)
  }

  @inline(never)
  private func end(_ lane: UnsafeMutablePointer<Lane>) -> Chunk? {
    loggedElsewhere.add(lane.pointee.loggedCount, ordering: .relaxed)
    let chunk = lane.pointee.takeChunk()
    lane.deinitialize(count: 1)
    lane.deallocate()
    return chunk
  }

  /// Takes the chunk of the slot's lane. nil: somebody is writing to it.
  func collect(_ slot: Int) -> Collected? {
    let present = slots[slot].lane.load(ordering: .relaxed)
    if present == Self.empty { return Collected() }
    guard present != Self.taken else { return nil }
    let found = slots[slot].lane.exchange(Self.taken, ordering: .acquiring)
    guard let lane = UnsafeMutablePointer<Lane>(bitPattern: found), found != Self.taken else { return nil }
    let chunk = lane.pointee.takeChunk()
    slots[slot].lane.store(found, ordering: .releasing)
    return Collected(chunk: chunk)
  }

  struct Collected {
    var chunk: Chunk?
  }

  /// Calls of `log` so far.
  var loggedCount: Int {
    var sum = loggedElsewhere.load(ordering: .relaxed)
    for index in 0..<Self.slotCount {
      if let lane = UnsafePointer<Lane>(bitPattern: slots[index].made.load(ordering: .acquiring)) {
        sum += lane.pointee.loggedCount
      }
    }
    return sum
  }
}
