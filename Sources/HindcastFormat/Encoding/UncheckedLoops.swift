/// The hot loops over values, without bounds checks: this file and the others called `Unchecked` are the only ones of the
/// module where that is allowed.
///
/// Every function states what its caller has established; `precondition`s restate it once a call, outside the loop.
/// Loads and stores are little-endian and may be unaligned.
enum UncheckedLoops {
  /// Smallest and largest value. `values` is not empty.
  static func bounds(_ values: UnsafeBufferPointer<Int64>) -> (min: Int64, max: Int64) {
    precondition(!values.isEmpty)
    var low = values[0]
    var high = values[0]
    for value in values {
      low = value < low ? value : low
      high = value > high ? value : high
    }
    return (low, high)
  }

  /// Appends `values[i] - base`, `width` bits each, least significant first. Every difference fits in `width` (0...64).
  static func packBits(_ values: UnsafeBufferPointer<Int64>, base: Int64, width: Int, to output: inout [UInt8]) {
    precondition(width >= 0 && width <= 64)
    guard width > 0, !values.isEmpty else { return }
    let byteCount = packedByteCount(values.count, width: width)
    let start = output.count
    // Room for a whole word behind the last byte, so that the loop stores words only.
    output.append(contentsOf: repeatElement(0, count: byteCount + 8))
    output.withUnsafeMutableBytes { buffer in
      var target = buffer.baseAddress! + start
      var pending: UInt64 = 0
      var filled: UInt64 = 0
      let width = UInt64(width)
      for value in values {
        let bits = UInt64(bitPattern: value &- base)
        pending |= bits &<< filled
        filled &+= width
        if filled >= 64 {
          target.storeBytes(of: pending.littleEndian, as: UInt64.self)
          target += 8
          filled &-= 64
          // `>>` gives 0 for a shift of 64, which is what a value that ended exactly at the word leaves.
          pending = bits >> (width &- filled)
        }
      }
      if filled > 0 { target.storeBytes(of: pending.littleEndian, as: UInt64.self) }
    }
    output.removeLast(8)
  }

  static func packedByteCount(_ count: Int, width: Int) -> Int { (count * width + 7) / 8 }

  /// The inverse of `packBits`. `packed` holds exactly the bytes of `count` values.
  static func unpackBits(_ packed: UnsafeRawBufferPointer, base: Int64, width: Int, count: Int) -> [Int64] {
    precondition(width >= 1 && width <= 64 && packed.count == packedByteCount(count, width: width))
    return [Int64](unsafeUninitializedCapacity: count) { values, initialized in
      let mask = width == 64 ? ~UInt64(0) : (UInt64(1) << UInt64(width)) - 1
      // Values whose eight (or, over 56 bits, nine) bytes lie inside the input.
      let reach = width > 56 ? 9 : 8
      let safe = packed.count < reach ? 0 : min(count, (packed.count - reach) * 8 / width + 1)
      var bit = 0
      if width <= 56 {
        for index in 0..<safe {
          let word = UInt64(littleEndian: packed.loadUnaligned(fromByteOffset: bit &>> 3, as: UInt64.self))
          values[index] = base &+ Int64(bitPattern: (word &>> UInt64(bit & 7)) & mask)
          bit &+= width
        }
      } else {
        for index in 0..<safe {
          let word = UInt64(littleEndian: packed.loadUnaligned(fromByteOffset: bit &>> 3, as: UInt64.self))
          let shift = UInt64(bit & 7)
          let next = UInt64(packed[(bit &>> 3) &+ 8])
          values[index] = base &+ Int64(bitPattern: ((word &>> shift) | ((next &<< 1) &<< (63 &- shift))) & mask)
          bit &+= width
        }
      }
      for index in safe..<max(safe, count) {
        values[index] = base &+ Int64(bitPattern: bits(packed, at: bit, width: width) & mask)
        bit &+= width
      }
      initialized = count
    }
  }

  /// `width` bits from bit `start` on, bytes beyond the end read as zero.
  static func bits(_ packed: UnsafeRawBufferPointer, at start: Int, width: Int) -> UInt64 {
    var value: UInt64 = 0
    var shift = -(start & 7)
    var index = start >> 3
    while shift < width, index < packed.count {
      let byte = UInt64(packed[index])
      value |= shift < 0 ? byte >> UInt64(-shift) : byte << UInt64(shift)
      shift += 8
      index += 1
    }
    return value
  }

  /// Byte `plane` of every `values[i] - base`, into `target`, which holds as many bytes as there are values.
  static func splitPlane(
    _ values: UnsafeBufferPointer<Int64>, base: Int64, plane: Int, into target: UnsafeMutableRawBufferPointer
  ) {
    precondition(target.count == values.count && plane >= 0 && plane < 8)
    let shift = UInt64(plane * 8)
    for index in 0..<values.count {
      target[index] = UInt8(truncatingIfNeeded: UInt64(bitPattern: values[index] &- base) &>> shift)
    }
  }

  /// Adds a byte plane onto values: the inverse of `splitPlane`. As many bytes as values.
  static func addPlane(_ bytes: UnsafeRawBufferPointer, plane: Int, to values: inout [Int64]) {
    precondition(bytes.count == values.count && plane >= 0 && plane < 8)
    let shift = UInt64(plane * 8)
    values.withUnsafeMutableBufferPointer { values in
      for index in 0..<values.count {
        values[index] = values[index] &+ Int64(bitPattern: UInt64(bytes[index]) &<< shift)
      }
    }
  }

  /// Each value becomes the sum of `first` and all values up to it, modulo 2^64; `first` itself stands before them.
  static func prefixSums(first: Int64, _ deltas: [Int64]) -> [Int64] {
    [Int64](unsafeUninitializedCapacity: deltas.count + 1) { values, initialized in
      var sum = first
      values[0] = first
      deltas.withUnsafeBufferPointer { deltas in
        for index in 0..<deltas.count {
          sum = sum &+ deltas[index]
          values[index &+ 1] = sum
        }
      }
      initialized = deltas.count + 1
    }
  }

  /// `entries[codes[i]]` for every row; nil if a code is not an index of `entries`.
  static func lookUp(_ entries: [Int64], codes: [Int64]) -> [Int64]? {
    var allInside = true
    let values = [Int64](unsafeUninitializedCapacity: codes.count) { values, initialized in
      entries.withUnsafeBufferPointer { entries in
        codes.withUnsafeBufferPointer { codes in
          let limit = UInt64(entries.count)
          for index in 0..<codes.count {
            let code = UInt64(bitPattern: codes[index])
            guard code < limit else {
              allInside = false
              return
            }
            values[index] = entries[Int(truncatingIfNeeded: code)]
          }
        }
      }
      initialized = allInside ? codes.count : 0
    }
    return allInside ? values : nil
  }

  /// Each code becomes `table[code]`. All of them are indexes of `table`.
  static func replace(_ codes: inout [Int64], with table: [Int64]) {
    guard let found = lookUp(table, codes: codes) else { preconditionFailure("a code outside of its table") }
    codes = found
  }

  /// `map` of every element, without the checks and the growing of `Array.map`.
  @inline(__always)
  static func map<From: BitwiseCopyable, To: BitwiseCopyable>(
    _ values: UnsafeBufferPointer<From>, _ transform: (From) -> To
  ) -> [To] {
    [To](unsafeUninitializedCapacity: values.count) { target, initialized in
      for index in 0..<values.count { target.initializeElement(at: index, to: transform(values[index])) }
      initialized = values.count
    }
  }
}

extension UncheckedLoops {
  /// `transform` of `values`; what are `rows` rows of `columns` becomes columns first.
  @inline(__always)
  static func transposed<From: BitwiseCopyable, To: BitwiseCopyable>(
    _ values: [From], rows: Int, columns: Int, _ transform: (From) -> To
  ) -> [To] {
    precondition(values.count == rows * columns)
    // So many rows at a time that they stay in the cache while each of their columns is gone through.
    let step = max(16, 8_192 / max(columns, 1))
    return [To](unsafeUninitializedCapacity: values.count) { target, initialized in
      values.withUnsafeBufferPointer { values in
        for first in stride(from: 0, to: rows, by: step) {
          let end = min(first &+ step, rows)
          for column in 0..<columns {
            for row in first..<end {
              target.initializeElement(
                at: column &* rows &+ row, to: transform(values[row &* columns &+ column]))
            }
          }
        }
      }
      initialized = values.count
    }
  }
}

extension UncheckedLoops {
  /// `values[i + 1] - values[i]`, modulo 2^64. `values` is not empty.
  static func differences(_ values: UnsafeBufferPointer<Int64>) -> [Int64] {
    precondition(!values.isEmpty)
    return [Int64](unsafeUninitializedCapacity: values.count - 1) { target, initialized in
      for index in 0..<values.count - 1 { target[index] = values[index + 1] &- values[index] }
      initialized = values.count - 1
    }
  }

  /// Smallest and largest difference of neighbours. At least two values.
  static func differenceBounds(_ values: UnsafeBufferPointer<Int64>) -> (min: Int64, max: Int64) {
    precondition(values.count > 1)
    var low = Int64.max
    var high = Int64.min
    for index in 0..<values.count - 1 {
      let difference = values[index + 1] &- values[index]
      low = difference < low ? difference : low
      high = difference > high ? difference : high
    }
    return (low, high)
  }

  /// How many values differ from the one before.
  static func changeCount(_ values: UnsafeBufferPointer<Int64>) -> Int {
    var changes = 0
    for index in 1..<max(values.count, 1) { changes &+= values[index] != values[index - 1] ? 1 : 0 }
    return changes
  }

  /// The lengths between ascending offsets.
  static func lengths(_ offsets: [UInt32]) -> [Int64] {
    precondition(!offsets.isEmpty)
    return [Int64](unsafeUninitializedCapacity: offsets.count - 1) { target, initialized in
      offsets.withUnsafeBufferPointer { offsets in
        for index in 0..<offsets.count - 1 { target[index] = Int64(offsets[index + 1]) &- Int64(offsets[index]) }
      }
      initialized = offsets.count - 1
    }
  }
}

extension UncheckedLoops {
  /// `width` values for each of these rows, in this order. Traps unless every row exists.
  static func gather<T: BitwiseCopyable>(_ values: [T], _ rows: [Int], width: Int) -> [T] {
    let limit = UInt(values.count / width)
    return [T](unsafeUninitializedCapacity: rows.count * width) { target, initialized in
      values.withUnsafeBufferPointer { values in
        rows.withUnsafeBufferPointer { rows in
          guard let base = values.baseAddress, let out = target.baseAddress else { return precondition(rows.isEmpty) }
          var allInside = true
          if width == 1 {
            for index in 0..<rows.count {
              let row = rows[index]
              // A row that does not exist reads the first, and traps below.
              let inside = UInt(bitPattern: row) < limit
              allInside = allInside && inside
              (out + index).initialize(to: values[inside ? row : 0])
            }
          } else {
            for index in 0..<rows.count {
              precondition(UInt(bitPattern: rows[index]) < limit, "no such row")
              (out + index &* width).initialize(from: base + rows[index] &* width, count: width)
            }
          }
          precondition(allInside, "no such row")
        }
      }
      initialized = rows.count * width
    }
  }

  /// The lengths of these strings or lists. Traps unless every row exists.
  static func gatherLengths(_ offsets: [UInt32], _ rows: [Int]) -> [UInt32] {
    let limit = UInt(offsets.count - 1)
    return [UInt32](unsafeUninitializedCapacity: rows.count) { target, initialized in
      offsets.withUnsafeBufferPointer { offsets in
        rows.withUnsafeBufferPointer { rows in
          for index in 0..<rows.count {
            let row = rows[index]
            precondition(UInt(bitPattern: row) < limit, "no such row")
            target[index] = offsets[row &+ 1] &- offsets[row]
          }
        }
      }
      initialized = rows.count
    }
  }

  /// Running sums from 0 on, one more than there are lengths. Traps over 32 bits.
  static func prefixSums(_ lengths: [UInt32]) -> [UInt32] {
    [UInt32](unsafeUninitializedCapacity: lengths.count + 1) { sums, initialized in
      var sum: UInt32 = 0
      sums[0] = 0
      lengths.withUnsafeBufferPointer { lengths in
        for index in 0..<lengths.count {
          sum += lengths[index]
          sums[index &+ 1] = sum
        }
      }
      initialized = lengths.count + 1
    }
  }
}

extension UncheckedLoops {
  /// In the order of the eight bits from `shift` on, equal ones in the order they had. As many places as values.
  static func sortStably(_ values: [UInt64], into target: inout [UInt64], shift: Int) {
    precondition(values.count == target.count && shift >= 0 && shift < 64)
    var starts = [Int](repeating: 0, count: 257)
    values.withUnsafeBufferPointer { values in
      target.withUnsafeMutableBufferPointer { target in
        starts.withUnsafeMutableBufferPointer { starts in
          for value in values { starts[Int(value &>> UInt64(shift) & 255) &+ 1] &+= 1 }
          for digit in 0..<256 { starts[digit &+ 1] &+= starts[digit] }
          for value in values {
            let digit = Int(value &>> UInt64(shift) & 255)
            target[starts[digit]] = value
            starts[digit] &+= 1
          }
        }
      }
    }
  }
}
