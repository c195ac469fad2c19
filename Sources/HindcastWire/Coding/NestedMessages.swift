internal import CHindcastProto
internal import HindcastFormat

extension WireMessage where View: BitwiseCopyable {
  func filledView(in arena: borrowing ProtobufArena) -> View {
    var view = Self.coding.emptyView()
    fill(&view, in: arena)
    return view
  }

  /// A filled view that lives as long as the arena, for a field of another message.
  func allocateView(in arena: borrowing ProtobufArena) -> UnsafeMutablePointer<View> {
    let memory = arena.allocate(View.self, count: 1)
    memory[0] = filledView(in: arena)
    return memory.baseAddress!
  }
}

extension ProtobufArena {
  /// A repeated message field.
  func messages<Message: WireMessage>(
    _ messages: [Message]
  ) -> (count: Int, array: UnsafeMutablePointer<UnsafeMutablePointer<Message.View>?>?)
  where Message.View: BitwiseCopyable {
    let views = allocate(Message.View.self, count: messages.count)
    let array = allocate(UnsafeMutablePointer<Message.View>?.self, count: messages.count)
    for (index, message) in messages.enumerated() {
      views[index] = message.filledView(in: self)
      array[index] = views.baseAddress! + index
    }
    return (messages.count, array.baseAddress)
  }
}
