import HindcastFormat
import Logging
import Synchronization
import Testing

@testable import Hindcast

/// The way of events from a logger's call to encoded blocks, without a network and without a thread: `collect` does what
/// the worker's thread would.
final class TestBatcher {
  let lines = LogRecorder()
  let recorder: Recorder
  let stream: EventStream
  let actuals: EventStream
  private let worker: BlockWorker
  private let emitted: Emitted

  private final class Emitted: Sendable {
    let blocks = Mutex<[Block]>([])
    let streams = Mutex<[EventStream]?>(nil)
  }

  init(
    rows: Int = 1_000, rawBytes: Int = 1 << 20, budget: MemoryBudget = MemoryBudget(limit: 1 << 30),
    flush: Duration = .seconds(1), layoutsMax: Int = 4_096
  ) {
    let emitted = Emitted()
    recorder = Recorder(
      budget: budget, queue: ChunkQueue(collectionInterval: flush),
      warnings: WarningLimiter(logger: Logger(label: "test") { [lines] _ in lines }),
      layouts: LayoutTable(layoutsMax: layoutsMax))
    stream = EventStream(
      key: StreamKey(kind: .prediction, model: "m", version: "1", environment: .production), number: 0, problem: nil)
    actuals = EventStream(
      key: StreamKey(kind: .actual, model: "m", version: "1", environment: .production), number: 1, problem: nil)
    worker = BlockWorker(
      recorder: recorder, limits: BatchLimits(rows: rows, rawBytes: rawBytes), codec: .zstd,
      handlers: BlockWorker.Handlers(
        encoded: { block, _ in
          do {
            let decoded = try BlockDecoder.decode(block.bytes)
            emitted.blocks.withLock { $0.append(decoded) }
          } catch {
            Issue.record(error)
          }
        },
        skipped: { _ in }, streamsToTellOf: { emitted.streams.withLock { $0 } }))
    self.emitted = emitted
  }

  @discardableResult
  func log(
    _ id: String? = "x", _ features: Fields = [:], outputs: Fields = [:], tags: Fields = [:], at time: Int64 = 7
  ) -> EventID {
    let event = DictionaryEvent(
      features: features.elements, outputs: outputs.elements, tags: tags.elements, arguments: [])
    return recorder.record(
      event, stream, id: id.map { EventID($0) }, time: Timestamp(microsecondsSince1970: time)
    ) { _, _ in }
  }

  func layout(_ fields: [EventLayout.Field]) -> EventLayout { recorder.layouts.layout(of: fields, stream) }

  func collect() { worker.collect() }

  /// Collects, and tells of what was lost.
  func tell() {
    emitted.streams.withLock { $0 = [stream, actuals] }
    worker.collect()
    emitted.streams.withLock { $0 = nil }
  }

  /// The blocks of events so far.
  var blocks: [Block] { emitted.blocks.withLock { $0.filter { $0.stream.kind != .loss } } }
  var lossBlocks: [Block] { emitted.blocks.withLock { $0.filter { $0.stream.kind == .loss } } }

  /// All events with their fields, in their order.
  var values: [RecordedEvent] {
    blocks.flatMap { block in (0..<block.rowCount).map { RecordedEvent(block, row: $0) } }
  }

  /// The ids of all blocks' events, in their order.
  var ids: [String] {
    blocks.flatMap { block -> [String] in
      switch block.ids?.values {
      case .strings(let ids)?: (0..<ids.count).map { ids.string($0) }
      case .uuid(let bytes)?:
        stride(from: 0, to: bytes.count, by: 16).map { UUIDText.format(bytes[$0..<$0 + 16]) }
      default: []
      }
    }
  }

  var logged: Int { recorder.lanes.loggedCount }
  func lost(_ cause: LossCause) -> Int { stream.losses[cause].total }
}
