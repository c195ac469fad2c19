internal import ArgumentParser

@main
struct HindcastCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hindcast", abstract: "Record what models predicted in production, and judge it later.")
}
