#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// How many processors are online; at least 1.
let processorCount = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
