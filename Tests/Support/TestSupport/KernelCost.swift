/// The least processor time of kernels per frame, nanoseconds, in the order of `rigs`.
///
/// They are measured in alternation, so that a slower machine, or a shared one, is slower for all of them.
public func leastCosts(of rigs: [KernelRig], rounds: Int = 30, frames: Int = 640) -> [Double] {
  var least = [UInt64](repeating: .max, count: rigs.count)
  for _ in 0..<rounds {
    for (i, rig) in rigs.enumerated() {
      let before = rig.nanoseconds
      rig.skip(frames)
      least[i] = min(least[i], rig.nanoseconds - before)
    }
  }
  return least.map { Double($0) / Double(frames) }
}
