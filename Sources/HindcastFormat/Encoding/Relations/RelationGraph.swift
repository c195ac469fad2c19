/// Which columns of a block are computed from which. Never in a circle, and never through more than a reader follows.
struct RelationGraph {
  private var sources: [[Int]]

  init(count: Int) { sources = [[Int]](repeating: [], count: count) }

  init(sources: [[Int]]) { self.sources = sources }

  /// The first column that is computed in a circle, or through more others than a reader follows.
  var firstBeyondReach: Int? {
    sources.indices.first { depth(of: $0, within: RelatedColumns.depthMax) == nil }
  }

  /// Whether the column is computed from others.
  func follows(_ target: Int) -> Bool { !sources[target].isEmpty }

  /// Whether the target may be computed from these, instead of from what it is computed from now.
  func mayFollow(_ target: Int, from places: [Int]) -> Bool {
    var graph = self
    graph.set(target, follows: places)
    return graph.firstBeyondReach == nil
  }

  mutating func set(_ target: Int, follows places: [Int]) { sources[target] = places }

  /// Over how many others the column is computed at most; nil: over more than that, or in a circle.
  private func depth(of column: Int, within limit: Int) -> Int? {
    guard limit >= 0 else { return nil }
    var depth = 0
    for source in sources[column] {
      guard let below = self.depth(of: source, within: limit - 1) else { return nil }
      depth = max(depth, below + 1)
    }
    return depth
  }
}
