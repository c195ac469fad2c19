extension Task {
  /// Whether the task ends within the duration. Unlike a task group this does not wait for one that ignores its
  /// cancellation.
  func ends(within duration: Duration) async -> Bool {
    let (ends, continuation) = AsyncStream.makeStream(of: Bool.self)
    let waiting = Task<Void, Never> {
      _ = await result
      continuation.yield(true)
    }
    let timer = Task<Void, Never> {
      guard (try? await Task<Never, Never>.sleep(for: duration)) != nil else { return }
      continuation.yield(false)
    }
    defer {
      waiting.cancel()
      timer.cancel()
    }
    // Not cancelled with the caller: the way down has to be gone to its end.
    return await Task<Bool, Never> {
      for await hasEnded in ends { return hasEnded }
      return false
    }.value
  }
}
