import Glibc

/// Processor time of the calling thread, nanoseconds: independent of other programs.
public func threadNanoseconds() -> UInt64 {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// Processor time that the calling thread spends in `work`.
public func processorTime(_ work: () throws -> Void) rethrows -> Duration {
  let start = threadNanoseconds()
  try work()
  return .nanoseconds(Int64(threadNanoseconds() - start))
}

/// Processor time of another process so far, seconds; nil once it has ended.
public func processorSeconds(of process: pid_t) -> Double? {
  guard let stat = textFile("/proc/\(process)/stat"), let name = stat.lastIndex(of: ")") else { return nil }
  // Fields 14 and 15 of proc(5), user and system time in ticks; the name, field 2, may hold spaces.
  let fields = stat[name...].split(separator: " ")
  guard fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13]) else { return nil }
  return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
}

/// Bytes that the calling thread asked the system to read during `work`; nil where the system does not count them.
public func bytesRead(_ work: () throws -> Void) rethrows -> Int? {
  let before = readSoFar()
  try work()
  guard let before, let after = readSoFar() else { return nil }
  return after - before
}

private func readSoFar() -> Int? {
  let line = textFile("/proc/thread-self/io")?.split(separator: "\n").first { $0.hasPrefix("rchar: ") }
  return line.flatMap { Int($0.dropFirst(7)) }
}

/// A short file of the system.
private func textFile(_ path: String) -> String? {
  let file = open(path, O_RDONLY)
  guard file >= 0 else { return nil }
  defer { close(file) }
  var bytes = [UInt8](repeating: 0, count: 4_096)
  let count = read(file, &bytes, bytes.count)
  return count > 0 ? String(decoding: bytes.prefix(count), as: UTF8.self) : nil
}
