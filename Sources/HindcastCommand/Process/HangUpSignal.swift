internal import Dispatch

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// SIGHUP, which operators send to have files read again. While there is one of these it does not end the process.
struct HangUpSignal {
  private let source: any DispatchSourceSignal

  init(_ handle: @escaping @Sendable () -> Void) {
    signal(SIGHUP, SIG_IGN)
    source = DispatchSource.makeSignalSource(signal: SIGHUP, queue: DispatchQueue(label: "hindcast.hang-up"))
    source.setEventHandler { handle() }
    source.resume()
  }

  func stop() { source.cancel() }
}
