#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// How often the calling thread has taken memory from the heap. `tools/bench/sdk.d/c/allocations.c`, loaded before the C
/// library (`LD_PRELOAD`), counts; without it nothing does.
enum Allocations {
  typealias Count = @convention(c) () -> UInt64

  static let count: Count? = dlsym(nil, "thread_allocations").map { unsafeBitCast($0, to: Count.self) }
}
