import CRealtime
import Engine
import PatchKit
import TestSupport

/// An engine whose patch is edited while it plays, and the expected mix beside it.
final class IdealStage {
  let rig = EngineRig()
  private let mix = IdealMix()
  private let out: UnsafeMutablePointer<Float> = .allocate(capacity: 2 * IdealMix.block)
  /// The greatest difference between the two.
  private(set) var worst: Float = 0
  private(set) var loudest: Float = 0
  /// Number of real-time violations.
  private(set) var violations = 0
  /// Milliseconds per commit, plus one block: the longest wait for the next period.
  private(set) var latencies: [Double] = []

  /// A chord of so many voices.
  init(voices: Int) throws {
    out.initialize(repeating: 0, count: 2 * IdealMix.block)
    try IdealStage.prepare(rig, voices: voices)
    try commit(ramp: 0.005)
    // A plan that has not been received yet would delay the next one.
    play(blocks: 8)
  }

  deinit { out.deallocate() }

  /// The patch before the first edit: `osc`, with as many voices as asked for.
  static func prepare(_ rig: EngineRig, voices: Int) throws {
    try rig.patch.setVoices(voices)
    rig.create("out", "output")
    rig.create("who", "voice")
    rig.create("osc", "saw", [("frequency", .number(110))])
    rig.connect("who/index", "osc/fm", IdealVoices.spacing)
    rig.connect("osc", "out/left", 0.01)
  }

  func commit(ramp: Double) throws {
    let began = weft_nanoseconds()
    try rig.commit(ramp: ramp)
    latencies.append(Double(weft_nanoseconds() - began) / 1e6 + 1e3 * Double(IdealMix.block) / 48_000)
    mix.commit(rig.patch, rig.serials, over: Int((ramp * 48_000).rounded()))
  }

  /// Sets a parameter live; draft and committed patch stay equal.
  func setParameter(_ storm: inout IdealStorm) {
    guard let name = storm.pick(storm.names(rig)) else { return }
    let (param, value) = storm.set(name, rig)
    rig.set(name, param, value)
    mix.setParameter(rig.serials[name]!, to: rig.patch.nodes[name]!.params)
  }

  func play(blocks: Int) {
    let channels: [UnsafeMutablePointer<Float>?] = [out, out + IdealMix.block]
    for _ in 0..<blocks {
      violations += channels.withUnsafeBufferPointer { channels in
        realtimeViolations {
          rig.engine.render(inputs: nil, outputs: channels.baseAddress!, frames: IdealMix.block)
        }
      }
      rig.plans.tick()
      let ideal = mix.advance()
      for i in ideal.indices {
        worst = max(worst, (out[i] - ideal[i]).magnitude)
        loudest = max(loudest, out[i].magnitude)
      }
    }
  }

  /// Removes all nodes of the storm, and waits until they are gone; returns the bytes in use then.
  func bytesWhenIdle(_ storm: IdealStorm) throws -> Int {
    for name in storm.names(rig) { rig.delete(name) }
    try rig.patch.setVoices(32)
    try commit(ramp: 0.005)
    play(blocks: 40)
    return Int(weft_heap_bytes())
  }
}
