internal import HindcastFormat

/// The fields of one event, by the role of their columns.
struct EventFields {
  typealias Group = [(String, Value)]

  var features: Group = []
  var outputs: Group = []
  var tags: Group = []
  var actuals: Group = []
  var system: Group = []
  /// An event that says nothing without a field in `actuals`.
  var needsActual = false
}

extension EventFields {
  /// Adds a system field that is there.
  mutating func addSystem(_ name: String, _ value: Value) {
    if value.storage != .null { system.append((name, value)) }
  }
}
