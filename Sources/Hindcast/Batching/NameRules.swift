internal import HindcastFormat

/// The rules of `block.proto` for names, as far as the caller chooses them.
enum NameRules {
  static func problem(withField name: String) -> String? {
    if name.isEmpty { return "a field has an empty name; name it" }
    if name.utf8.count > Limits.columnNameBytesMax {
      return """
        the field name '\(name.prefix(64))...' has \(name.utf8.count) bytes; \(Limits.columnNameBytesMax) are allowed
        """
    }
    if hasControlCharacters(name) { return "the field name '\(name)' has control characters; leave them out" }
    return nil
  }

  static func problem(withModel model: String, version: String) -> String? {
    if model.isEmpty { return "the model's name is empty; name it" }
    if model.utf8.count > Limits.modelNameBytesMax {
      return "the model's name has \(model.utf8.count) bytes; \(Limits.modelNameBytesMax) are allowed"
    }
    if version.utf8.count > Limits.versionNameBytesMax {
      return
        "the version of model '\(model)' has \(version.utf8.count) bytes; \(Limits.versionNameBytesMax) are allowed"
    }
    if hasControlCharacters(model) || hasControlCharacters(version) {
      return "the name or version of model '\(model)' has control characters; leave them out"
    }
    return nil
  }

  private static func hasControlCharacters(_ text: String) -> Bool {
    text.unicodeScalars.contains { $0.properties.generalCategory == .control }
  }
}
