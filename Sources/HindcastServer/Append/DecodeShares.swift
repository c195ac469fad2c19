internal import HindcastFormat
internal import Synchronization

/// The memory that checking blocks may take. Each thread has a share that nearly every block fits in; one that does not is
/// checked again with the large share, which one thread has at a time.
final class DecodeShares: Sendable {
  private let small: DecodeLimits
  private let large: DecodeLimits
  private let largeShare = Mutex(())

  init(_ limits: ServerLimits) {
    small = Self.limits(columnBytes: limits.checkBytes)
    large = Self.limits(columnBytes: limits.checkBytesLarge)
  }

  private static func limits(columnBytes: Int) -> DecodeLimits {
    var limits = DecodeLimits.format
    limits.columnBytesMax = min(limits.columnBytesMax, columnBytes)
    return limits
  }

  /// Blocks the calling thread while another has the large share and this one needs it.
  func run<Result>(_ body: (DecodeLimits) throws(FormatError) -> Result) throws(FormatError) -> Result {
    do throws(FormatError) { return try body(small) } catch {
      guard error.code == .overLimit else { throw error }
    }
    return try largeShare.withLock { _ throws(FormatError) in try body(large) }
  }
}
