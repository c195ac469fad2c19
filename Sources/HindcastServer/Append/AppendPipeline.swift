internal import GRPCCore
internal import HindcastFormat
internal import HindcastStorage
internal import HindcastWire
internal import Synchronization

/// One append stream's blocks between their arrival and their answers.
///
/// Blocks are checked side by side on the validation threads, handed to the journal in the order they came, and answered
/// in that order, so that many are in flight for one group commit. The stream's reader is held back (`waitForRoom`) while
/// too many are; its writer takes the answers (`nextAnswers`). Each has one caller.
///
/// Whatever becomes of the stream, each block that was received comes to an answer, and only then are its admitted bytes
/// given back.
final class AppendPipeline: Sendable {
  private enum Stage {
    case checking
    case checked(EncodedBlock)
    case submitted
    case answered(AppendResponse)
  }

  private struct Slot {
    let producer: ProducerID
    let epoch: UInt64
    let sequence: UInt64
    let byteCount: Int
    var stage: Stage
  }

  private struct State {
    /// In the order of arrival. Slot `number` stands at `number - firstNumber`.
    var slots: [Slot] = []
    var firstNumber = 0
    /// The first slot that is not with the journal yet.
    var nextToSubmit = 0
    /// One thread at a time hands blocks over, so that their order stands.
    var isSubmitting = false
    /// Answers that the writer has taken but not written: they still count against the window.
    var beingWritten = 0
    var bytes = 0
    var hasEnded = false
    var reader: CheckedContinuation<Void, Never>?
    var readerByteCount = 0
    var writer: CheckedContinuation<[AppendResponse]?, Never>?

    mutating func takeAnswers() -> [AppendResponse] {
      var answers: [AppendResponse] = []
      for slot in slots {
        guard case .answered(let response) = slot.stage else { break }
        answers.append(response)
      }
      slots.removeFirst(answers.count)
      firstNumber += answers.count
      beingWritten += answers.count
      return answers
    }

    /// The writer to wake, with what it gets: answers, or nil at the end.
    mutating func wakeWriter() -> (CheckedContinuation<[AppendResponse]?, Never>, [AppendResponse]?)? {
      guard let writer else { return nil }
      let answers = takeAnswers()
      if answers.isEmpty, !(hasEnded && slots.isEmpty) { return nil }
      self.writer = nil
      return (writer, answers.isEmpty ? nil : answers)
    }
  }

  private let journal: any BlockJournal
  private let intake: BlockIntake
  private let validation: WorkerPool
  private let admission: Admission
  private let limits: ServerLimits
  private let onStorageError: @Sendable (StorageError) -> Refusal
  private let state = Mutex(State())

  init(
    journal: any BlockJournal, intake: BlockIntake, validation: WorkerPool, admission: Admission, limits: ServerLimits,
    onStorageError: @escaping @Sendable (StorageError) -> Refusal
  ) {
    self.journal = journal
    self.intake = intake
    self.validation = validation
    self.admission = admission
    self.limits = limits
    self.onStorageError = onStorageError
  }

  // MARK: the reader's side

  /// Suspends while the window is full. A block is always let in when nothing else is in flight.
  func waitForRoom(byteCount: Int) async {
    await withCheckedContinuation { continuation in
      let hasRoom = state.withLock { state in
        if self.hasRoom(state, byteCount: byteCount) { return true }
        state.reader = continuation
        state.readerByteCount = byteCount
        return false
      }
      if hasRoom { continuation.resume() }
    }
  }

  private func hasRoom(_ state: State, byteCount: Int) -> Bool {
    let count = state.slots.count + state.beingWritten
    return count == 0 || (count < limits.streamBlocksMax && state.bytes <= limits.streamBytesMax - byteCount)
  }

  /// Takes a block in that waits for nothing.
  func receive(_ request: AppendRequest) {
    receive(request, isAdmitted: admission.reserve(request.block.count))
  }

  /// Takes a block in. It is answered later; if memory is full it is refused at once, in its turn. `isAdmitted`: its bytes
  /// are reserved, and given back from here.
  func receive(_ request: AppendRequest, isAdmitted: Bool) {
    let byteCount = request.block.count
    let number = state.withLock { state in
      state.slots.append(
        Slot(
          producer: request.producer, epoch: request.epoch, sequence: request.sequence,
          byteCount: isAdmitted ? byteCount : 0, stage: .checking))
      if isAdmitted { state.bytes += byteCount }
      return state.firstNumber + state.slots.count - 1
    }
    guard isAdmitted else {
      intake.counters.add(.refusedMemory)
      answer(number, with: AppendResponse(sequence: request.sequence, error: .memoryFull(admission, limits)))
      submitWhatIsChecked()
      return
    }
    validation.submit { [self] in
      do throws(Refusal) {
        let block = try intake.check(request)
        state.withLock { $0.slots[number - $0.firstNumber].stage = .checked(block) }
      } catch {
        answer(number, with: AppendResponse(sequence: request.sequence, error: error))
      }
      submitWhatIsChecked()
    }
  }

  /// No more blocks will come.
  func end() {
    let wake = state.withLock { state in
      state.hasEnded = true
      return state.wakeWriter()
    }
    if let (writer, answers) = wake { writer.resume(returning: answers) }
  }

  // MARK: the writer's side

  /// The next answers in order; nil once all are given and no more blocks will come. Call `wrote` before the next call.
  func nextAnswers() async -> [AppendResponse]? {
    await withCheckedContinuation { continuation in
      let wake = state.withLock { state in
        state.writer = continuation
        return state.wakeWriter()
      }
      if let (writer, answers) = wake { writer.resume(returning: answers) }
    }
  }

  /// The answers that `nextAnswers` gave are on their way, or their peer is gone: makes room for as many blocks.
  func wrote() {
    wakeReader { $0.beingWritten = 0 }
  }

  private func wakeReader(_ change: (inout State) -> Void) {
    let reader = state.withLock { state -> CheckedContinuation<Void, Never>? in
      change(&state)
      guard state.reader != nil, hasRoom(state, byteCount: state.readerByteCount) else { return nil }
      return state.reader.take()
    }
    reader?.resume()
  }

  // MARK: between them

  private func submitWhatIsChecked() {
    while true {
      let next = state.withLock { state -> (number: Int, slot: Slot, block: EncodedBlock)? in
        guard !state.isSubmitting else { return nil }
        state.nextToSubmit = max(state.nextToSubmit, state.firstNumber)
        while state.nextToSubmit < state.firstNumber + state.slots.count {
          let index = state.nextToSubmit - state.firstNumber
          switch state.slots[index].stage {
          case .checked(let block):
            state.slots[index].stage = .submitted
            state.isSubmitting = true
            state.nextToSubmit += 1
            return (state.nextToSubmit - 1, state.slots[index], block)
          case .checking: return nil
          case .submitted, .answered: state.nextToSubmit += 1
          }
        }
        return nil
      }
      guard let (number, slot, block) = next else { return }
      journal.submit(block, producer: slot.producer, epoch: slot.epoch, sequence: slot.sequence) { [self] result in
        switch result {
        case .success(let stored):
          let response = AppendResponse(
            sequence: slot.sequence, position: stored.position, isDuplicate: stored.isDuplicate)
          answer(number, with: response)
        case .failure(let error):
          answer(number, with: AppendResponse(sequence: slot.sequence, error: onStorageError(error)))
        }
      }
      // A thread that came by meanwhile left its block to this one, which looks again.
      state.withLock { $0.isSubmitting = false }
    }
  }

  private func answer(_ number: Int, with response: AppendResponse) {
    var released = 0
    let wake = state.withLock { state in
      let index = number - state.firstNumber
      released = state.slots[index].byteCount
      state.bytes -= released
      state.slots[index].stage = .answered(response)
      return state.wakeWriter()
    }
    admission.release(released)
    if let (writer, answers) = wake { writer.resume(returning: answers) }
    wakeReader { _ in }
  }
}

extension Refusal {
  static func memoryFull(_ admission: Admission, _ limits: ServerLimits) -> Refusal {
    Refusal(
      .resourceExhausted,
      "the server holds \(admission.heldBytes) bytes of blocks that are not on disk yet, its limit is \(admission.byteLimit); send the block again later",
      isRetryable: true, retryAfterMilliseconds: limits.retryAfterMilliseconds)
  }
}
