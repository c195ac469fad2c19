/// What a stream's events are held to before they leave the process.
struct EventPolicy: Sendable {
  /// nil: every event is kept, and has no inclusion probability of ours.
  var sampling: Sampling?
  var privacy = Privacy()

  var isEmpty: Bool { sampling == nil && privacy.rules.isEmpty }
}
