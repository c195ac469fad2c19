internal import ArgumentParser
internal import HindcastStorage

/// `hindcast trim`: what need not be kept.
struct TrimOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Drop files whose newest event is older than this: 90d, 12h. Files of rows without a time have no age.",
      valueName: "duration"))
  var olderThan: DurationArgument?

  @Option(
    help: ArgumentHelp(
      "Drop the oldest files until journal and archive together have no more bytes than this, room kept ready aside.",
      valueName: "bytes"))
  var maxBytes: ByteCountArgument?

  @Flag(help: "Also drop journal segments that were never compacted.")
  var includeUncompacted = false

  @Flag(help: "Also drop what a named cursor still needs.")
  var ignoreCursors = false

  func validate() throws {
    guard olderThan != nil || maxBytes != nil else {
      throw ValidationError("Say what need not be kept: --older-than DURATION, --max-bytes BYTES, or both.")
    }
    if let olderThan, olderThan.microseconds == 0 { throw ValidationError("--older-than 0 would drop everything.") }
  }

  var policy: RetentionPolicy {
    var policy = RetentionPolicy(
      ageMax: olderThan?.microseconds, bytesMax: maxBytes.map { UInt64(clamping: $0.byteCount) })
    policy.includesUncompacted = includeUncompacted
    policy.ignoresCursors = ignoreCursors
    return policy
  }
}

/// `hindcast serve`: the same in the background.
struct RetainOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Keep files until their newest event is older than this (90d), then drop them. Default: keep for ever.",
      valueName: "duration"))
  var retainAge: DurationArgument?

  @Option(
    help: ArgumentHelp(
      "Drop the oldest files while journal and archive together have more bytes than this, room kept ready aside. Default: no bound.",
      valueName: "bytes"))
  var retainBytes: ByteCountArgument?

  @Flag(help: "Retention also drops journal segments that were never compacted.")
  var retainUncompacted = false

  @Flag(help: "Retention also drops what a named cursor still needs.")
  var retainIgnoringCursors = false

  func validate() throws {
    if retainAge == nil, retainBytes == nil, retainUncompacted || retainIgnoringCursors {
      throw ValidationError("Nothing is dropped without --retain-age or --retain-bytes.")
    }
    if let retainAge, retainAge.microseconds < 1_000_000 {
      throw ValidationError("--retain-age is at least one second.")
    }
  }

  /// nil: everything is kept.
  var policy: RetentionPolicy? {
    guard retainAge != nil || retainBytes != nil else { return nil }
    var policy = RetentionPolicy(
      ageMax: retainAge?.microseconds, bytesMax: retainBytes.map { UInt64(clamping: $0.byteCount) })
    policy.includesUncompacted = retainUncompacted
    policy.ignoresCursors = retainIgnoringCursors
    return policy
  }
}
