/// One growing piece of memory that is used over and over: its bytes are valid until the next `room`.
final class ScratchBytes {
  private var memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)

  deinit { memory.deallocate() }

  /// At least `count` bytes, of undefined content, rebased to exactly `count`.
  func room(_ count: Int) -> UnsafeMutableRawBufferPointer {
    if memory.count < count {
      memory.deallocate()
      memory = .allocate(byteCount: max(count, 4_096), alignment: 16)
    }
    return UnsafeMutableRawBufferPointer(rebasing: memory[0..<count])
  }
}
