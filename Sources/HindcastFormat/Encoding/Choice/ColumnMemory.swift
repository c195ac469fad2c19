/// One choice an encoder made on its way down a column's steps.
enum EncodingDecision: Equatable {
  case integers(IntegerShape)
  case float64(Float64Shape)
  case text(TextShape)
  /// Whether a byte step compresses.
  case bytes(compress: Bool)
}

enum IntegerShape: Equatable {
  case bitPacked
  /// Values of 1, 2 or 4 bits, several to a byte, or of 1, 2, 4 or 8 bytes, for a compressor to see.
  case packedForCompression
  case bytePlanes
  case delta
  case dictionary
  case runs
  case multiples
  case tokens(TokenKind)

  /// Those with integers below them.
  static let composites: [IntegerShape] = [.delta, .dictionary, .runs, .multiples]

  /// How wide values are then that have `width` bits.
  static func widthForCompression(_ width: Int) -> Int { [1, 2, 4, 8, 16, 32].first { $0 >= width } ?? 64 }

  func mayStand(under parents: [IntegerShape], _ compositesMax: Int) -> Bool {
    !Self.composites.contains(self) || (parents.count < compositesMax && !parents.contains(self))
  }
}

enum Float64Shape: Equatable {
  case decimal(exponent: Int)
  case float32
  case ordered
}

enum TextShape: Equatable { case plain, dictionary, integers, uuids }

/// The choices for one column, in the order in which encoding comes to them, kept from block to block.
///
/// A remembered choice is only ever a shortcut: when it does not fit a block, it and those after it are made anew, and
/// every so many blocks all are. Readers need to know nothing of it.
struct ColumnMemory {
  private var decisions: [EncodingDecision] = []
  private var next = 0
  private var age = 0
  /// Encoded bytes for a thousand rows when the choices were made.
  private var bytesPerThousandRows = 0

  private static let ageMax = 32

  /// Starts a block: forgets what is due for another look.
  mutating func begin() {
    next = 0
    age += 1
    if age > Self.ageMax {
      decisions.removeAll(keepingCapacity: true)
      age = 0
    }
  }

  /// Ends a block: choices that serve this column a fifth worse than they did at first are made anew in the next.
  mutating func end(byteCount: Int, rowCount: Int) {
    let rate = byteCount * 1_000 / max(rowCount, 1)
    if age == 0 || bytesPerThousandRows == 0 {
      bytesPerThousandRows = rate
    } else if rate > bytesPerThousandRows + bytesPerThousandRows / 5 {
      age = Self.ageMax
    }
  }

  /// The choice that was made here the last time, if `fits` agrees; otherwise what `choose` says, which is kept.
  mutating func decide(
    fits: (EncodingDecision) -> Bool, choose: () -> EncodingDecision
  ) -> EncodingDecision {
    if next < decisions.count, fits(decisions[next]) {
      next += 1
      return decisions[next - 1]
    }
    return replace(from: next, with: choose())
  }

  /// Corrects the choice that was just made.
  mutating func correct(to decision: EncodingDecision) { _ = replace(from: next - 1, with: decision) }

  private mutating func replace(from index: Int, with decision: EncodingDecision) -> EncodingDecision {
    decisions.removeLast(decisions.count - index)
    decisions.append(decision)
    next = decisions.count
    return decision
  }
}
