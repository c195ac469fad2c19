internal import CHindcastMemory

/// What the process keeps of memory that the server has let go of.
///
/// A block's buffers of some hundred KiB come and go between small allocations of streams that stay; malloc then keeps pages
/// that hold almost nothing. In ten minutes of random faults resident memory grew by 39 MiB a minute that way, though nothing
/// was held.
enum ProcessMemory {
  /// For the whole process, before its threads begin.
  static func keepLittle() { hindcast_memory_keep_little(Int32(arenas), mappedBytes) }

  static func giveBack() { hindcast_memory_give_back() }

  /// More threads than that seldom allocate at the same moment.
  private static let arenas = 4
  private static let mappedBytes = 128 << 10
}
