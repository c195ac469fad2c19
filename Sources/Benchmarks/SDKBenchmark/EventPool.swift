internal import ArgumentParser
internal import Hindcast

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Events that were made beforehand, so that no two in a row are the same and none is made while time is taken. They are
/// many more than a cache holds: values come from memory, as for every peer.
final class EventPool: Sendable {
  /// By pointer, so that no call pays for a copy of an event, with a reference count for each text.
  ///
  /// `nonisolated(unsafe)`: written by `init` only, then read.
  private nonisolated(unsafe) let first: UnsafeMutablePointer<Event>
  let count: Int

  subscript(_ index: Int) -> UnsafePointer<Event> { UnsafePointer(first + index) }

  /// Reads the records that `tools/bench/sdk.d/events.py` lays out.
  init(path: String) throws {
    let descriptor = open(path, O_RDONLY)
    guard descriptor >= 0 else { throw ValidationError("can't read \(path)") }
    defer { close(descriptor) }
    let byteCount = Int(lseek(descriptor, 0, SEEK_END))
    guard byteCount > 0, byteCount.isMultiple(of: EventRecord.byteCount) else {
      throw ValidationError("\(path) has \(byteCount) bytes, no multiple of a record's \(EventRecord.byteCount)")
    }
    guard let map = mmap(nil, byteCount, PROT_READ, MAP_PRIVATE, descriptor, 0), map != MAP_FAILED else {
      throw ValidationError("can't map \(path)")
    }
    defer { munmap(map, byteCount) }
    let bytes = UnsafeRawBufferPointer(start: map, count: byteCount)
    count = byteCount / EventRecord.byteCount
    first = .allocate(capacity: count)
    for index in 0..<count {
      let place = index * EventRecord.byteCount
      let record = EventRecord(bytes: UnsafeRawBufferPointer(rebasing: bytes[place..<place + EventRecord.byteCount]))
      (first + index).initialize(to: record.event)
    }
  }

  deinit {
    first.deinitialize(count: count)
    first.deallocate()
  }
}

/// One record: 14 doubles, 6 integers and a time, all of 8 bytes; a float; 5 booleans; 3 bytes of nothing; 6 texts of 31
/// bytes with their length behind; 4 bytes of nothing. Little-endian.
private struct EventRecord {
  static let byteCount = 376
  private static let firstText = 180
  private static let textBytes = 32

  let bytes: UnsafeRawBufferPointer

  private func double(_ index: Int) -> Double { bytes.loadUnaligned(fromByteOffset: index * 8, as: Double.self) }
  private func integer(_ index: Int) -> Int {
    Int(bytes.loadUnaligned(fromByteOffset: (14 + index) * 8, as: Int64.self))
  }
  private func flag(_ index: Int) -> Bool { bytes[172 + index] != 0 }
  private func text(_ index: Int) -> String {
    let first = Self.firstText + index * Self.textBytes
    let count = min(Int(bytes[first + Self.textBytes - 1]), Self.textBytes - 1)
    return String(decoding: bytes[first..<first + count], as: UTF8.self)
  }

  var event: Event {
    Event(
      amount: double(0), balance: double(1), average30Days: double(2), amountRatio: double(3),
      hoursSinceLast: double(4), distanceKilometres: double(5), velocity1Hour: double(6), velocity24Hours: double(7),
      deviceRisk: double(8), addressRisk: double(9), merchantRisk: double(10), accountAgeDays: double(11),
      score: double(12), income: flag(4) ? double(13) : nil, hour: integer(0), transactions24Hours: integer(1),
      merchantCategory: integer(2), failedAttempts: integer(3), cardPrefix: integer(4), account: integer(5),
      cardIssued: Timestamp(microsecondsSince1970: Int64(integer(6))),
      similarity: bytes.loadUnaligned(fromByteOffset: 168, as: Float.self), isCardPresent: flag(0), isForeign: flag(1),
      isRecurring: flag(2), label: flag(3), country: text(0), currency: text(1), channel: text(2), merchant: text(3),
      city: text(4), session: text(5))
  }
}
