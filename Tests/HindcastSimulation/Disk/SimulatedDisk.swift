package import HindcastStorage

/// A machine's disk as one process sees it. When the process has died, every call fails and changes nothing: what its
/// threads still do is nothing that happens.
package struct SimulatedDisk: Disk {
  let machine: SimulatedMachine
  let process: Int

  package func open(_ path: String, _ access: DiskAccess) throws(DiskError) -> any DiskFile {
    let operation: DiskCall.Operation =
      switch access {
      case .read, .readWrite: .open
      case .create: .create
      case .replace: .replace
      }
    let process = process
    let file = try machine.perform(DiskCall(operation: operation, path: path), by: process) {
      (state) throws(DiskError) in try state.open(path, access)
    }
    return SimulatedFile(path: path, file: file, machine: machine, process: process)
  }

  package func list(_ directory: String) throws(DiskError) -> [String] {
    try machine.perform(DiskCall(operation: .list, path: directory), by: process) { (state) throws(DiskError) in
      // In no particular order, says the seam.
      try state.tree.names(directory, "list").shuffled(using: &state.random)
    }
  }

  package func makeDirectory(_ path: String) throws(DiskError) {
    try machine.perform(DiskCall(operation: .makeDirectory, path: path), by: process) { (state) throws(DiskError) in
      switch try state.tree.node(path, "create directory") {
      case .directory: return
      case .file: throw .simulated(.exists, path, "create directory")
      case nil: try state.tree.add(.directory(state.newNode()), path, "create directory")
      }
    }
  }

  package func rename(_ from: String, to: String) throws(DiskError) {
    try machine.perform(DiskCall(operation: .rename, path: from, target: to), by: process) {
      (state) throws(DiskError) in try state.tree.rename(from, to: to, "rename")
    }
  }

  package func remove(_ path: String) throws(DiskError) {
    try machine.perform(DiskCall(operation: .remove, path: path), by: process) { (state) throws(DiskError) in
      if let file = state.file(path), !state.files[file]!.live.isEmpty {
        state.residue = state.files[file]!.liveBytes(ofSector: 0)
      }
      try state.tree.remove(path, "remove")
    }
  }

  package func syncDirectory(_ path: String) throws(DiskError) {
    try machine.perform(DiskCall(operation: .syncDirectory, path: path), by: process) { (state) throws(DiskError) in
      try state.tree.sync(path, "fsync directory")
    }
  }

  package func status(_ path: String) throws(DiskError) -> DiskStatus? {
    try machine.perform(DiskCall(operation: .status, path: path), by: process) { (state) throws(DiskError) in
      switch try state.tree.node(path, "stat") {
      case .file(let id): DiskStatus(isDirectory: false, byteCount: UInt64(state.files[id]!.live.count))
      case .directory: DiskStatus(isDirectory: true, byteCount: 0)
      case nil: nil
      }
    }
  }

  package func freeBytes(_ path: String) throws(DiskError) -> UInt64 {
    try machine.perform(DiskCall(operation: .freeBytes, path: path), by: process) { UInt64($0.freeBytes) }
  }

  package func lock(_ path: String) throws(DiskError) -> any DiskLock {
    let process = process
    let number = try machine.perform(DiskCall(operation: .lock, path: path), by: process) {
      (state) throws(DiskError) in
      if let holder = state.locks[path] { throw .simulated(.locked(holder: "\(holder.process)"), path, "lock") }
      if try state.tree.node(path, "lock") == nil { _ = try state.open(path, .create) }
      state.lockCount += 1
      state.locks[path] = (process, state.lockCount)
      return state.lockCount
    }
    return SimulatedLock(path: path, number: number, machine: machine)
  }
}

private final class SimulatedLock: DiskLock {
  private let path: String
  private let number: Int
  private let machine: SimulatedMachine

  init(path: String, number: Int, machine: SimulatedMachine) {
    (self.path, self.number, self.machine) = (path, number, machine)
  }

  deinit {
    let (path, number) = (path, number)
    machine.with { state in if state.locks[path]?.number == number { state.locks[path] = nil } }
  }
}

final class SimulatedFile: DiskFile {
  let path: String
  private let file: Int
  private let machine: SimulatedMachine
  private let process: Int

  init(path: String, file: Int, machine: SimulatedMachine, process: Int) {
    (self.path, self.file, self.machine, self.process) = (path, file, machine, process)
  }

  func byteCount() throws(DiskError) -> UInt64 {
    let file = file
    return try machine.perform(DiskCall(operation: .byteCount, path: path), by: process) {
      UInt64($0.contents(file).live.count)
    }
  }

  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(DiskError) -> Int {
    let file = file
    let call = DiskCall(
      operation: .read, path: path, offset: Int(clamping: offset), byteCount: buffer.count)
    return try machine.perform(call, by: process) { state in
      let live = state.contents(file).live
      let start = min(Int(clamping: offset), live.count)
      let end = start + min(buffer.count, live.count - start)
      buffer.copyBytes(from: live[start..<end])
      return end - start
    }
  }

  func write(_ pieces: [UnsafeRawBufferPointer], at offset: UInt64) throws(DiskError) {
    let (file, path) = (file, path)
    let bytes = pieces.flatMap { Array($0) }
    let call = DiskCall(operation: .write, path: path, offset: Int(clamping: offset), byteCount: bytes.count)
    func part(_ state: inout MachineState) {
      let count = state.random.number(below: bytes.count + 1)
      state.change(file) { $0.write(Array(bytes.prefix(count)), at: call.offset) }
    }
    try machine.perform(call, by: process, part: part) { (state) throws(DiskError) in
      let now = state.contents(file).live.count
      let more = FileContents.sectors(max(now, call.offset + bytes.count)) - FileContents.sectors(now)
      do throws(DiskError) { try state.needRoom(sectors: more, path, "write") } catch {
        // What still fits may have been written.
        let room =
          (FileContents.sectors(now) + state.freeBytes / FileContents.sectorByteCount)
          * FileContents.sectorByteCount
        let count = state.random.number(below: max(0, min(bytes.count, room - call.offset)) + 1)
        state.change(file) { $0.write(Array(bytes.prefix(count)), at: call.offset) }
        throw error
      }
      state.change(file) { $0.write(bytes, at: call.offset) }
    }
  }

  func sync() throws(DiskError) {
    let file = file
    try machine.perform(DiskCall(operation: .sync, path: path), by: process) { $0.change(file) { $0.sync() } }
  }

  func reload() throws(DiskError) {
    let file = file
    try machine.perform(DiskCall(operation: .reload, path: path), by: process) { $0.change(file) { $0.reload() } }
  }

  func truncate(to byteCount: UInt64) throws(DiskError) {
    let (file, path) = (file, path)
    let call = DiskCall(operation: .truncate, path: path, byteCount: Int(clamping: byteCount))
    try machine.perform(call, by: process) { (state) throws(DiskError) in
      let now = FileContents.sectors(state.contents(file).live.count)
      try state.needRoom(sectors: FileContents.sectors(call.byteCount) - now, path, "truncate")
      state.change(file) { $0.truncate(to: call.byteCount) }
    }
  }
}

extension MachineState {
  fileprivate mutating func open(_ path: String, _ access: DiskAccess) throws(DiskError) -> Int {
    switch try tree.node(path, "open") {
    case .directory: throw .simulated(.other, path, "open")
    case .file(let id):
      if access == .create { throw .simulated(.exists, path, "open") }
      if access == .replace { files[id]!.truncate(to: 0) }
      return id
    case nil:
      guard access == .create || access == .replace else { throw .simulated(.notFound, path, "open") }
      try needRoom(sectors: 1, path, "open")
      let id = newNode()
      try tree.add(.file(id), path, "open")
      files[id] = FileContents()
      return id
    }
  }

  /// A file that has no name any more lives on while it is open.
  fileprivate func contents(_ file: Int) -> FileContents { files[file] ?? FileContents() }

  fileprivate mutating func change(_ file: Int, _ change: (inout FileContents) -> Void) {
    if files[file] != nil { change(&files[file]!) }
  }
}
