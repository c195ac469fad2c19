internal import HindcastFormat

/// Frames that go to disk with one write and one fsync, and what is to be answered once they are there.
struct AppendBatch {
  struct Pending {
    var epoch: UInt64
    var firstSequence: UInt64
    /// One a sequence, ascending.
    var positions: [UInt64]
  }

  private(set) var requests: [AppendRequest] = []
  private(set) var headers: [FrameHeader] = []
  /// Blocks of this batch that came again before it was written.
  private(set) var duplicates: [(request: AppendRequest, position: UInt64)] = []
  private(set) var frameByteCount = 0
  private var pending: [ProducerID: Pending] = [:]

  var isEmpty: Bool { requests.isEmpty }

  /// As the table will judge once this batch is recorded in it.
  func judge(_ request: AppendRequest, table: ProducerTable) -> ProducerTable.Verdict {
    guard let known = pending[request.producer] else {
      return table.judge(request.producer, epoch: request.epoch, sequence: request.sequence)
    }
    if request.epoch < known.epoch { return .staleEpoch(current: known.epoch) }
    if request.epoch > known.epoch { return request.sequence == 1 ? .append : .sequenceGap(expected: 1) }
    let next = known.firstSequence + UInt64(known.positions.count)
    if request.sequence >= next {
      return request.sequence == next ? .append : .sequenceGap(expected: next)
    }
    if request.sequence >= known.firstSequence {
      return .duplicate(position: known.positions[Int(request.sequence - known.firstSequence)])
    }
    return table.judge(request.producer, epoch: request.epoch, sequence: request.sequence)
  }

  /// Whether a duplicate's first answer is still on its way.
  func holds(_ position: UInt64) -> Bool { headers.first.map { position >= $0.position } ?? false }

  mutating func add(_ request: AppendRequest, header: FrameHeader) {
    requests.append(request)
    headers.append(header)
    frameByteCount += header.frameByteCount
    if request.producer == .none { return }
    if pending[request.producer]?.epoch == request.epoch {
      pending[request.producer]!.positions.append(header.position)
    } else {
      pending[request.producer] = Pending(
        epoch: request.epoch, firstSequence: request.sequence, positions: [header.position])
    }
  }

  mutating func addDuplicate(_ request: AppendRequest, position: UInt64) {
    duplicates.append((request, position))
  }

  /// The frames' bytes as pieces of memory. Large payloads are not copied; the rest is gathered into one buffer, so that
  /// a group of many small blocks is still few pieces.
  func withPieces<Result>(_ body: ([UnsafeRawBufferPointer]) -> Result) -> Result {
    var staging: [UInt8] = []
    var plan: [Piece] = []
    var start = 0
    for (request, header) in zip(requests, headers) {
      header.append(to: &staging)
      let payload = request.block.bytes
      if payload.count < Self.copiedPayloadBytesMax {
        staging.append(contentsOf: payload)
      } else {
        plan.append(.staged(start..<staging.count))
        plan.append(.payload(payload))
        start = staging.count
      }
      let padding = header.frameByteCount - FrameHeader.byteCount - payload.count
      staging.append(contentsOf: repeatElement(0, count: padding))
    }
    plan.append(.staged(start..<staging.count))
    return staging.withUnsafeBytes { Self.gather(plan[...], from: $0, [], body) }
  }

  private enum Piece {
    case staged(Range<Int>)
    case payload([UInt8])
  }

  /// One level of recursion a large payload: their pointers hold only within `withUnsafeBytes`. At most
  /// `groupBytesMax / copiedPayloadBytesMax` levels.
  private static func gather<Result>(
    _ plan: ArraySlice<Piece>, from staging: UnsafeRawBufferPointer, _ gathered: [UnsafeRawBufferPointer],
    _ body: ([UnsafeRawBufferPointer]) -> Result
  ) -> Result {
    switch plan.first {
    case nil: body(gathered)
    case .staged(let range):
      gather(
        plan.dropFirst(), from: staging, gathered + [UnsafeRawBufferPointer(rebasing: staging[range])], body)
    case .payload(let bytes):
      bytes.withUnsafeBytes { gather(plan.dropFirst(), from: staging, gathered + [$0], body) }
    }
  }

  private static let copiedPayloadBytesMax = 64 << 10
}
