internal import HindcastFormat
internal import Synchronization

/// The streams of a client, by what they are filed under.
final class StreamDirectory: Sendable {
  private let streams = Mutex<[StreamKey: EventStream]>([:])
  /// Stands for all streams that are too many.
  private let excess = EventStream(
    key: StreamKey(kind: .prediction, model: "", version: "", environment: .production), number: -1,
    problem: "the client logs \(StreamDirectory.streamsMax) models, versions and environments already")

  /// A service that makes up model names must not grow without bound.
  private static let streamsMax = 4_096

  /// The stream of that name, made when it is first asked for.
  func stream(_ key: StreamKey) -> EventStream {
    streams.withLock { streams in
      if let present = streams[key] { return present }
      guard streams.count < Self.streamsMax else { return excess }
      let problem = NameRules.problem(withModel: key.model, version: key.version)
      let stream = EventStream(key: key, number: streams.count, problem: problem)
      streams[key] = stream
      return stream
    }
  }

  /// All that can be told of.
  var named: [EventStream] { streams.withLock { Array($0.values) } }

  /// All of them, and those that were too many.
  var all: [EventStream] { named + [excess] }

  /// Keeps what was given up on its way to the server, for reports. What no stream is known of is in the counters alone.
  func add(_ losses: [LostRows]) {
    for loss in losses {
      guard let key = loss.stream, key.kind != .loss else { continue }
      stream(key).lossesOnTheWay[loss.reason].add(
        LossCounter.Sums(
          count: loss.rows, byteCount: loss.bytes, firstTime: loss.times?.lowerBound ?? .max,
          lastTime: loss.times?.upperBound ?? .min))
    }
  }
}
