package import CHindcastProto
package import HindcastFormat

/// How values are spread since the server started, such as `sync_microseconds`.
package struct HistogramSummary: WireMessage, Equatable {
  package static let coding = WireCoding(
    messageName: "Histogram", initialize: hindcast__v1__histogram__init, unpack: hindcast__v1__histogram__unpack,
    packedByteCount: hindcast__v1__histogram__get_packed_size, pack: hindcast__v1__histogram__pack)

  package var name: String
  /// Ascending; a count for each: of the values above the bound before and at most this one. The last also has all above.
  package var upperBounds: [UInt64]
  package var counts: [UInt64]
  package var sum: UInt64

  package init(name: String, upperBounds: [UInt64], counts: [UInt64], sum: UInt64) {
    self.name = name
    self.upperBounds = upperBounds
    self.counts = counts
    self.sum = sum
  }

  package init(_ view: Hindcast__V1__Histogram) throws(FormatError) {
    name = try view.name.utf8("histogram name")
    upperBounds = Array(UnsafeBufferPointer(start: view.upper_bounds, count: view.n_upper_bounds))
    counts = Array(UnsafeBufferPointer(start: view.counts, count: view.n_counts))
    sum = view.sum
    guard upperBounds.count == counts.count else {
      throw FormatError(.invalid, "histogram \(name) has \(upperBounds.count) bounds and \(counts.count) counts")
    }
  }

  package func fill(_ view: inout Hindcast__V1__Histogram, in arena: borrowing ProtobufArena) {
    view.name = arena.string(name)
    (view.n_upper_bounds, view.upper_bounds) = arena.words(upperBounds)
    (view.n_counts, view.counts) = arena.words(counts)
    view.sum = sum
  }

  package var count: UInt64 { counts.reduce(0, &+) }

  /// The bound of the bucket in which this share of the values, 0 to 1, is reached; nil if there are none.
  package func upperBound(ofShare share: Double) -> UInt64? {
    let wanted = share * Double(count)
    var seen: UInt64 = 0
    for (bound, count) in zip(upperBounds, counts) where count > 0 {
      seen &+= count
      if Double(seen) >= wanted { return bound }
    }
    return nil
  }
}
