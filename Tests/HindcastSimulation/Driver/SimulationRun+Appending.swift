internal import HindcastFormat
internal import HindcastStorage
internal import Synchronization

extension SimulationRun {
  /// A block that is handed to the store.
  private struct Request {
    var number: Int
    var key: Ledger.Key?
    /// Of those who send it; nil: nobody who would send it again.
    var producer: Int?
  }

  private final class Answers: Sendable {
    let results: Mutex<[Result<AppendResult, StorageError>?]>
    init(count: Int) { results = Mutex(Array(repeating: nil, count: count)) }
  }

  // MARK: What is sent

  /// Some blocks at once, of several producers: new ones, ones that were not acknowledged, ones that were, and some that
  /// break the order of sequences.
  func appendBurst() throws {
    machine.with { $0.phase = .append }
    var sentInBurst = [Int](repeating: 0, count: producers.count)
    var requests: [Request] = []
    for _ in 0..<random.number(in: 1...setup.blocksPerBurstMax) {
      let producer = random.number(below: producers.count)
      switch random.number(below: 100) {
      case ..<70: requests.append(nextRequest(of: producer, &sentInBurst[producer]))
      case ..<82:
        guard let number = producers[producer].history.randomElement(using: &random) else { continue }
        requests.append(Request(number: number, key: ledger.sent[number].key, producer: producer))
      case ..<85:
        var key = producers[producer].nextKey
        key.sequence += UInt64(random.number(in: 1...3))
        requests.append(Request(number: newBlock(key: nil), key: key, producer: nil))
      case ..<98: requests.append(Request(number: newBlock(key: nil), key: nil, producer: nil))
      default:
        // In the middle of a burst the blocks before would be forgotten while they are on their way.
        if sentInBurst[producer] == 0 { producers[producer].beginEpoch() }
      }
    }
    try send(requests)
  }

  private func nextRequest(of producer: Int, _ sentInBurst: inout Int) -> Request {
    if sentInBurst == producers[producer].outbox.count {
      producers[producer].add(newBlock(key: producers[producer].nextKey))
    }
    let number = producers[producer].outbox[sentInBurst]
    sentInBurst += 1
    return Request(number: number, key: ledger.sent[number].key, producer: producer)
  }

  private func newBlock(key: Ledger.Key?) -> Int {
    let number = ledger.sent.count
    let block: EncodedBlock
    if random.chance(percent: setup.columnsPercent) {
      var rows = (0..<random.number(in: 1...5)).map { number * 8 + $0 }
      let kind: EventKind = random.chance(percent: 70) ? .prediction : .actual
      var stream = StreamKey(
        kind: kind, model: random.pick(SimulatedBlocks.models), version: "1", environment: .production)
      if random.chance(percent: 20), let repeated = repeatedRows() {
        stream = repeated.stream
        rows = repeated.rows + rows
      }
      block = SimulatedBlocks.block(stream, rows: rows)
      rowNumbers[number] = rows
    } else {
      block = SimulatedBlocks.headOnly(number, fillerBytes: random.number(in: 1...setup.fillerBytesMax))
    }
    return ledger.add(block, rows: SimulatedBlocks.rows(of: block), key: key)
  }

  /// Rows of an earlier block, which compaction may take for repeats.
  private func repeatedRows() -> (stream: StreamKey, rows: [Int])? {
    guard !rowNumbers.isEmpty else { return nil }
    let number = random.pick(rowNumbers.keys.sorted())
    return (ledger.sent[number].block.stream, Array(rowNumbers[number]!.suffix(2)))
  }

  /// Everything that was never acknowledged, until it is.
  func drainOutboxes() throws {
    for producer in producers.indices {
      var rounds = 0
      while !producers[producer].outbox.isEmpty {
        rounds += 1
        try require(
          rounds < 1_000, "producer \(producer + 1) is never rid of \(producers[producer].outbox.count) blocks")
        var sent = 0
        let requests = (0..<min(3, producers[producer].outbox.count)).map { _ in nextRequest(of: producer, &sent) }
        machine.with { $0.phase = .append }
        try send(requests)
        if needsRestart {
          try close()
          try openIfNeeded()
        }
      }
    }
  }

  /// Every block that was acknowledged, once more: each is answered with its first position.
  func resendEverything() throws {
    machine.with { $0.phase = .append }
    for producer in producers.indices {
      for number in producers[producer].history where ledger.sent[number].key?.epoch == producers[producer].epoch {
        try send([Request(number: number, key: ledger.sent[number].key, producer: producer)])
      }
    }
  }

  // MARK: Sending, and the answers

  private func send(_ requests: [Request]) throws {
    guard let store, !requests.isEmpty else { return }
    ledger.mayRepeat = machine.with { $0.damagedFiles.contains(.manifest) }
    let faults = faultCount()
    let answers = Answers(count: requests.count)
    let gate = machine.gate
    gate.arm()
    var isHeld = false
    var rests = gate.rests
    for (index, request) in requests.enumerated() {
      if !isHeld { rests = gate.rests }
      store.submit(
        ledger.sent[request.number].block, producer: request.key?.producer ?? .none, epoch: request.key?.epoch ?? 0,
        sequence: request.key?.sequence ?? 0
      ) { result in
        answers.results.withLock { $0[index] = result }
      }
      if !isHeld { isHeld = gate.waitForCall(orRestAfter: rests) }
    }
    gate.open()
    gate.waitForRest(after: rests)
    let results = answers.results.withLock { $0 }
    for (request, result) in zip(requests, results) {
      let text =
        switch result! {
        case .success(let answer): "position \(answer.position)\(answer.isDuplicate ? ", a duplicate" : "")"
        case .failure(let error): "\(error.code)"
        }
      machine.add(to: "block \(request.number) (\(request.key.map { "\($0)" } ?? "no producer")): \(text)")
      try settle(request, result!, faultsBefore: faults)
    }
    try dieIfDead()
  }

  private func settle(
    _ request: Request, _ result: Result<AppendResult, StorageError>, faultsBefore: Int
  ) throws {
    let what = "block \(request.number) (\(request.key.map { "\($0)" } ?? "no producer"))"
    let verdict = ledger.verdict(on: request.key)
    switch result {
    case .success(let answer) where answer.isDuplicate:
      try settleDuplicate(request, answer.position, verdict, what)
    case .success(let answer):
      let known = ledger.sent[request.number].position
      try require(
        verdict == .append || isDamaged, "\(what) was stored at position \(answer.position); right was \(verdict)")
      try require(
        answer.position == ledger.nextPosition,
        "\(what) was stored at position \(answer.position), and not at \(ledger.nextPosition)")
      if let known {
        try require(
          ledger.lost.contains(known) || ledger.mayRepeat, "\(what) is at position \(known) and was stored again")
      }
      try ledger.acknowledge(request.number, at: answer.position)
      if let producer = request.producer { producers[producer].acknowledged(request.number) }
    case .failure(let error):
      if let process, !machine.isAlive(process) { return }
      try settleRefusal(request, error, verdict, what, isFaulty: faultCount() > faultsBefore)
    }
  }

  private func settleDuplicate(
    _ request: Request, _ position: UInt64, _ verdict: Ledger.Verdict, _ what: String
  ) throws {
    if !isDamaged {
      try require(
        verdict == .duplicate(position: position),
        "\(what) was answered as a duplicate of position \(position); right was \(verdict)")
    } else if position != 0 {
      // Its first answer may be that of a block which nobody can read any more.
      let known = ledger.sent[request.number].position
      try require(
        known == nil || known == position || ledger.lost.contains(known!) || ledger.numbers[position] == request.number,
        "\(what) was answered as a duplicate of position \(position); it stands at \(known ?? 0)")
      if known == nil { try ledger.establish(request.number, at: position) }
    }
    if let producer = request.producer { producers[producer].acknowledged(request.number) }
  }

  private func settleRefusal(
    _ request: Request, _ error: StorageError, _ verdict: Ledger.Verdict, _ what: String, isFaulty: Bool
  ) throws {
    switch error.code {
    case .sequenceGap(let expected):
      if isDamaged {
        if let producer = request.producer { producers[producer].beginEpoch() }
        return
      }
      // Blocks of the same group, which were then refused, counted when this one was judged.
      if case .sequenceGap(let right) = verdict, isFaulty || setup.trouble == .space, expected >= right { return }
      try require(verdict == .sequenceGap(expected: expected), "\(what): \(error); right was \(verdict)")
    case .staleEpoch:
      // A block of a higher epoch in the same group, which was then refused, counted too.
      let mayBeEarly = isDamaged || isFaulty || setup.trouble == .space
      try require(verdict == .staleEpoch || mayBeEarly, "\(what): \(error); right was \(verdict)")
    case .journalFailed:
      try require(faultCount() > faultsBeforeOpening, "\(what): \(error), though nothing had failed")
      needsRestart = true
    case .diskFull: try require(setup.trouble == .space || isFaulty, "\(what): \(error), though there is room")
    case .overloaded: try require(setup.options.queueBlocksMax < 100, "\(what): \(error)")
    case .io: try require(isFaulty, "\(what): \(error), though nothing had failed")
    default: throw SimulationFailure("\(what): \(error)")
    }
  }
}
