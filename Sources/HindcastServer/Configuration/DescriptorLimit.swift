internal import Logging

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// How many files and sockets the process may have open.
enum DescriptorLimit {
  /// Raises the soft limit to the hard one, which is what a process may do by itself. Returns what holds afterwards.
  static func raise() -> Int {
    #if canImport(Glibc)
      let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
      let resource = RLIMIT_NOFILE
    #endif
    var limit = rlimit()
    guard getrlimit(resource, &limit) == 0 else { return fallback }
    if limit.rlim_cur < limit.rlim_max {
      var raised = limit
      raised.rlim_cur = limit.rlim_max
      if setrlimit(resource, &raised) == 0 { limit = raised }
    }
    return Int(clamping: limit.rlim_cur)
  }

  private static let fallback = 1_024
}

extension ServerConfiguration {
  /// With no more connections than there are descriptors for, beside those of reads and of the log.
  func fittedToDescriptors() -> ServerConfiguration {
    let limit = DescriptorLimit.raise()
    let connections = max(1, limit - limits.readsMax - Self.logDescriptors)
    guard connections < limits.connectionsMax else { return self }
    logger.notice(
      "fewer connections than memory would hold, because of the limit on open files; see ulimit -n",
      metadata: ["connections": "\(connections)", "open files": "\(limit)"])
    var fitted = self
    fitted.limits.connectionsMax = connections
    return fitted
  }

  /// Segments, archives and the manifest while they are written, event loops, and the standard streams.
  private static let logDescriptors = 128
}
