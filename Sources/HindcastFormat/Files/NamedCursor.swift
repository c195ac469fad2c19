/// A consumer's promise: it has everything up to a position. While the cursor stands, retention keeps what lies behind it.
package struct NamedCursor: Sendable, Equatable {
  package var name: String
  /// 0: nothing yet.
  package var position: UInt64
  /// nil: of all models.
  package var model: String?
  /// When it was set, microseconds since 1970 UTC.
  package var time: Int64

  package init(name: String, position: UInt64, model: String? = nil, time: Int64 = 0) {
    self.name = name
    self.position = position
    self.model = model
    self.time = time
  }

  /// Throws what is wrong with a name, which obeys the rules of a model's.
  package static func check(name: String) throws(FormatError) {
    try BlockValidation.check(name: name, "a cursor's name", 1...Limits.cursorNameBytesMax)
  }
}
