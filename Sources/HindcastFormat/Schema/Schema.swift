/// The words of `block.proto` as Swift enums. Raw values are the wire's.

/// What the events of a block are facts about.
package enum EventKind: UInt8, Sendable, Hashable, CaseIterable {
  case prediction = 1
  case actual = 2
  case attribution = 3
  case assessment = 4
  case erasure = 5
  case loss = 6
}

package enum Environment: UInt8, Sendable, Hashable, CaseIterable {
  case production = 1
  case shadow = 2
  case validation = 3
  case training = 4
}

package enum ColumnRole: UInt8, Sendable, Hashable, CaseIterable {
  case id = 1
  case time = 2
  case feature = 3
  case output = 4
  case tag = 5
  case actual = 6
  case system = 7
}

package enum ColumnType: UInt8, Sendable, Hashable, CaseIterable {
  case bool = 1
  case int64 = 2
  case float32 = 3
  case float64 = 4
  case string = 5
  case bytes = 6
  /// Microseconds since 1970-01-01T00:00:00 UTC.
  case timestamp = 7
  case uuid = 8
  /// Float32, a fixed number of values a row.
  case vector = 9
  case stringList = 10
  case doubleList = 11
}

extension EventKind {
  /// `block.proto` asks for a time in every block of these; other kinds may go without.
  package var alwaysHasTime: Bool { self == .prediction || self == .actual }

  /// Whether a server takes blocks of this kind with a time only.
  package var arrivesWithTime: Bool { alwaysHasTime || self == .loss }

  /// Whether a block of this kind has no times: a frame's header then has 0 for both.
  package func isUndated(minTime: Int64, maxTime: Int64) -> Bool { !alwaysHasTime && minTime == 0 && maxTime == 0 }

  /// The word users type and read: `prediction`, `actual`, ...
  package var word: String {
    switch self {
    case .prediction: "prediction"
    case .actual: "actual"
    case .attribution: "attribution"
    case .assessment: "assessment"
    case .erasure: "erasure"
    case .loss: "loss"
    }
  }
  package init?(word: some StringProtocol) {
    guard let found = Self.allCases.first(where: { $0.word == word }) else { return nil }
    self = found
  }

  /// The word for many of them.
  package var plural: String { self == .loss ? "losses" : word + "s" }
}

extension Environment {
  package var word: String {
    switch self {
    case .production: "production"
    case .shadow: "shadow"
    case .validation: "validation"
    case .training: "training"
    }
  }
  package init?(word: some StringProtocol) {
    guard let found = Self.allCases.first(where: { $0.word == word }) else { return nil }
    self = found
  }
}

extension ColumnRole {
  package var word: String {
    switch self {
    case .id: "id"
    case .time: "time"
    case .feature: "feature"
    case .output: "output"
    case .tag: "tag"
    case .actual: "actual"
    case .system: "system"
    }
  }
  package init?(word: some StringProtocol) {
    guard let found = Self.allCases.first(where: { $0.word == word }) else { return nil }
    self = found
  }
}

extension ColumnType {
  package var word: String {
    switch self {
    case .bool: "bool"
    case .int64: "int64"
    case .float32: "float32"
    case .float64: "float64"
    case .string: "string"
    case .bytes: "bytes"
    case .timestamp: "timestamp"
    case .uuid: "uuid"
    case .vector: "vector"
    case .stringList: "string_list"
    case .doubleList: "double_list"
    }
  }
}

/// Names that columns with a meaning of their own carry (see `block.proto`).
package enum ColumnName {
  package static let id = "id"
  package static let time = "time"
  // outputs and actuals
  package static let label = "label"
  package static let score = "score"
  package static let value = "value"
  // system columns of predictions
  package static let subject = "subject"
  package static let inclusionProbability = "inclusion_probability"
  package static let latencyMicroseconds = "latency_us"
  package static let status = "status"
  package static let error = "error"
  package static let traceID = "trace_id"
  package static let group = "group"
  package static let requestID = "request_id"
  // system columns of actuals
  package static let revision = "revision"
  package static let retracted = "retracted"
  package static let weight = "weight"
  package static let source = "source"
  // system columns of loss reports
  package static let reason = "reason"
  package static let lostKind = "lost_kind"
  package static let count = "count"
  package static let bytes = "bytes"
  package static let firstTime = "first_time"
  package static let lastTime = "last_time"
  /// System column that compaction adds: the position of the journal frame a row came in.
  package static let position = "position"
}

/// What events are filed under: one kind of one version of a model in one environment.
package struct StreamKey: Sendable, Hashable {
  package var kind: EventKind
  package var model: String
  package var version: String
  package var environment: Environment

  package init(kind: EventKind, model: String, version: String, environment: Environment) {
    self.kind = kind
    self.model = model
    self.version = version
    self.environment = environment
  }
}
