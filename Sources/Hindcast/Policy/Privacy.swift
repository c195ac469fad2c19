/// What is done to fields before they leave the process, so that what nobody needs to see is not sent in the first place.
///
/// ```swift
/// let privacy = Privacy(rules: [
///   .feature("email"): .drop, .subject: .hash(key: key), .feature("comment"): .truncate(characters: 40),
///   .feature("income"): .round(to: 1_000),
/// ])
/// let fraud = client.logger(model: "fraud", version: "3", privacy: privacy)
/// ```
public struct Privacy: Sendable {
  /// What is done to which field.
  public var rules: [FieldName: Action]

  /// Rules for fields by their names; without any, everything is sent as it is logged.
  public init(rules: [FieldName: Action] = [:]) { self.rules = rules }

  /// What is done to a field's values.
  public struct Action: Sendable {
    enum Kind: Sendable {
      case drop
      case hash(HashKey)
      case truncate(Int)
      case round(Double)
    }

    let kind: Kind

    /// Nothing of the field is sent, nor its name.
    public static let drop = Action(kind: .drop)

    /// In the place of a value goes the HMAC-SHA-256 (RFC 2104) of its text under the key, its first 16 bytes in
    /// hexadecimal: the same value gives the same text, and without the key nobody can try out values. Integers,
    /// booleans and moments are hashed by their decimal text, doubles by their shortest; of lists of text each element.
    /// Vectors and lists of numbers are not sent. The key should have 32 random bytes, and has to stay the same for as
    /// long as values are to be compared.
    public static func hash(key: [UInt8]) -> Action { Action(kind: .hash(HashKey(key))) }

    /// Of a text, and of each text in a list, only so many characters are sent. Values of other types are sent as they are.
    public static func truncate(characters: Int) -> Action { Action(kind: .truncate(max(0, characters))) }

    /// Numbers, also those of vectors and lists, are sent as the nearest multiple of `step`, halves away from zero. Steps
    /// that are not finite and greater than 0 change nothing.
    public static func round(to step: Double) -> Action { Action(kind: .round(step)) }
  }
}
