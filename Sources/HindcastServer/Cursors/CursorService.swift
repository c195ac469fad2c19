internal import GRPCCore
internal import HindcastFormat
internal import HindcastStorage
internal import HindcastWire

/// `SetCursor` and `RemoveCursor`. `Status` lists them.
struct CursorService: Sendable {
  let core: ServerCore

  func register<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
    // An edit of the manifest waits for the disk.
    router.registerUnary(HindcastMethods.setCursor, gates: core.gates) { (request: SetCursorRequest) in
      try await core.reading.run { () throws(RPCError) in
        SetCursorResponse(
          cursor: try cursor { store throws(StorageError) in
            try store.setCursor(
              request.name, position: request.position, model: request.model, resetting: request.resets)
          })
      }
    }
    router.registerUnary(HindcastMethods.removeCursor, gates: core.gates) { (request: RemoveCursorRequest) in
      try await core.reading.run { () throws(RPCError) in
        RemoveCursorResponse(cursor: try cursor { store throws(StorageError) in try store.removeCursor(request.name) })
      }
    }
  }

  private func cursor(_ change: (LogStore) throws(StorageError) -> NamedCursor) throws(RPCError) -> NamedCursor {
    do throws(StorageError) { return try change(core.store) } catch { throw error.cursorError }
  }
}
