@testable import HindcastReplay

/// Reads a Delta table as its protocol says a reader does: the log from its beginning, then the files it names. Without a
/// log there is no version and no row.
struct DeltaTableReader {
  let path: String
  /// The actions of each version.
  private(set) var versions: [[JSONValue]] = []

  init(_ path: String) throws {
    self.path = path
    guard try Posix.information("\(path)/_delta_log") != nil else { return }
    for name in try Posix.names(in: "\(path)/_delta_log") where name.hasSuffix(".json") {
      let text = try Posix.readAll("\(path)/_delta_log/\(name)")
      versions.append(try text.split(separator: 10).map { try JSONParser.parse($0, source: name) })
    }
  }

  var adds: [JSONValue] { versions.joined().compactMap { $0["add"] } }
  var metadata: JSONValue? { versions.joined().compactMap { $0["metaData"] }.last }
  var transactions: [JSONValue] { versions.joined().compactMap { $0["txn"] } }

  var fields: [JSONValue] {
    guard let text = metadata?["schemaString"]?.string else { return [] }
    return (try? JSONParser.parse(text.utf8, source: "schema"))?["fields"]?.array ?? []
  }

  var columnNames: [String] { fields.compactMap { $0["name"]?.string } }

  /// A column over all files; null where a file lacks it.
  func column(_ name: String) throws -> [Cell] {
    try adds.flatMap { add -> [Cell] in
      let file = try ParquetReader("\(path)/\(add["path"]?.string ?? "")")
      guard file.bytes.count == add["size"]?.integer.map({ Int($0) }) else {
        throw DamagedBytes(description: "the log gives another size")
      }
      let has = file.chunks(0).contains { $0[3]?.list?.first?.text == name }
      return has ? try file.column(name) : Array(repeating: .null, count: file.rowCount)
    }
  }

  func texts(_ name: String) throws -> [String] {
    try column(name).map { if case .bytes(let bytes) = $0 { String(decoding: bytes, as: UTF8.self) } else { "null" } }
  }
}
