import FuzzTargets
import FuzzWireTargets
import Testing

struct FuzzCorpusTests {
  @Test("every input of the fuzzer's corpus reads and comes back, or is refused")
  func replay() async {
    for problem in await FuzzCorpus.problems(of: WireTarget()) { Issue.record("\(problem)") }
  }
}
