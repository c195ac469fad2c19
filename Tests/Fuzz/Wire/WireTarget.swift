package import FuzzTargets
internal import GRPCCore
internal import HindcastFormat
internal import HindcastWire

/// Every message of the RPCs, as the transport hands its bytes to the deserializer. The first byte of an input chooses the
/// message.
package struct WireTarget: FuzzTarget {
  package let name = "wire"
  package let inputBytesMax = 2_048
  package let mutation: FuzzMutation? = MessageMutation.ofMessage(behind: 1)

  package init() {}

  package func run(_ input: [UInt8]) throws(Violation) {
    guard let choice = input.first else { return }
    let messages = Self.messages
    try messages[Int(choice) % messages.count].check(Array(input.dropFirst()))
  }

  /// One message: how it is tried, and what to start from.
  private struct Message {
    var seed: [UInt8]
    var check: (_ bytes: [UInt8]) throws(Violation) -> Void

    init<Content: WireMessage>(_ content: Content) {
      seed = (try? WireSerializer<Content>().serialize(content)) ?? []
      check = { (bytes) throws(Violation) in try Self.check(bytes, Content.self) }
    }

    /// What is read comes back the same when it is written and read again. Compared as bytes, which are one to one with
    /// values: fields have an order and defaults are left out.
    private static func check<Content: WireMessage>(_ bytes: [UInt8], _ type: Content.Type) throws(Violation) {
      let content: Content
      do { content = try WireDeserializer<Content>().deserialize(bytes) } catch {
        guard let refusal = error as? RPCError, refusal.code == .invalidArgument else {
          throw Violation("\(type): refused with \(error)")
        }
        return
      }
      do {
        let written: [UInt8] = try WireSerializer<Content>().serialize(content)
        let again: [UInt8] = try WireSerializer<Content>().serialize(WireDeserializer<Content>().deserialize(written))
        guard written == again else { throw Violation("\(type): what was read does not come back") }
      } catch {
        throw error as? Violation ?? Violation("\(type): what was written cannot be read: \(error)")
      }
    }
  }

  private static var messages: [Message] {
    let stream = StreamKey(kind: .prediction, model: "loan", version: "2", environment: .shadow)
    let summary = ModelSummary(
      stream: stream, rows: 7, blocks: 2, storedBytes: 1 << 40, minTime: -5, maxTime: 5, lastPosition: 9)
    let column = ColumnSummary(
      kind: .actual, version: "2", schema: ColumnSchema("x", role: .feature, type: .vector, dimension: 3))
    let gap = ReadGap(positions: 3...4, reason: "damaged")
    let served = ServedSummary(
      version: "2", environment: .shadow, logged: 7,
      lost: [LostSummary(kind: .prediction, reason: "queue_full", sum: LossSum(count: 3, bytes: 400, times: -5...5))],
      unreadable: 1)
    let trimmed = TrimRecord(model: "loan", positions: 1...2, times: -5...5, rows: 3, bytes: 400)
    let cursor = NamedCursor(name: "nightly", position: 4, model: "loan", time: 5)
    var query = ReadQuery()
    query.fromPosition = 2
    query.toPosition = 99
    query.model = "loan"
    query.version = "2"
    query.kinds = [.prediction, .actual]
    query.environment = .training
    query.times = -1_000..<2_000
    var status = StatusResponse()
    status.softwareVersion = "1"
    status.gaps = [gap]
    status.counters = [Counter(name: "n", value: 1)]
    status.histograms = [HistogramSummary(name: "h", upperBounds: [1, 2], counts: [3, 4], sum: 9)]
    status.trimmed = [trimmed]
    status.cursors = [cursor]
    return [
      Message(
        AppendRequest(producer: ProducerID(low: 1, high: 2), epoch: 3, sequence: 4, payloadHash: 5, block: [1, 2, 3])),
      Message(AppendResponse(sequence: 4, position: 9, isDuplicate: true)),
      Message(
        AppendResponse(
          sequence: 5,
          error: Refusal(
            .unavailable, "später", isRetryable: true, retryAfterMilliseconds: 250, expectedSequence: 4))),
      Message(ReadRequest(query, columns: ["score", "feature:age"], follows: true, isPlain: true)),
      Message(StoredItem.block(StoredBlock(position: 1, lastPosition: 2, bytes: [1, 2, 3], payloadHash: 4))),
      Message(StoredItem.gap(gap)), Message(StoredItem.reached(7)),
      Message(ListModelsRequest()), Message(ListModelsResponse(models: [summary, summary])),
      Message(DescribeModelRequest(model: "loan")),
      Message(DescribeModelResponse(parts: [summary], columns: [column], served: [served], gaps: [gap])),
      Message(StatusRequest()), Message(status),
      Message(SetCursorRequest(name: "nightly", position: 4, model: "loan", resets: true)),
      Message(SetCursorResponse(cursor: cursor)), Message(RemoveCursorRequest(name: "nightly")),
      Message(RemoveCursorResponse(cursor: cursor)),
      Message(HealthCheckRequest(service: "hindcast")), Message(HealthCheckResponse(.serving)),
    ]
  }

  package func seeds() -> [FuzzSeed] {
    Self.messages.enumerated().map { number, message in FuzzSeed("message-\(number)", [UInt8(number)] + message.seed) }
  }
}
