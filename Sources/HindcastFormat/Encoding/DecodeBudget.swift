/// What decoding one block may still allocate: a small hostile block must not blow up to more than the limit.
struct DecodeBudget {
  private(set) var remaining = Limits.decodedBytesMax

  /// Takes room for `count` values of `stride` bytes, before they are allocated.
  mutating func take(_ count: Int, stride: Int = 1) throws(FormatError) {
    let (byteCount, overflow) = count.multipliedReportingOverflow(by: stride)
    guard count >= 0, !overflow, byteCount <= remaining else {
      throw Self.exceeded
    }
    remaining -= byteCount
  }

  static var exceeded: FormatError {
    FormatError(.overLimit, "decoding takes more than the \(Limits.decodedBytesMax) bytes allowed for a block")
  }
}
