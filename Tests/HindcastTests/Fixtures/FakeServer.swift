import GRPCCore
import GRPCNIOTransportHTTP2Posix
import HindcastFormat
import HindcastWire
import Synchronization

/// An `Append` service that keeps the rules for producers, stores blocks in memory, and fails where a test says so.
final class FakeServer: Sendable {
  /// What to do with a block instead of storing it. `nil` from the script: nothing special.
  enum Fault: Sendable {
    /// Answer with this refusal; the block does not consume its sequence.
    case refuse(Refusal)
    /// End the RPC with this status, the block not stored.
    case failStream(RPCError)
    /// Store the block, then end the RPC before answering.
    case storeAndLoseAnswer
  }

  struct Stored: Sendable {
    var epoch: UInt64
    var sequence: UInt64
    var block: Block
  }

  private struct Producer {
    var epoch: UInt64
    var sequence: UInt64
    var positions: [UInt64: UInt64] = [:]
  }

  private struct State {
    var stored: [Stored] = []
    var producers: [ProducerID: Producer] = [:]
    var received = 0
    var duplicates = 0
    var isHolding = false
    var held: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())
  /// Asked for each block as it arrives, with its number of arrival from 1.
  private let script: @Sendable (_ request: AppendRequest, _ arrival: Int) -> Fault?
  private let server: GRPCServer<HTTP2ServerTransport.Posix>
  private let task: Task<Void, any Error>
  let port: Int

  var address: String { "127.0.0.1:\(port)" }
  var stored: [Stored] { state.withLock { $0.stored } }
  var duplicates: Int { state.withLock { $0.duplicates } }
  var received: Int { state.withLock { $0.received } }
  /// The ids of all stored rows, in order.
  var ids: [String] {
    stored.flatMap { stored -> [String] in
      guard case .strings(let ids)? = stored.block.ids?.values else { return [] }
      return (0..<ids.count).map { ids.string($0) }
    }
  }

  init(
    port: Int = 0, script: @escaping @Sendable (_ request: AppendRequest, _ arrival: Int) -> Fault? = { _, _ in nil }
  ) async throws {
    self.script = script
    let transport = HTTP2ServerTransport.Posix(
      address: .ipv4(host: "127.0.0.1", port: port), transportSecurity: .plaintext,
      config: .defaults { $0.rpc.maxRequestPayloadSize = WireLimits.messageBytesMax })
    let service = Service()
    let server = GRPCServer(transport: transport, services: [service])
    self.server = server
    task = Task { try await server.serve() }
    self.port = try await transport.listeningAddress.ipv4!.port
    service.owner.withLock { $0 = self }
  }

  /// Streams are cut off, not drained.
  func stop() async {
    release()
    task.cancel()
    _ = await task.result
  }

  /// From now on blocks wait for `release` before they are looked at.
  func hold() { state.withLock { $0.isHolding = true } }

  func release() {
    let held = state.withLock { state in
      state.isHolding = false
      return exchange(&state.held, with: [])
    }
    for continuation in held { continuation.resume() }
  }

  fileprivate func handle(_ request: AppendRequest) async throws -> AppendResponse {
    let arrival = state.withLock { state in
      state.received += 1
      return state.received
    }
    await withCheckedContinuation { continuation in
      let isFree = state.withLock { state in
        if state.isHolding { state.held.append(continuation) }
        return !state.isHolding
      }
      if isFree { continuation.resume() }
    }
    switch script(request, arrival) {
    case .refuse(let refusal): return AppendResponse(sequence: request.sequence, error: refusal)
    case .failStream(let error): throw error
    case .storeAndLoseAnswer:
      _ = try store(request)
      throw RPCError(code: .unavailable, message: "the answer is lost")
    case nil: return try store(request)
    }
  }

  private func store(_ request: AppendRequest) throws -> AppendResponse {
    let block = try BlockDecoder.decode(request.block)
    return state.withLock { state in
      var producer = state.producers[request.producer] ?? Producer(epoch: request.epoch, sequence: 0)
      if request.epoch < producer.epoch {
        return AppendResponse(
          sequence: request.sequence, error: Refusal(.failedPrecondition, "stale epoch; another life has taken over"))
      }
      if request.epoch > producer.epoch { producer = Producer(epoch: request.epoch, sequence: 0) }
      if request.sequence <= producer.sequence {
        state.duplicates += 1
        return AppendResponse(
          sequence: request.sequence, position: producer.positions[request.sequence] ?? 0, isDuplicate: true)
      }
      guard request.sequence == producer.sequence + 1 else {
        return AppendResponse(
          sequence: request.sequence,
          error: Refusal(.failedPrecondition, "sequence gap", expectedSequence: producer.sequence + 1))
      }
      state.stored.append(Stored(epoch: request.epoch, sequence: request.sequence, block: block))
      producer.sequence += 1
      producer.positions[request.sequence] = UInt64(state.stored.count)
      state.producers[request.producer] = producer
      return AppendResponse(sequence: request.sequence, position: UInt64(state.stored.count))
    }
  }

  private final class Service: RegistrableRPCService {
    /// Set before the first client can know the port.
    let owner = Mutex<FakeServer?>(nil)

    func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
      router.registerHandler(
        forMethod: HindcastMethods.append, deserializer: WireDeserializer<AppendRequest>(),
        serializer: WireSerializer<AppendResponse>()
      ) { request, _ in
        let owner = self.owner.withLock { $0 }
        return StreamingServerResponse { writer in
          for try await message in request.messages {
            if let answer = try await owner?.handle(message) { try await writer.write(answer) }
          }
          return [:]
        }
      }
    }
  }
}

/// `swap` that returns the old value.
func exchange<Value>(_ value: inout Value, with new: Value) -> Value {
  var new = new
  swap(&value, &new)
  return new
}
