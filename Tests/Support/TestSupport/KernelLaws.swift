/// The largest difference between a rig rendered in quanta and in blocks of 1, 15, 33 and at most 100 frames: 0 for a
/// kernel that is independent of the division into blocks.
public func blockDifference(frames: Int = 2_000, _ make: () -> KernelRig) -> Float {
  let whole = make().render(frames)
  return [1, 15, 33, 100].map { make().render(frames, block: $0).difference(from: whole) }.max() ?? .infinity
}

/// The largest difference between the eight lanes of one kernel and eight kernels of one lane; `prepare` sets a rig's
/// inputs, the same for the lanes and for the single rig that represents one.
public func laneDifference(
  of module: String, frames: Int = 4_800, prepare: (_ rig: KernelRig, _ voices: [Int]) -> Void
) -> Float {
  let eight = KernelRig(module, lanes: 8)
  prepare(eight, Array(0..<8))
  let together = eight.render(frames)
  var worst: Float = 0
  for lane in 0..<8 {
    let one = KernelRig(module, voices: 8, firstVoice: lane)
    prepare(one, [lane])
    let alone = one.render(frames)
    for output in one.module.outputs.map(\.name) {
      for (x, y) in zip(alone[output][0], together[output][lane]) {
        worst = max(worst, (x - y).isFinite ? (x - y).magnitude : .infinity)
      }
    }
  }
  return worst
}
