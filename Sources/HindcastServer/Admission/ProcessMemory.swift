internal import CHindcastMemory

/// What the process keeps of memory that the server has let go of.
///
/// A block's buffers of some hundred KiB come and go between small allocations of streams that stay; malloc then keeps pages
/// that hold almost nothing. `CHindcastMemory` tells it to keep little, before threads begin.
enum ProcessMemory {
  static func giveBack() { hindcast_memory_give_back() }
}
