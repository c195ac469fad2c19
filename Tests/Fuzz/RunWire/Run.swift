internal import FuzzTargets
internal import FuzzWireTargets

// libFuzzer brings `main`. These are the functions it calls, by their names in C.

/// Before the first execution.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(
  _ argumentCount: UnsafeMutablePointer<Int32>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>>>
) -> Int32 {
  FuzzDriver.begin([WireTarget()])
  return 0
}

/// One execution.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  FuzzDriver.run(UnsafeBufferPointer(start: bytes, count: count))
  return 0
}

/// Changes an input where it stands, where there is room for `countMax` bytes.
@_cdecl("LLVMFuzzerCustomMutator")
public func mutate(_ bytes: UnsafeMutablePointer<UInt8>, _ count: Int, _ countMax: Int, _ seed: UInt32) -> Int {
  FuzzDriver.mutate(
    UnsafeMutableBufferPointer(start: bytes, count: countMax), count: count, seed: seed, with: libFuzzerMutate)
}

/// libFuzzer's own changes of single bytes.
@_silgen_name("LLVMFuzzerMutate")
private func libFuzzerMutate(_ bytes: UnsafeMutablePointer<UInt8>, _ count: Int, _ countMax: Int) -> Int
