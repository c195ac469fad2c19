internal import HindcastFormat

/// One stream's next block as it grows, and the encoder that remembers what served the stream's columns well.
final class StreamTable {
  let stream: EventStream
  var columns: ColumnTable
  var encoder: BlockEncoder?
  /// What the budget knows of the bytes in `columns`.
  var reservedBytes = 0
  /// It got rows of the chunk at hand.
  var isTouched = false
  private(set) var firstTime = Int64.max
  private(set) var lastTime = Int64.min

  /// What the stream's events are held to; policies for layouts are made of it when their first row comes.
  private var eventPolicy = EventPolicy()
  private var policyVersion = 0
  private var rowPolicies: [ObjectIdentifier: RowPolicy] = [:]
  private static let rowPoliciesMax = 64

  init(_ stream: EventStream) {
    self.stream = stream
    columns = ColumnTable(stream: stream.key)
  }

  func cover(_ time: Int64) {
    firstTime = min(firstTime, time)
    lastTime = max(lastTime, time)
  }

  var hasPolicy: Bool { !eventPolicy.isEmpty }

  /// Takes over a policy that was changed.
  func adoptPolicy() {
    guard stream.presentPolicyVersion != policyVersion else { return }
    (eventPolicy, policyVersion) = stream.policy
    rowPolicies.removeAll()
  }

  /// What rows of the layout are held to; nil: nothing. A policy keeps its layout, so that its key stays the layout's.
  func policy(for layout: EventLayout, _ scratch: ScratchRow) -> RowPolicy? {
    if eventPolicy.isEmpty { return nil }
    let key = ObjectIdentifier(layout)
    if let present = rowPolicies[key] { return present }
    if rowPolicies.count == Self.rowPoliciesMax { rowPolicies.removeAll() }
    let policy = RowPolicy(eventPolicy, layout, scratch: scratch)
    rowPolicies[key] = policy
    return policy
  }

  /// The rows so far as a block.
  func take() -> CollectedBlock {
    defer {
      firstTime = .max
      lastTime = .min
    }
    return CollectedBlock(
      rawBytes: columns.rawByteCount, block: columns.take(), stream: stream, firstTime: firstTime, lastTime: lastTime)
  }
}

/// A block before it is encoded.
struct CollectedBlock {
  /// Bytes of its values, which the budget knows of.
  let rawBytes: Int
  let block: Block
  let stream: EventStream
  let firstTime: Int64
  let lastTime: Int64

  var sums: LossCounter.Sums {
    LossCounter.Sums(count: block.rowCount, byteCount: rawBytes, firstTime: firstTime, lastTime: lastTime)
  }
}

/// When a block goes out.
struct BatchLimits: Sendable {
  var rows: Int
  var rawBytes: Int
}
