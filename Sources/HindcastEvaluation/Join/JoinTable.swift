/// Joins predictions and actuals by id as they come, in any order.
///
/// Entries lie in pages that never move, so that growing copies nothing; an open-addressing index of 32-bit entry
/// numbers finds them. The table remembers every distinct content of ids that were logged more than once.
struct JoinTable {
  private static let entriesPerPageBits = 14
  private static let entriesPerPage = 1 << entriesPerPageBits
  /// What the end of an evaluation needs for an entry beside the table, whose index is gone by then: 16 bytes to sort
  /// it, 8 for its score.
  private static let closingBytesPerEntry = 24
  private static let repeatBytes = 96

  private let bytesMax: Int
  private var pages: [ContiguousArray<JoinEntry>] = []
  private(set) var count = 0
  /// Entry number + 1, or 0; a power of two, at most three quarters full.
  private var index = ContiguousArray<UInt32>(repeating: 0, count: 1 << 12)
  private var contents: Set<RepeatedContent> = []
  private var repeatedEntries: Set<UInt32> = []
  /// How many predictions have been added; each one's number is its ordinal.
  private(set) var predictionRows: UInt32 = 0

  private struct RepeatedContent: Hashable {
    var entry: UInt32
    var content: PredictionContent
  }

  init(bytesMax: Int) { self.bytesMax = bytesMax }

  /// Predictions beyond the first of their id. Rows that are equal in time, label and score count once, because
  /// compaction may drop them.
  var repeats: Int { contents.count - repeatedEntries.count }

  subscript(_ entry: Int) -> JoinEntry {
    pages[entry >> Self.entriesPerPageBits][entry & (Self.entriesPerPage - 1)]
  }

  mutating func add(_ prediction: JoinPrediction, id: IDHash) throws(EvaluationError) {
    guard predictionRows < .max else { throw overLimit("\(UInt32.max) predictions") }
    predictionRows += 1
    let entry = try find(id)
    let page = entry >> Self.entriesPerPageBits
    let place = entry & (Self.entriesPerPage - 1)
    if pages[page][place].hasPrediction, pages[page][place].predictionContent != prediction.content {
      contents.insert(RepeatedContent(entry: UInt32(entry), content: pages[page][place].predictionContent))
      contents.insert(RepeatedContent(entry: UInt32(entry), content: prediction.content))
      repeatedEntries.insert(UInt32(entry))
      try checkBytes()
    }
    pages[page][place].take(prediction, ordinal: predictionRows)
  }

  mutating func add(_ actual: JoinActual, id: IDHash) throws(EvaluationError) {
    let entry = try find(id)
    pages[entry >> Self.entriesPerPageBits][entry & (Self.entriesPerPage - 1)].take(actual)
  }

  /// Frees the index; nothing can be added any more.
  mutating func close() { index = [] }

  private mutating func find(_ id: IDHash) throws(EvaluationError) -> Int {
    var slot = Int(truncatingIfNeeded: id.low) & (index.count - 1)
    while index[slot] != 0 {
      let entry = Int(index[slot]) - 1
      if self[entry].id == id { return entry }
      slot = (slot + 1) & (index.count - 1)
    }
    try insert(id, at: slot)
    return count - 1
  }

  private mutating func insert(_ id: IDHash, at slot: Int) throws(EvaluationError) {
    guard count < UInt32.max - 1 else { throw overLimit("\(UInt32.max) ids") }
    if count & (Self.entriesPerPage - 1) == 0 {
      pages.append([])
      pages[pages.count - 1].reserveCapacity(Self.entriesPerPage)
      try checkBytes()
    }
    pages[pages.count - 1].append(JoinEntry(id: id))
    index[slot] = UInt32(count + 1)
    count += 1
    if count > index.count / 4 * 3 { try growIndex() }
  }

  private mutating func growIndex() throws(EvaluationError) {
    let slots = index.count * 2
    index = []
    try checkBytes(indexSlots: slots)
    index = ContiguousArray(repeating: 0, count: slots)
    for entry in 0..<count {
      var slot = Int(truncatingIfNeeded: self[entry].id.low) & (slots - 1)
      while index[slot] != 0 { slot = (slot + 1) & (slots - 1) }
      index[slot] = UInt32(entry + 1)
    }
  }

  /// Throws if the table, or what the end will need, is more than it may be.
  private func checkBytes(indexSlots: Int? = nil) throws(EvaluationError) {
    let room = pages.count * Self.entriesPerPage
    let entryBytes = room * MemoryLayout<JoinEntry>.stride
    let indexBytes = (indexSlots ?? index.count) * MemoryLayout<UInt32>.stride
    let repeatedBytes = (contents.count + repeatedEntries.count) * Self.repeatBytes
    let bytes = entryBytes + max(indexBytes, room * Self.closingBytesPerEntry) + repeatedBytes
    guard bytes <= bytesMax else { throw overLimit("the \(bytesMax) bytes it may take") }
  }

  private func overLimit(_ what: String) -> EvaluationError {
    EvaluationError(
      .overLimit,
      "joining predictions with actuals needs more than \(what), after \(count) ids: "
        + "evaluate a narrower range of event time or a single version, or raise the limit"
    )
  }
}
