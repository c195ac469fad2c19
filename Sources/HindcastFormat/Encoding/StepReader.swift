/// Where the decoding of one column stands: the tree of steps, the data of the steps, and what may still be allocated.
///
/// Tree and data are both in preorder, so two cursors that only move forward are enough.
struct StepReader {
  var tree: ByteCursor
  var data: ByteCursor
  var budget: DecodeBudget
  let compressor: ByteCompressor
  private var depth = 0
  private var count = 0
  /// What `borrowedBytes` decompressed last.
  private let scratch = ScratchBytes()

  init(tree: ByteCursor, data: ByteCursor, budget: DecodeBudget, compressor: ByteCompressor) {
    self.tree = tree
    self.data = data
    self.budget = budget
    self.compressor = compressor
  }

  /// Reads the next step's code; `leave` closes it.
  mutating func enter() throws(FormatError) -> (step: EncodingStep, parameter: UInt8) {
    depth += 1
    guard depth <= Limits.stepDepthMax else {
      throw FormatError(.overLimit, "encoding steps are nested deeper than \(Limits.stepDepthMax)")
    }
    count += 1
    guard count <= Limits.stepsMax else { throw EncodingStep.tooMany }
    let step = try EncodingStep(code: try tree.byte())
    return (step, step.hasParameter ? try tree.byte() : 0)
  }

  mutating func leave() { depth -= 1 }

  /// Whether the next step is this one.
  func isNext(_ step: EncodingStep) -> Bool { tree.remaining > 0 && tree.bytes[tree.offset] == step.rawValue }

  /// Whether the next step is the first of these, without a parameter, and the one below it the second.
  func isNext(_ step: EncodingStep, _ below: EncodingStep) -> Bool {
    isNext(step) && tree.remaining > 1 && tree.bytes[tree.offset + 1] == below.rawValue
  }

  func misplaced(_ step: EncodingStep, _ domain: String) -> FormatError {
    FormatError(.corrupt, "encoding step \(step.word) cannot give \(domain)")
  }

  /// The bytes a byte step gives, valid until the next call.
  mutating func borrowedBytes(_ count: Int) throws(FormatError) -> UnsafeRawBufferPointer {
    let (step, _) = try enter()
    defer { leave() }
    switch step {
    case .raw: return try data.take(count)
    case .empty where count == 0: return UnsafeRawBufferPointer(start: nil, count: 0)
    case .fill:
      let byte = try data.byte()
      try budget.take(count)
      let target = scratch.room(count)
      target.initializeMemory(as: UInt8.self, repeating: byte)
      return UnsafeRawBufferPointer(target)
    case .zlib, .zstd:
      let codec: ByteCodec = step == .zlib ? .zlib : .zstd
      let compressed = try data.take(try data.count(upTo: data.remaining, "the length of \(step.word) bytes"))
      try budget.take(count)
      let target = scratch.room(count)
      guard compressor.decompress(compressed, codec: codec, into: target) else {
        throw compressor.damaged(codec, compressed.count, count)
      }
      return UnsafeRawBufferPointer(target)
    default: throw misplaced(step, "bytes")
    }
  }

  /// The bytes a byte step gives, as an array.
  mutating func bytes(_ count: Int) throws(FormatError) -> [UInt8] { [UInt8](try borrowedBytes(count)) }
}
