internal import HindcastFormat

/// What a column of a table is filled from: a column of the log's blocks, or a part of where the row stands in the log.
///
/// The table's schema keeps it in the metadata of each column (`hindcast.role`, `hindcast.name`), so a column goes on
/// being filled from the same source whatever its name came to be.
struct DeltaColumnSource: Sendable, Hashable {
  /// A role's word, or `log` for what `LogColumn` names.
  var role: String
  var name: String
  var type: DeltaType

  init(role: String, name: String, type: DeltaType) {
    self.role = role
    self.name = name
    self.type = type
  }

  init(_ schema: ColumnSchema) { self.init(role: schema.role.word, name: schema.name, type: DeltaType(schema.type)) }

  static func log(_ column: LogColumn) -> DeltaColumnSource {
    DeltaColumnSource(role: logRole, name: column.rawValue, type: column == .position ? .long : .string)
  }

  static let logRole = "log"

  /// What every row has from the block it came in.
  enum LogColumn: String, CaseIterable {
    case model, version, environment, position
  }
}

/// How the columns of a table are called.
///
/// | of the log | in the table |
/// |---|---|
/// | id, time | `id`, `time` |
/// | what the block is filed under, and its position | `model`, `version`, `environment`, `position` |
/// | feature `x` | `feature_x` |
/// | output `x` (label, score, ...) | `output_x` |
/// | tag `x` | `tag_x` |
/// | actual `x` (label, value, ...) | `actual_x` |
/// | system column `x` (subject, latency_us, revision, ...) | `x` |
///
/// Characters that Delta or Parquet forbid in a name (space `,` `;` `{` `}` `(` `)` `=`, tab, line ends and other control
/// characters) become `_`. The first type that a column has in the log gets that name; a column of the same name and
/// another type gets the type's word behind it (`feature_x_string`), since Delta cannot change a column's type without
/// rewriting files. Engines compare names without regard to case: a column whose name is taken gets eight hexadecimal
/// digits of a hash of its role, name and type behind it (`feature_Amount_1b2c3d4e`).
enum DeltaColumnName {
  /// A name for `source` that is none of `taken` (in lower case). `isRetyped`: another type of the same column has one.
  static func make(_ source: DeltaColumnSource, isRetyped: Bool, taken: Set<String>) -> String {
    var name = prefix(source.role) + escaped(source.name)
    if isRetyped { name += "_" + source.type.suffix }
    guard taken.contains(name.lowercased()) else { return name }
    let hash = Checksum.xxh3("\(source.role):\(source.name):\(source.type.suffix)")
    let digits = String(UInt32(truncatingIfNeeded: hash), radix: 16)
    name += "_" + String(repeating: "0", count: 8 - digits.count) + digits
    // Only names that were made to collide get here.
    while taken.contains(name.lowercased()) { name += "_" }
    return name
  }

  static func escaped(_ name: String) -> String {
    var scalars = String.UnicodeScalarView()
    for scalar in name.unicodeScalars {
      let isForbidden = scalar.value < 0x20 || scalar.value == 0x7F || " ,;{}()=".unicodeScalars.contains(scalar)
      scalars.append(isForbidden ? "_" : scalar)
    }
    return String(scalars)
  }

  private static func prefix(_ role: String) -> String {
    switch ColumnRole(word: role) {
    case .feature, .output, .tag, .actual: role + "_"
    case .id, .time, .system, nil: ""
    }
  }
}
