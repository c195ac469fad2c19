import GRPCCore
import HindcastFormat
@testable import HindcastSimulation
import HindcastStorage
import HindcastWire

@testable import Hindcast

/// Lives of clients that share a spool's directory on a simulated machine, and a server far away. Everything follows from
/// the seed, but the names of producers.
struct SpoolDriver {
  struct Options {
    var hasFaults = false
    var hasPowerLoss = true
    var clientsMax = 1
  }

  /// A connection as the network has it: what was sent still arrives when the client is long dead.
  private final class Connection {
    let client: Int
    let stream: UInt64
    var requests: [AppendRequest] = []
    /// Of what was sent, oldest first: what the answers are to.
    var sent: [UInt64] = []
    var answers: [AppendResponse] = []
    init(client: Int, stream: UInt64) {
      self.client = client
      self.stream = stream
    }
  }

  private struct Process {
    var number: Int
    var disk: SimulatedDisk
    var client: SpoolClient
    var connection: Connection?
  }

  private struct Identity: Hashable {
    var producer: ProducerID
    var index: UInt64
  }

  private let options: Options
  private let machine: SimulatedMachine
  private var random: SimulationRandom
  private var server = ModelServer()
  private var processes: [Process] = []
  private var connections: [Connection] = []
  private var now: UInt64 = 1
  private var processCount = 0
  private var blockCount = 0

  /// By payload hash.
  private var numbers: [UInt64: Int] = [:]
  private var identities: [Identity: Int] = [:]
  private var acknowledged: Set<Int> = []
  private var spooled: Set<Int> = []
  private var poisonous: Set<Int> = []

  init(seed: UInt64, _ options: Options) {
    self.options = options
    machine = SimulatedMachine(seed: seed)
    random = SimulationRandom(seed: seed, purpose: "spool")
  }

  // MARK: A life

  /// What is wrong; empty: nothing.
  mutating func run(steps: Int) -> [String] {
    for _ in 0..<steps {
      if processes.isEmpty || (processes.count < options.clientsMax && random.chance(percent: 3)) { start() }
      step()
    }
    return finish()
  }

  private mutating func start() {
    processCount += 1
    let disk = machine.start()
    processes.append(
      Process(number: processCount, disk: disk, client: SpoolClient(SimulatedSpoolDisk(disk: disk))))
  }

  private mutating func step() {
    now += UInt64(random.number(below: 200_000_000))
    let place = random.number(below: processes.count)
    switch random.number(below: 100) {
    case 0..<25: log(place)
    case 25..<50: work(place)
    case 50..<65: send(place)
    case 65..<80: serve()
    case 80..<90: receive(place)
    case 90..<93: reconnect(place)
    case 93: now += SpoolLimits.retryNanoseconds
    case 94: plan()
    case 95: kill(place)
    case 96 where options.hasPowerLoss: losePower()
    case 97 where options.hasFaults: arm()
    case 98: leave(place)
    default: loseConnection()
    }
  }

  private mutating func log(_ place: Int) {
    for _ in 0...random.number(below: 4) {
      blockCount += 1
      let block = SpoolBlocks.block(blockCount, rows: random.number(in: 1...3))
      let client = processes[place].client
      guard client.budget.reserve(block.bytes.count) else { continue }
      numbers[block.payloadHash] = blockCount
      if random.chance(percent: 2) {
        poisonous.insert(blockCount)
        server.refused.insert(block.payloadHash)
      }
      let before = client.state
      if let open = before.openQueue {
        let queue = before.queues[open]
        identities[Identity(producer: queue.producer, index: queue.nextIndex)] = blockCount
      }
      client.outbox.enqueue(block, ticket: UInt64(blockCount))
    }
  }

  private mutating func work(_ place: Int) {
    let process = processes[place]
    _ = process.client.worker.step(now: now)
    buryDead()
    guard machine.isAlive(process.disk) else { return }
    noteDurable(process.client)
  }

  private mutating func noteDurable(_ client: SpoolClient) {
    for queue in client.state.queues where queue.place == .spool && queue.durableIndex > 0 {
      for index in 1...queue.durableIndex {
        if let number = identities[Identity(producer: queue.producer, index: index)] { spooled.insert(number) }
      }
    }
  }

  private mutating func send(_ place: Int) {
    guard let connection = processes[place].connection else { return reconnect(place) }
    for _ in 0...random.number(below: 5) {
      guard case (.send, let request?) = processes[place].client.outbox.nextStep(stream: connection.stream) else {
        return
      }
      connection.requests.append(request)
      connection.sent.append(Checksum.xxh3(request.block))
    }
  }

  /// The server takes something from one of the connections, which need not be open any more.
  private mutating func serve() {
    let waiting = connections.filter { !$0.requests.isEmpty }
    guard !waiting.isEmpty else { return }
    let connection = random.pick(waiting)
    for _ in 0...random.number(below: 4) where !connection.requests.isEmpty {
      let request = connection.requests.removeFirst()
      if random.chance(percent: 4) {
        connection.answers.append(
          AppendResponse(
            sequence: request.sequence, error: Refusal(.resourceExhausted, "full", isRetryable: true)))
      } else {
        connection.answers.append(server.answer(request))
      }
    }
  }

  private mutating func receive(_ place: Int) {
    guard let connection = processes[place].connection else { return }
    while !connection.answers.isEmpty {
      let answer = connection.answers.removeFirst()
      let hash = connection.sent.removeFirst()
      switch processes[place].client.outbox.take(answer, stream: connection.stream) {
      case .acknowledged?: if let number = numbers[hash] { acknowledged.insert(number) }
      case .endStream?: return reconnect(place)
      case nil: return
      }
      if random.chance(percent: 20) { return }
    }
  }

  private mutating func reconnect(_ place: Int) {
    let connection = Connection(
      client: processes[place].number, stream: processes[place].client.outbox.beginStream())
    processes[place].connection = connection
    connections.append(connection)
  }

  /// What is on its way is lost from some point on.
  private mutating func loseConnection() {
    guard let connection = connections.isEmpty ? nil : random.pick(connections) else { return }
    connection.requests = Array(connection.requests.prefix(random.number(below: connection.requests.count + 1)))
    if let place = processes.firstIndex(where: { $0.connection === connection }) { processes[place].connection = nil }
  }

  // MARK: Deaths

  private mutating func plan() {
    let callsLeft = random.number(in: 1...40)
    let isPowerLoss = options.hasPowerLoss && random.chance(percent: 50)
    machine.with {
      $0.crashPlan = MachineState.CrashPlan(callsLeft: callsLeft, countsChanges: true, isPowerLoss: isPowerLoss)
    }
  }

  private mutating func kill(_ place: Int) {
    machine.end(processes[place].disk)
    buryDead()
  }

  private mutating func losePower() {
    machine.losePower()
    buryDead()
  }

  private mutating func buryDead() {
    let machine = machine
    processes.removeAll { !machine.isAlive($0.disk) }
  }

  /// An orderly end, with whatever is not acknowledged left in the spool.
  private mutating func leave(_ place: Int) {
    let process = processes[place]
    process.client.worker.finish(now: now)
    if machine.isAlive(process.disk) { noteDurable(process.client) }
    process.client.outbox.abandon(unencoded: [], lastTicket: UInt64(blockCount))
    machine.end(process.disk)
    buryDead()
  }

  private mutating func arm() {
    let kinds: [FaultKind] = [.writeError, .syncError, .directoryError, .shortWrite]
    let kind = random.pick(kinds)
    let capacity = random.chance(percent: 20) ? random.number(in: 2_000...30_000) : nil
    machine.with { state in
      state.armedFaults.append(ArmedFault(kind: kind, notBefore: state.callCount + 1))
      state.capacity = capacity
    }
  }

  // MARK: The end

  private mutating func finish() -> [String] {
    machine.with { state in
      state.armedFaults = []
      state.crashPlan = nil
      state.capacity = nil
    }
    if processes.isEmpty { start() }
    while processes.count > 1 { leave(processes.count - 1) }
    let last = processes[0].client
    for connection in connections { for request in connection.requests { _ = server.answer(request) } }
    now += SpoolLimits.retryNanoseconds
    let isDrained = last.drain(into: &server, now: &now)
    noteDurable(last)
    var problems: [String] = []
    if !isDrained { problems.append("not everything was sent: \(last.state.queues.map { ($0.count, $0.isHeld) })") }
    let times = Dictionary(uniqueKeysWithValues: numbers.map { ($0.value, server.stored[$0.key] ?? 0) })
    for (number, count) in times where count > 1 { problems.append("block \(number) is stored \(count) times") }
    for number in acknowledged where times[number] != 1 {
      problems.append("block \(number) was acknowledged and is stored \(times[number] ?? 0) times")
    }
    for number in spooled where times[number] != 1 && !poisonous.contains(number) {
      problems.append("block \(number) was spooled and is stored \(times[number] ?? 0) times")
    }
    let left = machine.with { $0.tree.files.map(\.path) }.filter { $0.hasSuffix(".blocks") }
    // The last process keeps what it writes to.
    if left.count > 1 { problems.append("files are left: \(left)") }
    if !problems.isEmpty { problems.append("it said: \(last.warnings.all.suffix(5))") }
    if last.budget.reservedBytes != 0 { problems.append("\(last.budget.reservedBytes) bytes are never given back") }
    return problems
  }

  var figures: (blocks: Int, acknowledged: Int, spooled: Int, lives: Int, reports: Int) {
    (blockCount, acknowledged.count, spooled.count, processCount, server.reports.count)
  }
}
