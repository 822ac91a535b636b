import Glibc
import ModuleKit
import TestSupport
import Testing

@Suite struct ConvolveTests {
  /// Decaying noise of any length, different on each side.
  static func response(_ frames: Int) -> SoundBuffer {
    var state: UInt32 = 12_345
    func noise() -> Float {
      state = state &* 1_664_525 &+ 1_013_904_223
      return Float(Int32(bitPattern: state)) / 2_147_483_648
    }
    return SoundBuffer(
      channels: (0..<2).map { _ in (0..<frames).map { noise() * expf(-3 * Float($0) / Float(frames)) } }, rate: 48_000)
  }
  private func rig(_ sound: SoundBuffer) -> KernelRig {
    let rig = KernelRig("convolve", sounds: ["file": sound])
    rig["mix"] = 1
    return rig
  }

  /// Against direct convolution: short, around the borders of the partitions, and long.
  @Test(arguments: [1, 2, 63, 64, 65, 128, 2_047, 2_048, 2_049, 3_072, 3_073, 9_000])
  func isTheConvolution(frames: Int) {
    let sound = Self.response(frames)
    let input = (0..<6_000).map { i -> Float in i % 1_777 == 3 ? 1 : i % 611 == 50 ? -0.7 : 0 }
    let rig = rig(sound)
    rig.signal("in") { frame, _ in input[frame] }
    let out = rig.render(6_000)
    let power = (0..<2).map { c in (0..<frames).reduce(Float(0)) { $0 + sound.samples(c)[$1] * sound.samples(c)[$1] } }
    let scale = 1 / power.max()!.squareRoot()
    for (channel, name) in ["left", "right"].enumerated() {
      var worst: Float = 0
      for i in stride(from: 0, to: 6_000, by: 7) {
        var wanted = 0.0
        for (at, x) in input.enumerated() where x != 0 && i >= at && i - at < frames {
          wanted += Double(x * sound.samples(channel)[i - at] * scale)
        }
        worst = max(worst, abs(out[name][0][i] - Float(wanted)))
      }
      #expect(worst < 2e-6, "\(name) of \(frames)")
    }
    #expect(rig.violations == 0)
  }

  @Test func outputIsIndependentOfBlockSizeAndResets() {
    let sound = Self.response(5_000)
    func render(_ block: Int, used: Bool = false) -> Rendering {
      let rig = rig(sound)
      rig.signal("in") { frame, _ in sinf(Float(frame * frame) * 1e-5) }
      if used {
        rig.skip(9_123)
        rig.reset()
      }
      return rig.render(8_000, block: block)
    }
    let whole = render(64)
    for block in [1, 15, 33] { #expect(render(block).difference(from: whole) < 1e-6) }
    #expect(render(64, used: true).difference(from: whole) == 0)
  }

  /// No quantum costs much more than another: the work of the long partitions is spread.
  @Test func theWorkIsSpread() {
    let rig = rig(Self.response(96_000))
    rig.skip(110_000)
    var costs: [UInt64] = []
    for _ in 0..<480 {
      let before = rig.nanoseconds
      rig.skip(64)
      costs.append(rig.nanoseconds - before)
    }
    costs.sort()
    // One quantum in sixteen transforms a long partition: 0.1 ms of its 1.3 ms.
    #expect(costs[450] < 700_000, "\(costs[240]) ns, \(costs[450]) ns")
  }

  @Test func recoversFromNaN() {
    let rig = rig(Self.response(3_000))
    rig.signal("in") { frame, _ in frame == 100 ? .nan : frame == 101 ? .infinity : 0.1 }
    _ = rig.render(200)
    #expect(rig.render(5_000).isFinite)
  }
}
