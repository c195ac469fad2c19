/// Named values of one event, in the order they were written: a dictionary literal that keeps its order.
///
/// Events whose fields come with the same names in the same order are logged fastest. An event that names one field
/// twice is rejected.
public struct Fields: Sendable, ExpressibleByDictionaryLiteral {
  /// Names and values. Without labels: an array of labelled tuples would be made from the literal's by casting each.
  @usableFromInline var elements: [(String, Value)]

  /// Fields in the order of the literal.
  @inlinable public init(dictionaryLiteral elements: (String, Value)...) {
    self.elements = elements
  }

  /// No fields, with room for some.
  public init(minimumCapacity: Int = 0) {
    elements = []
    elements.reserveCapacity(minimumCapacity)
  }

  /// Fields made from a sequence of names and values.
  public init(_ elements: some Sequence<(String, Value)>) {
    self.elements = Array(elements)
  }

  /// Adds a field at the end.
  @inlinable public mutating func append(_ name: String, _ value: Value) {
    elements.append((name, value))
  }

  /// Empties it and keeps its memory, for services that fill the same fields again and again.
  @inlinable public mutating func removeAll() {
    elements.removeAll(keepingCapacity: true)
  }

  /// The number of fields.
  @inlinable public var count: Int { elements.count }

  /// The value of the first field with that name.
  public subscript(_ name: String) -> Value? {
    elements.first { $0.0 == name }?.1
  }
}
