import GRPCCore
import HindcastFormat
import HindcastServer
import HindcastStorage
import HindcastWire
import Testing

/// Retention and cursors, over sockets.
@Suite struct RetentionTests {
  /// Asks again until something is as it shall be, or some seconds are over.
  private func eventually(_ isDone: () async throws -> Bool) async throws -> Bool {
    for _ in 0..<400 {
      if try await isDone() { return true }
      try await Task.sleep(for: .milliseconds(25))
    }
    return false
  }

  private func set(_ client: TestClient, _ request: SetCursorRequest) async throws -> NamedCursor {
    let response: SetCursorResponse = try await client.unary(HindcastMethods.setCursor, request)
    return response.cursor
  }

  /// A block of 10 rows at each position from 1 on, each in an archive file of its own.
  private func fill(_ client: TestClient, blocks: Int) async throws {
    for block in 0..<blocks {
      let position = try await client.put(AppendRequest(try SampleBlocks.encoded(first: block * 10))).position
      #expect(try await eventually { try await client.status().compactedPosition == position })
    }
  }

  @Test("the server drops what is old once a cursor lets it, and tells readers and Status")
  func background() async throws {
    let recorder = LogLines()
    try await withServer {
      $0.compaction = CompactionSchedule(interval: .milliseconds(100))
      // The sample's events are of 1970.
      $0.retention = RetentionSchedule(policy: RetentionPolicy(ageMax: 86_400_000_000), interval: .milliseconds(50))
      $0.logger = recorder.logger
    } _: { client, _ in
      // A single file stays whatever its age, so the model is known.
      try await fill(client, blocks: 1)
      let cursor = try await set(client, SetCursorRequest(name: "tables", position: 0, model: "loan"))
      #expect(cursor.name == "tables" && cursor.position == 0 && cursor.model == "loan" && cursor.time > 0)
      for first in [10, 20] {
        let position = try await client.put(AppendRequest(try SampleBlocks.encoded(first: first))).position
        #expect(try await eventually { try await client.status().compactedPosition == position })
      }
      #expect(try await eventually { recorder.has("retention is held back: the cursor tables has not got all of it") })
      var status = try await client.status()
      #expect(status.archiveFiles == 3 && status.trimmed.isEmpty && status.cursors.map(\.name) == ["tables"])
      #expect(try await client.read(ReadRequest(ReadQuery())).count == 4)

      _ = try await set(client, SetCursorRequest(name: "tables", position: 2, model: "loan"))
      #expect(try await eventually { try await client.status().archiveFiles == 1 })
      status = try await client.status()
      #expect(status.trimmed.map(\.model) == ["loan"] && status.trimmed.map(\.rows) == [20])
      #expect(status.trimmed.map(\.times) == [0...19_000_000] && status.trimmed.map(\.positions) == [1...2])
      #expect(status.firstPosition == 3 && status.gaps.isEmpty)
      #expect(try await client.counter("trimmed_rows") == 20)
      #expect(try await client.counter("trimmed_files") == 2)
      #expect(recorder.has("retention dropped files"))

      var gaps: [ReadGap] = []
      var positions: [UInt64] = []
      for item in try await client.read(ReadRequest(ReadQuery())) {
        switch item {
        case .gap(let gap): gaps.append(gap)
        case .block(let block): positions.append(block.position)
        case .reached: break
        }
      }
      #expect(positions == [3])
      #expect(
        gaps == [
          ReadGap(
            positions: 1...2, reason: "retention dropped 20 rows in 2 files", kind: .trimmed, model: "loan",
            times: 0...19_000_000)
        ])
      var later = ReadQuery()
      later.fromPosition = 3
      #expect(try await client.read(ReadRequest(later)).count == 2)
      // A reader that follows is told once.
      try await client.stream(HindcastMethods.read, ReadRequest(ReadQuery(), follows: true)) {
        (messages: RPCAsyncSequence<StoredItem, any Error>) in
        var gapCount = 0
        for try await item in messages {
          if case .gap = item { gapCount += 1 }
          if case .reached(3) = item { _ = try await client.putSample() }
          if case .reached(4) = item { break }
        }
        #expect(gapCount == 1)
      }
    }
  }

  @Test("a bound on bytes is kept while blocks come in")
  func bytes() async throws {
    try await withServer {
      $0.compaction = CompactionSchedule(interval: .milliseconds(100))
      $0.retention = RetentionSchedule(policy: RetentionPolicy(bytesMax: 4_000), interval: .milliseconds(50))
    } _: { client, _ in
      try await fill(client, blocks: 6)
      #expect(
        try await eventually {
          let status = try await client.status()
          return status.archiveBytes + status.journalBytes <= 4_000 && status.archiveFiles < 6
        })
      let status = try await client.status()
      #expect(status.archiveFiles >= 1)
      #expect(status.trimmed.first?.rows == 10 * (6 - status.archiveFiles))
    }
  }

  @Test("what a cursor may not do is refused with the status that fits, and says why")
  func refusals() async throws {
    let folder = TemporaryFolder()
    try await withServer(in: folder) { client, _ in
      for first in [0, 10, 20] { _ = try await client.put(AppendRequest(try SampleBlocks.encoded(first: first))) }
      _ = try await set(client, SetCursorRequest(name: "c", position: 2, model: "loan"))
      func refusal(_ request: SetCursorRequest) async -> RPCError? {
        await rpcError { _ = try await set(client, request) }
      }
      let back = await refusal(SetCursorRequest(name: "c", position: 1, model: "loan"))
      #expect(back?.code == .failedPrecondition && back?.message.contains("stands at position 2") == true)
      #expect(await refusal(SetCursorRequest(name: "c", position: 3))?.code == .failedPrecondition)
      #expect(await refusal(SetCursorRequest(name: "d", position: 4))?.code == .invalidArgument)
      #expect(await refusal(SetCursorRequest(name: "", position: 1))?.code == .invalidArgument)
      let unknown = await refusal(SetCursorRequest(name: "d", position: 1, model: "laon"))
      #expect(unknown?.code == .notFound && unknown?.message.contains("loan") == true)
      let reset = try await set(client, SetCursorRequest(name: "c", position: 1, resets: true))
      #expect(reset.position == 1 && reset.model == nil)
      let missing = await rpcError {
        let _: RemoveCursorResponse = try await client.unary(
          HindcastMethods.removeCursor, RemoveCursorRequest(name: "d"))
      }
      #expect(missing?.code == .notFound && missing?.message.contains("there are c") == true)
    }
    // Cursors survive the server.
    try await withServer(in: folder) { client, _ in
      #expect(try await client.status().cursors.map(\.position) == [1])
      let removed: RemoveCursorResponse = try await client.unary(
        HindcastMethods.removeCursor, RemoveCursorRequest(name: "c"))
      #expect(removed.cursor.position == 1)
      #expect(try await client.status().cursors.isEmpty)
    }
  }
}
