internal import ArgumentParser
internal import HindcastFormat

/// What the import commands share: the server, the files, and how they are read.
struct InputOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The server to send to. Port 7400 if none is given.", valueName: "host:port"))
  var server = "127.0.0.1:7400"

  @OptionGroup(title: "Options for the connection") var connection: ConnectionOptions

  @Option(help: ArgumentHelp("The model that the events are filed under.", valueName: "name"))
  var model: String

  @Option(name: .customLong("version"), help: ArgumentHelp("Its version. Default: not versioned.", valueName: "name"))
  var modelVersion = ""

  @Option(help: "Which world the predictions were made in.")
  var environment = HindcastFormat.Environment.production

  @Option(
    help: ArgumentHelp("The column that identifies a prediction; its actual carries the same.", valueName: "column"))
  var id = "id"

  @Option(help: ArgumentHelp("What the time column counts since 1970 UTC, if it holds numbers.", valueName: "unit"))
  var timeUnit: TimeUnit?

  @Option(
    name: .customLong("type"),
    help: ArgumentHelp(
      "A column's type, instead of the one its values suggest: bool, int64, float32, float64, timestamp, string, vector, string_list, double_list. May be given again for another column.",
      valueName: "column=type"))
  var types: [TypeAssignment] = []

  @Option(
    help: "How rows stand in the files. Default: by the file's name (.csv, .tsv, .jsonl, .ndjson), else by its content."
  )
  var format: InputFormat?

  @Option(help: ArgumentHelp("The character between the fields of CSV. Default: a comma.", valueName: "character"))
  var delimiter: String?

  @Option(
    name: .customLong("null"),
    help: ArgumentHelp(
      "A text that means no value in CSV, such as NA; an empty field always does. May be given again.",
      valueName: "text"))
  var nullTexts: [String] = []

  @Flag(help: "Pass over rows that cannot be read, and count them, instead of stopping at the first.")
  var skipBadRows = false

  @Option(
    help: ArgumentHelp("How long to wait for a server that does not answer before giving up.", valueName: "duration"))
  var patience = DurationArgument(seconds: 300)

  @Flag(help: "Print a summary as JSON on standard output; nothing on standard error but errors.")
  var json = false

  @Flag(name: .shortAndLong, help: "Print nothing but errors.")
  var quiet = false

  @Argument(help: ArgumentHelp("Files of CSV or JSON lines, gzip or not; - is standard input.", valueName: "file"))
  var files: [String]

  func validate() throws {
    if let delimiter, delimiter.utf8.count != 1 || "\"\r\n".contains(delimiter) {
      throw ValidationError("--delimiter must be one ASCII character that is no quote: --delimiter ';'")
    }
    if files.count(where: { $0 == ByteInput.standardInputName }) > 1 {
      throw ValidationError("Standard input can be read only once; give - one time.")
    }
    var seen: Set<String> = []
    for assignment in types where !seen.insert(assignment.column).inserted {
      throw ValidationError("--type is given twice for the column '\(assignment.column)'.")
    }
  }

  var reading: InputReading {
    InputReading(format: format, delimiter: delimiter?.utf8.first ?? UInt8(ascii: ","), nullTexts: nullTexts)
  }
}

/// The unit of times that are numbers.
enum TimeUnit: String, ExpressibleByArgument, CaseIterable {
  case seconds = "s"
  case milliseconds = "ms"
  case microseconds = "us"
  case nanoseconds = "ns"

  /// Microseconds since 1970 UTC, rounded down; nil beyond what 64 bits hold.
  func microseconds(_ count: Int64) -> Int64? {
    switch self {
    case .seconds: scaled(count, 1_000_000)
    case .milliseconds: scaled(count, 1_000)
    case .microseconds: count
    case .nanoseconds: count >= 0 ? count / 1_000 : (count + 1) / 1_000 - 1
    }
  }

  /// The same for a number with a fraction, rounded to the nearest.
  func microseconds(_ count: Double) -> Int64? {
    let scale: Double =
      switch self {
      case .seconds: 1e6
      case .milliseconds: 1e3
      case .microseconds: 1
      case .nanoseconds: 1e-3
      }
    return Int64(exactly: (count * scale).rounded())
  }

  private func scaled(_ count: Int64, _ scale: Int64) -> Int64? {
    let (product, isTooLarge) = count.multipliedReportingOverflow(by: scale)
    return isTooLarge ? nil : product
  }
}

/// `column=type`.
struct TypeAssignment: ExpressibleByArgument, Equatable {
  var column: String
  var type: ColumnType

  /// Types that the text of an input file can hold.
  private static let types: [ColumnType] = [
    .bool, .int64, .float32, .float64, .timestamp, .string, .vector, .stringList, .doubleList,
  ]

  init?(argument: String) {
    guard let equals = argument.lastIndex(of: "="), equals > argument.startIndex,
      let type = Self.types.first(where: { $0.word == argument[argument.index(after: equals)...] })
    else { return nil }
    column = String(argument[..<equals])
    self.type = type
  }
}
