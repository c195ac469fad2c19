/// The bytes of one simulated file, twice: as processes see them (`live`), and as the medium holds them (`durable`).
///
/// The medium works in sectors of 512 bytes, which are written whole or not at all. Between two syncs every version that a
/// sector had may reach the medium or not, each sector on its own, and so may every length that the file had.
struct FileContents {
  static let sectorByteCount = 512

  private struct Version {
    /// When it came about, in the order of the file's changes.
    var moment: Int
    var bytes: [UInt8]
  }

  private(set) var live: [UInt8] = []
  private(set) var durable: [UInt8] = []
  /// By sector: what it held after each write since the last sync. A sector that is not here is clean: the system will
  /// not write it, even where `live` and `durable` differ after a failed sync.
  private var unsynced: [Int: [Version]] = [:]
  private var unsyncedLengths: [(moment: Int, byteCount: Int)] = []
  private var moment = 0
  /// What stood where the medium was damaged, by offset, until a process wrote there again.
  private var truths: [Int: UInt8] = [:]

  var unsyncedSectors: [Int] { unsynced.keys.sorted() }

  // MARK: What processes do

  mutating func write(_ bytes: [UInt8], at offset: Int) {
    if bytes.isEmpty { return }
    let end = offset + bytes.count
    if end > live.count { resizeLive(to: end) }
    live.replaceSubrange(offset..<end, with: bytes)
    if !truths.isEmpty { truths = truths.filter { $0.key < offset || $0.key >= end } }
    for sector in (offset / Self.sectorByteCount)...((end - 1) / Self.sectorByteCount) { noteVersion(of: sector) }
  }

  mutating func truncate(to byteCount: Int) {
    let before = live.count
    if byteCount == before { return }
    resizeLive(to: byteCount)
    truths = truths.filter { $0.key < byteCount }
    if byteCount > before { return }
    for sector in (byteCount / Self.sectorByteCount)...((before - 1) / Self.sectorByteCount) {
      noteVersion(of: sector)
    }
  }

  /// The sectors in `lost` are acknowledged and not stored.
  mutating func sync(losing lost: Set<Int> = []) {
    durable.resize(to: live.count)
    for sector in unsynced.keys {
      if !lost.contains(sector) { copyToMedium(sector) } else { noteTruths(of: sector, live) }
    }
    settle()
  }

  /// A sync that failed: each sector may have reached the medium or not, and all of them count as clean from now on, so
  /// that no later sync writes what is missing (Rebello et al., USENIX ATC 2020).
  mutating func failSync(_ random: inout SimulationRandom) {
    if random.chance(percent: 50) { durable.resize(to: live.count) }
    for sector in unsyncedSectors where random.chance(percent: 50) { copyToMedium(sector) }
    settle()
  }

  mutating func reload() {
    sync()
    live = durable
  }

  // MARK: What happens to machines

  /// Clean pages leave memory, as they may at any time.
  mutating func dropCleanPages() {
    if unsyncedLengths.isEmpty { live.resize(to: durable.count) }
    for sector in 0..<Self.sectors(live.count) where unsynced[sector] == nil {
      let range = sectorRange(sector, of: live.count)
      live.replaceSubrange(range, with: durable.bytes(range))
    }
  }

  /// What was not synced survives as `survival` says. Where a file had grown and the new sectors' bytes did not survive
  /// there are zeros or, with `residue`, what an earlier file left there.
  mutating func losePower(_ survival: Survival, residue: [UInt8]?, _ random: inout SimulationRandom) {
    let moments = unsynced.values.flatMap { $0.map(\.moment) } + unsyncedLengths.map(\.moment)
    let cut = (moments.min() ?? 0) + random.number(below: (moments.max() ?? 0) - (moments.min() ?? 0) + 1)
    let length =
      switch survival {
      case .nothing: durable.count
      case .everything: unsyncedLengths.last?.byteCount ?? durable.count
      case .prefix: unsyncedLengths.last { $0.moment <= cut }?.byteCount ?? durable.count
      case .independent(let percent):
        unsyncedLengths.isEmpty || !random.chance(percent: percent)
          ? durable.count : random.pick(unsyncedLengths).byteCount
      }
    let oldCount = durable.count
    durable.resize(to: length)
    for sector in unsyncedSectors {
      let versions = unsynced[sector]!
      let survivor =
        switch survival {
        case .nothing: nil as Version?
        case .everything: versions.last
        case .prefix: versions.last { $0.moment <= cut }
        case .independent(let percent):
          !random.chance(percent: percent)
            ? nil : random.chance(percent: 70) ? versions.last : random.pick(versions)
        }
      let start = sector * Self.sectorByteCount
      guard start < length else { continue }
      if let survivor {
        place(survivor.bytes, at: start)
      } else if let residue, start >= oldCount {
        place(residue, at: start)
      }
    }
    live = durable
    settle()
  }

  /// What a process would read after `reload`.
  var reloaded: [UInt8] {
    var copy = self
    copy.reload()
    return copy.live
  }

  // MARK: Damage of the medium

  mutating func flip(bit: Int, ofByte offset: Int) {
    guard offset < durable.count else { return }
    let before = durable
    durable[offset] ^= 1 << UInt8(bit)
    showDamage(in: offset / Self.sectorByteCount, before)
  }

  /// Bytes that were meant for another place.
  mutating func overwrite(sector: Int, with bytes: [UInt8]) {
    guard sector * Self.sectorByteCount < durable.count else { return }
    let before = durable
    place(bytes, at: sector * Self.sectorByteCount)
    showDamage(in: sector, before)
  }

  /// Undoes all damage, as from a backup.
  mutating func restore() {
    for (offset, truth) in truths where offset < durable.count {
      durable[offset] = truth
      if unsynced[offset / Self.sectorByteCount] == nil, offset < live.count { live[offset] = truth }
    }
    truths = [:]
  }

  /// The sector's bytes as processes see them, as they would be written out.
  func liveBytes(ofSector sector: Int) -> [UInt8] { Array(live[sectorRange(sector, of: live.count)]) }

  static func sectors(_ byteCount: Int) -> Int { (byteCount + sectorByteCount - 1) / sectorByteCount }

  // MARK: Details

  private mutating func resizeLive(to byteCount: Int) {
    live.resize(to: byteCount)
    moment += 1
    unsyncedLengths.append((moment, byteCount))
  }

  private mutating func noteVersion(of sector: Int) {
    moment += 1
    unsynced[sector, default: []].append(Version(moment: moment, bytes: liveBytes(ofSector: sector)))
  }

  private mutating func copyToMedium(_ sector: Int) {
    let range = sectorRange(sector, of: min(live.count, durable.count))
    durable.replaceSubrange(range, with: live[range])
  }

  private mutating func place(_ bytes: [UInt8], at start: Int) {
    let count = min(bytes.count, durable.count - start, Self.sectorByteCount)
    durable.replaceSubrange(start..<start + count, with: bytes.prefix(count))
  }

  /// Processes see damage at once where memory holds no newer bytes.
  private mutating func showDamage(in sector: Int, _ before: [UInt8]) {
    noteTruths(of: sector, before)
    guard unsynced[sector] == nil else { return }
    let range = sectorRange(sector, of: min(live.count, durable.count))
    live.replaceSubrange(range, with: durable[range])
  }

  private mutating func noteTruths(of sector: Int, _ truth: [UInt8]) {
    for offset in sectorRange(sector, of: min(truth.count, durable.count))
    where truths[offset] == nil && truth[offset] != durable[offset] {
      truths[offset] = truth[offset]
    }
  }

  private mutating func settle() {
    unsynced = [:]
    unsyncedLengths = []
  }

  private func sectorRange(_ sector: Int, of byteCount: Int) -> Range<Int> {
    let start = min(sector * Self.sectorByteCount, byteCount)
    return start..<min(start + Self.sectorByteCount, byteCount)
  }
}

extension [UInt8] {
  fileprivate mutating func resize(to byteCount: Int) {
    if byteCount < count {
      removeLast(count - byteCount)
    } else {
      append(contentsOf: repeatElement(0, count: byteCount - count))
    }
  }

  /// Zeros where there are none.
  fileprivate func bytes(_ range: Range<Int>) -> [UInt8] {
    let known = Array(self[Swift.min(range.lowerBound, count)..<Swift.min(range.upperBound, count)])
    return known + repeatElement(0, count: range.count - known.count)
  }
}
