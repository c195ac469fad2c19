internal import GRPCCore
internal import HindcastWire

/// `hindcast.v1.Hindcast`: the RPCs of `service.proto`.
struct HindcastService: RegistrableRPCService {
  private let append: AppendService
  private let read: ReadService
  private let models: ModelService
  private let cursors: CursorService

  init(core: ServerCore) {
    append = AppendService(core: core, journal: core.store)
    read = ReadService(core: core)
    models = ModelService(core: core)
    cursors = CursorService(core: core)
  }

  func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
    append.register(with: &router)
    read.register(with: &router)
    models.register(with: &router)
    cursors.register(with: &router)
  }
}
