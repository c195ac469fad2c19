internal import CHindcastMemory

/// What the process keeps of memory that the server has let go of.
///
/// A block's buffers of some hundred KiB come and go between small allocations of streams that stay. The C library's malloc
/// then keeps pages that hold almost nothing: after ten minutes of peers that misbehave, 300 MiB for nobody. jemalloc gives
/// them back, and needs half as much meanwhile (`CHindcastMemory`).
package enum ProcessMemory {
  /// Of jemalloc; 0 where it is not in use.
  package static var arenas: Int { Int(hindcast_memory_arenas()) }
}
