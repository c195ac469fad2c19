/// The steps an encoded column is made of. Raw values are what `proto/FORMAT.md` lists; a number is never reused.
///
/// A step makes values of one domain (integers, bytes, float64, ...) from its children, which are steps too, and from
/// bytes of its own. To add one: a case here, a file under `Steps`, a line in the domain's `switch`, a row in FORMAT.md.
/// Readers learn a step before writers use it.
enum EncodingStep: UInt8, CaseIterable {
  // Any domain.
  case empty = 0x00
  case nullable = 0x01
  case related = 0x02

  // Bytes.
  case raw = 0x10
  case fill = 0x11
  case zlib = 0x12
  case zstd = 0x13

  // Integers: 64 bits, arithmetic modulo 2^64.
  case constant = 0x20
  case bitPacked = 0x21
  case bytePlanes = 0x22
  case delta = 0x23
  case dictionary = 0x24
  case runs = 0x25
  case multiples = 0x26
  case tokens = 0x27

  // Floating point.
  case float32Ordered = 0x30
  case float64Ordered = 0x31
  case float64AsFloat32 = 0x32
  case float64AsDecimal = 0x33

  // Strings, uuids, vectors, lists.
  case textPlain = 0x40
  case textDictionary = 0x41
  case textIntegers = 0x42
  case textUUIDs = 0x43
  case uuidPlain = 0x48
  case uuidVersion7 = 0x49
  case vector = 0x50
  case list = 0x51

  // Values computed from other columns, under `related` at the root.
  case mapped = 0x60
  case arithmetic = 0x61
  case scaled = 0x62
  case offset = 0x63

  /// How people read it.
  var word: String {
    switch self {
    case .bitPacked: "bit_packed"
    case .bytePlanes: "byte_planes"
    case .float32Ordered: "ordered32"
    case .float64Ordered: "ordered64"
    case .float64AsFloat32: "float32"
    case .float64AsDecimal: "decimal"
    case .textPlain: "text"
    case .textDictionary: "text_dictionary"
    case .textIntegers: "text_integers"
    case .textUUIDs: "text_uuids"
    case .uuidPlain: "uuid"
    case .uuidVersion7: "uuid7"
    default: "\(self)"
    }
  }

  /// Whether a parameter byte follows the step's code in the tree.
  var hasParameter: Bool {
    switch self {
    case .bitPacked, .bytePlanes, .tokens, .float64AsDecimal, .arithmetic, .scaled: true
    default: false
    }
  }

  /// How people read a parameter.
  func parameterText(_ parameter: UInt8) -> String {
    guard self == .tokens, let kind = TokenKind(parameter: parameter) else { return "\(parameter)" }
    return switch kind {
    case .top(let shift): "\(shift)"
    case .logarithmic(let mantissa): "log \(mantissa)"
    }
  }

  /// How many children follow in the tree.
  func childCount(parameter: UInt8) -> Int {
    switch self {
    case .empty, .raw, .fill, .zlib, .zstd, .constant: 0
    case .bitPacked, .delta, .multiples, .float32Ordered, .float64Ordered, .float64AsFloat32, .textIntegers,
      .textUUIDs, .uuidPlain, .vector, .related, .offset:
      1
    case .nullable, .dictionary, .runs, .textPlain, .textDictionary, .uuidVersion7, .list, .arithmetic: 2
    case .float64AsDecimal, .mapped, .scaled: 3
    case .bytePlanes: Int(parameter)
    case .tokens: TokenKind.hasEscapes(parameter: parameter) ? 1 : 0
    }
  }

  static var tooMany: FormatError {
    FormatError(.overLimit, "there are more than \(Limits.stepsMax) encoding steps")
  }

  /// The step of a code in the tree, or what to tell the user of an older reader.
  init(code: UInt8) throws(FormatError) {
    guard let step = EncodingStep(rawValue: code) else {
      throw FormatError(.unsupported, "encoding step \(code) is not known to this reader; update hindcast")
    }
    self = step
  }
}

/// The tree of a column's steps as text: `nullable(bit_packed(1) > raw, decimal(2)(...))`.
enum StepDescription {
  static func text(tree: inout ByteCursor) throws(FormatError) -> String {
    var count = 0
    return try text(tree: &tree, depth: 0, count: &count)
  }

  private static func text(tree: inout ByteCursor, depth: Int, count: inout Int) throws(FormatError) -> String {
    guard depth < Limits.stepDepthMax else {
      throw FormatError(.overLimit, "encoding steps are nested deeper than \(Limits.stepDepthMax)")
    }
    count += 1
    guard count <= Limits.stepsMax else { throw EncodingStep.tooMany }
    let step = try EncodingStep(code: try tree.byte())
    let parameter = step.hasParameter ? try tree.byte() : 0
    var text = step.hasParameter ? "\(step.word)(\(step.parameterText(parameter)))" : step.word
    var children: [String] = []
    for _ in 0..<step.childCount(parameter: parameter) {
      children.append(try Self.text(tree: &tree, depth: depth + 1, count: &count))
    }
    if children.count == 1 { text += " > \(children[0])" }
    if children.count > 1 { text += "(\(children.joined(separator: ", ")))" }
    return text
  }
}
