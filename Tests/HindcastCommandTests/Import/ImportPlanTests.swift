import ArgumentParser
import HindcastFormat
import Testing

@testable import HindcastCommand

@Suite("Which column becomes what")
struct ImportPlanTests {
  let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func survey(_ csv: String) throws -> InputSurvey {
    var survey = InputSurvey()
    try survey.observe(CSVReader(ByteInput(directory.file("in.csv", csv)), start: []), onBad: { throw $0 })
    return survey
  }

  private func predictions(_ arguments: [String], _ csv: String) throws -> ImportPlan {
    let command = try ImportPredictions.parse(["--model", "m", "in.csv"] + arguments)
    var planner = try ImportPlanner(survey: survey(csv), forcedTypes: command.options.types)
    return try command.plan(&planner)
  }

  private static let csv = "id,timestamp,age,city,p,y\na,2026-01-01T00:00:00Z,3,Porto,0.5,1\n"

  @Test("columns that no option names become features, under their own names and in the order of the file")
  func rest() throws {
    let plan = try predictions(["--score", "p", "--label", "y"], Self.csv)
    #expect(plan.id == "id")
    #expect(plan.time == .column("timestamp", unit: nil))
    #expect(
      plan.fields == [
        .init(column: "p", group: .output, name: "score", type: .float64),
        .init(column: "y", group: .output, name: "label", type: .int64),
        .init(column: "age", group: .feature, name: "age", type: .int64),
        .init(column: "city", group: .feature, name: "city", type: .string),
      ])
    #expect(plan.unused.isEmpty)
  }

  @Test("with --features the other columns stay behind")
  func features() throws {
    let plan = try predictions(["--features", "age", "--tags", "city"], Self.csv)
    #expect(plan.fields.map(\.name) == ["city", "age"])
    #expect(plan.fields.map(\.group) == [.tag, .feature])
    #expect(plan.unused == ["p", "y"])
    #expect(
      plan.rows(of: ["id", "timestamp", "age", "p"]).map(\.use) == ["id", "time", "feature", "not imported"])
  }

  @Test("--leave leaves columns behind without naming all features")
  func leave() throws {
    #expect(try predictions(["--leave", "p,y"], Self.csv).fields.map(\.name) == ["age", "city"])
  }

  @Test("a forced type wins over the one that the values suggest")
  func forcedType() throws {
    let plan = try predictions(["--type", "age=string", "--features", "age"], Self.csv)
    #expect(plan.fields.map(\.type) == [.string])
  }

  @Test("a system column has its own type, whatever its values look like")
  func system() throws {
    let plan = try predictions(["--subject", "age", "--features", "city"], Self.csv)
    #expect(plan.fields.contains(.init(column: "age", group: .system, name: "subject", type: .string)))
  }

  @Test(
    "what cannot be is an error that names the column and what to do",
    arguments: [
      (["--score", "nope"], "no column 'nope' (--score). The columns are 'id', 'timestamp'"),
      (["--id", "nope"], "no column 'nope' (--id)"), (["--type", "nope=bool"], "no column 'nope' (--type)"),
      (["--score", "p", "--label", "p"], "'p' is given twice, in --score and in --label"),
      (["--time", "city"], "'city' cannot be the time: its values are of type string"),
      (["--time", "age"], "say what they count with --time-unit"), (["--time", "nope"], "no column 'nope' (--time)"),
    ])
  func errors(arguments: [String], words: String) throws {
    let error = #expect(throws: CommandError.self) { try predictions(arguments, Self.csv) }
    #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
  }

  @Test("predictions need a time: a column, or one moment for all")
  func time() throws {
    let csv = "id,x\na,1\n"
    #expect(throws: CommandError.self) { try predictions([], csv) }
    let moment = Int64(1_767_225_600_000_000)
    #expect(try predictions(["--time", "2026-01-01"], csv).time == .fixed(moment))
    #expect(try predictions(["--time", "x", "--time-unit", "s"], csv).time == .column("x", unit: .seconds))
  }

  @Test("the time of actuals is now, unless a column or a moment is given")
  func actuals() throws {
    let csv = "id,label,seen\na,1,2026-01-01\n"
    func plan(_ arguments: [String]) throws -> ImportPlan {
      let command = try ImportActuals.parse(["--model", "m", "--label", "label", "in.csv"] + arguments)
      var planner = try ImportPlanner(survey: survey(csv), forcedTypes: [])
      return try command.plan(&planner)
    }
    guard case .fixed(let now) = try plan([]).time else {
      Issue.record("not a moment")
      return
    }
    #expect(now > 1_767_225_600_000_000)
    #expect(try plan(["--time", "seen"]).time == .column("seen", unit: nil))
    #expect(try plan([]).unused == ["seen"])
    #expect(try plan([]).fields == [.init(column: "label", group: .actual, name: "label", type: .int64)])
  }

  @Test("numbers of seconds, milliseconds, microseconds and nanoseconds, before 1970 too, and none that overflows")
  func units() {
    #expect(TimeUnit.seconds.microseconds(Int64(2)) == 2_000_000)
    #expect(TimeUnit.milliseconds.microseconds(Int64(-1)) == -1_000)
    #expect(TimeUnit.nanoseconds.microseconds(Int64(1_999)) == 1)
    #expect(TimeUnit.nanoseconds.microseconds(Int64(-1)) == -1)
    #expect(TimeUnit.nanoseconds.microseconds(Int64(-1_000)) == -1)
    #expect(TimeUnit.nanoseconds.microseconds(Int64.min) == -9_223_372_036_854_776)
    #expect(TimeUnit.seconds.microseconds(Int64.max) == nil)
    #expect(TimeUnit.seconds.microseconds(1.5) == 1_500_000)
    #expect(TimeUnit.seconds.microseconds(1e300) == nil)
    #expect(TimeUnit.seconds.microseconds(Double.nan) == nil)
  }
}
