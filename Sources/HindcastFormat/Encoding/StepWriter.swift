/// The growing tree and data of one column: the mirror of `StepReader`.
struct StepWriter {
  private(set) var tree: [UInt8] = []
  var data: [UInt8] = []

  mutating func begin(_ step: EncodingStep) {
    assert(!step.hasParameter)
    tree.append(step.rawValue)
  }

  mutating func begin(_ step: EncodingStep, parameter: Int) {
    assert(step.hasParameter)
    tree.append(step.rawValue)
    tree.append(UInt8(parameter))
  }

  /// Where both stand, so that an attempt can be taken back.
  struct Mark {
    fileprivate var tree: Int
    fileprivate var data: Int
  }

  var mark: Mark { Mark(tree: tree.count, data: data.count) }

  mutating func rewind(to mark: Mark) {
    tree.removeLast(tree.count - mark.tree)
    data.removeLast(data.count - mark.data)
  }

  mutating func removeAll() {
    tree.removeAll(keepingCapacity: true)
    data.removeAll(keepingCapacity: true)
  }
}
