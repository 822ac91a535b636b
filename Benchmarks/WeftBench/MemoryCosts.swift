import CRealtime
import Glibc
import ModuleKit
import Modules
import PatchKit

/// `weft-bench memory`: the peak of a process of its own for each workload, and the memory of its patch.
enum MemoryCosts {
  static let cases: [(Workload, Int)] = [
    (.idle, 1), (.voice, 1), (.voice, 32), (.voice, 512), (.rest, 32), (.tone, 32), (.sines, 512), (.chain, 32),
    (.fx, 1),
  ]

  static func run() throws {
    print("case       n   peak MiB")
    for (workload, n) in cases {
      let result = try peakBytes([workload.rawValue, "\(n)", "1"]).map {
        Table.number(Double($0) / 1_048_576, digits: 1)
      }
      print(Table.left(workload.rawValue, 8) + Table.left("\(n)", 6) + (result ?? "failed"))
    }
    print("\ncase       n   KiB for the audio thread   of heap, both sides   more after ten seconds")
    for (workload, n) in cases where workload != .idle {
      let held = try heldBytes(by: workload.patch(n))
      print(
        Table.left(workload.rawValue, 8) + Table.left("\(n)", 6)
          + Table.left(Table.number(Double(held.audio) / 1_024, digits: 1), 27)
          + Table.left(Table.number(Double(held.patch) / 1_024, digits: 1), 23)
          + Table.number(Double(held.later) / 1_024, digits: 1))
    }
  }

  /// Heap memory of a patch, with its plan, states and control-side data; and the growth after ten seconds of playing.
  private static func heldBytes(by patch: Patch) throws -> (audio: Int, patch: Int, later: Int) {
    let host = BenchHost(Registry.linked())
    // Once before, for the tables shared by all nodes of a module.
    for patch in [patch, Workload.idle.patch(1)] {
      try host.commit(patch)
      host.render(frames: BenchHost.rate)
    }
    let before = heapBytes
    try host.commit(patch)
    host.render(frames: BenchHost.rate)
    let taken = heapBytes
    host.render(frames: 10 * BenchHost.rate)
    return (host.plans.audioBytes, taken - before, heapBytes - taken)
  }

  private static var heapBytes: Int { Int(weft_heap_bytes()) }

  /// Runs this program again; its greatest resident size, or nil where it failed.
  private static func peakBytes(_ arguments: [String]) throws -> Int? {
    var child: pid_t = 0
    let program = "/proc/self/exe"
    let words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    guard posix_spawn(&child, program, nil, nil, words, environ) == 0 else { throw Failure("cannot start \(program)") }
    var status: Int32 = 0, usage = rusage()
    guard wait4(child, &status, 0, &usage) == child else { throw Failure("lost the child process") }
    return status == 0 ? usage.ru_maxrss * 1024 : nil
  }
}
