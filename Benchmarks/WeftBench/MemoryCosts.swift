import Glibc

/// `weft-bench memory`: the peak of a process of its own for each workload.
enum MemoryCosts {
  static let cases: [(Workload, Int)] = [
    (.idle, 1), (.voice, 1), (.voice, 32), (.voice, 512), (.sines, 512), (.chain, 32), (.fx, 1),
  ]

  static func run() throws {
    print("case       n   peak MiB")
    for (workload, n) in cases {
      let result = try peakBytes([workload.rawValue, "\(n)", "1"]).map {
        Table.number(Double($0) / 1_048_576, digits: 1)
      }
      print(Table.left(workload.rawValue, 8) + Table.left("\(n)", 6) + (result ?? "failed"))
    }
  }

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
