internal import Hindcast

/// Figures as one line of JSON. Names are ours and need no escaping.
struct JSONLine {
  private var members: [String] = []

  mutating func add(_ name: String, _ value: Double) { members.append("\"\(name)\":\(value.isFinite ? value : 0)") }
  mutating func add(_ name: String, _ value: Int) { members.append("\"\(name)\":\(value)") }
  mutating func add(_ name: String, _ value: UInt64) { members.append("\"\(name)\":\(value)") }

  mutating func add(_ name: String, _ fields: [(String, Double)]) {
    var inner = JSONLine()
    for (name, value) in fields { inner.add(name, value) }
    members.append("\"\(name)\":\(inner.text)")
  }

  var text: String { "{\(members.joined(separator: ","))}" }
}

extension JSONLine {
  mutating func add(_ counters: HindcastClient.Counters) {
    add("logged", counters.logged)
    add("acknowledged", counters.acknowledged)
    add("dropped", counters.dropped)
    add("rejected", counters.rejected)
    add("acknowledged_blocks", counters.acknowledgedBlocks)
    add("acknowledged_bytes", counters.acknowledgedBytes)
    add("connections", counters.connections)
  }
}
