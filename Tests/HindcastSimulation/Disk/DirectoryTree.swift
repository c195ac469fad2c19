internal import HindcastStorage

/// The names of a simulated disk, twice: as processes see them, and as they would be found after a power loss. A creation,
/// rename or removal is durable only when a directory that it changed was synced; until then it survives whole or not at
/// all, and independently of any other. Syncing a file says nothing about its name.
struct DirectoryTree {
  enum Node: Hashable {
    case file(Int)
    case directory(Int)
  }

  private struct Place: Hashable {
    var directory: Int
    var name: String
  }

  /// A creation adds, a removal removes, a rename does both.
  private struct Change {
    var node: Node
    var removed: Place?
    var added: Place?

    func touches(_ directory: Int) -> Bool { removed?.directory == directory || added?.directory == directory }
  }

  private struct Names {
    var live: [String: Node] = [:]
    var durable: [String: Node] = [:]
  }

  private static let top = 0
  private var directories: [Int: Names] = [top: Names()]
  /// Not synced, in the order in which they were made.
  private var changes: [Change] = []

  // MARK: What processes see and do

  /// nil: there is nothing of that name. Throws `.notADirectory` if a part of the path is a file.
  func node(_ path: String, _ operation: String) throws(DiskError) -> Node? {
    var node = Node.directory(Self.top)
    for name in path.split(separator: "/") {
      guard case .directory(let directory) = node else { throw .simulated(.notADirectory, path, operation) }
      guard let next = directories[directory]!.live[String(name)] else { return nil }
      node = next
    }
    return node
  }

  func names(_ path: String, _ operation: String) throws(DiskError) -> [String] {
    Array(directories[try directory(path, operation)]!.live.keys).sorted()
  }

  mutating func add(_ node: Node, _ path: String, _ operation: String) throws(DiskError) {
    if case .directory(let id) = node, directories[id] == nil { directories[id] = Names() }
    apply(Change(node: node, removed: nil, added: try place(path, operation)))
  }

  mutating func remove(_ path: String, _ operation: String) throws(DiskError) {
    guard let node = try node(path, operation) else { throw .simulated(.notFound, path, operation) }
    guard case .file = node else { throw .simulated(.other, path, operation) }
    apply(Change(node: node, removed: try place(path, operation), added: nil))
  }

  /// Replaces what has the new name.
  mutating func rename(_ from: String, to: String, _ operation: String) throws(DiskError) {
    guard let node = try node(from, operation) else { throw .simulated(.notFound, from, operation) }
    if case .directory = try self.node(to, operation) { throw .simulated(.exists, to, operation) }
    apply(Change(node: node, removed: try place(from, operation), added: try place(to, operation)))
  }

  mutating func sync(_ path: String, _ operation: String) throws(DiskError) {
    let directory = try directory(path, operation)
    for change in changes where change.touches(directory) { Self.apply(change, to: \.durable, of: &directories) }
    changes.removeAll { $0.touches(directory) }
  }

  // MARK: What happens to machines

  mutating func losePower(_ survival: Survival, _ random: inout SimulationRandom) {
    let cut = random.number(below: changes.count + 1)
    for (index, change) in changes.enumerated() {
      let survives =
        switch survival {
        case .nothing: false
        case .everything: true
        case .prefix: index < cut
        case .independent(let percent): random.chance(percent: percent)
        }
      if survives { Self.apply(change, to: \.durable, of: &directories) }
    }
    changes = []
    for id in directories.keys { directories[id]!.live = directories[id]!.durable }
  }

  /// Every file by its path, as processes see them; sorted by path.
  var files: [(path: String, file: Int)] {
    var found: [(path: String, file: Int)] = []
    func walk(_ directory: Int, _ path: String) {
      for (name, node) in directories[directory]!.live {
        switch node {
        case .file(let id): found.append(("\(path)/\(name)", id))
        case .directory(let id): walk(id, "\(path)/\(name)")
        }
      }
    }
    walk(Self.top, "")
    return found.sorted { $0.path < $1.path }
  }

  // MARK: Details

  private func directory(_ path: String, _ operation: String) throws(DiskError) -> Int {
    switch try node(path, operation) {
    case .directory(let id): return id
    case .file: throw .simulated(.notADirectory, path, operation)
    case nil: throw .simulated(.notFound, path, operation)
    }
  }

  private func place(_ path: String, _ operation: String) throws(DiskError) -> Place {
    let slash = path.lastIndex(of: "/") ?? path.startIndex
    let name = String(path[slash...].drop { $0 == "/" })
    return Place(directory: try directory(String(path[..<slash]), operation), name: name)
  }

  private mutating func apply(_ change: Change) {
    Self.apply(change, to: \.live, of: &directories)
    changes.append(change)
  }

  private static func apply(
    _ change: Change, to side: WritableKeyPath<Names, [String: Node]>, of directories: inout [Int: Names]
  ) {
    if let removed = change.removed, directories[removed.directory]![keyPath: side][removed.name] == change.node {
      directories[removed.directory]![keyPath: side][removed.name] = nil
    }
    if let added = change.added { directories[added.directory]![keyPath: side][added.name] = change.node }
  }
}
