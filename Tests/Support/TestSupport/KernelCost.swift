/// The least processor time that kernels take for a frame, nanoseconds, in the order of `rigs`.
///
/// They run in turns, so that a slower machine, or one that others use, is slower for all of them.
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
