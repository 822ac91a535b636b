import Engine
import Foundation
import ModuleKit
import PatchKit
import TestSupport
import Testing

/// Random commits of a patch that plays, against the mix that they should make: each source as it plays on its own, each
/// cable's gain on its straight way. Whatever is not in that mix, a click above all, is a difference.
@Suite struct IdealMixTests {
  /// Commits; `WEFT_COMMITS` asks for more.
  private static let commits = ProcessInfo.processInfo.environment["WEFT_COMMITS"].flatMap(Int.init) ?? 600
  private static let voices = 32

  @Test func randomCommitsMakeTheIdealMixAndNothingElse() throws {
    #expect(realtimeIsChecked)
    let stage = try Stage(voices: Self.voices)
    var random = Random(state: 2_026), worst: Float = 0, violations = 0, memory = 0, loudest: Float = 0
    for i in 0..<Self.commits {
      stage.edit(&random)
      try stage.commit(ramp: [0.001, 0.005, 0.02].randomElement(using: &random)!)
      let frames = Int.random(in: 1...8, using: &random) * 64
      let (sound, ideal, broken) = stage.play(frames)
      violations += broken
      for j in 0..<frames {
        worst = max(worst, (sound[j] - ideal[j]).magnitude)
        loudest = max(loudest, sound[j].magnitude)
      }
      if i == Self.commits / 4 { memory = residentKilobytes() }
    }
    #expect(violations == 0)
    #expect(loudest > 0.3)
    #expect(worst < 2e-6 * 64, "a difference of \(worst) to the ideal mix")
    stage.settle()
    #expect(stage.rig.commits == stage.rig.sounding.count)
    #expect(stage.rig.plans.isSettled && stage.rig.plans.livePlanCount == 1)
    print(
      "\(Self.commits) commits, \(Self.voices) voices: worst difference to the ideal mix \(worst), "
        + "\(violations) violations, memory \(memory) kB after a quarter, \(residentKilobytes()) kB at the end")
  }
}

/// Kilobytes of memory that the process holds.
func residentKilobytes() -> Int {
  let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)
  let line = status?.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
  return line.flatMap { Int($0.filter(\.isNumber)) } ?? 0
}

/// The patch that is edited, and each of its sources on an engine of its own.
private final class Stage {
  /// A gain on its way, as the rule has it: a straight line from where it is, over the ramp of the commit.
  struct Line {
    var start: Float = 0, target: Float = 0
    var position = 0, length = 0

    func value(_ i: Int) -> Float {
      position + i + 1 >= length ? target : start + (target - start) * Float(position + i + 1) / Float(length)
    }
    mutating func move(to value: Float, _ frames: Int) {
      guard value != target else { return }
      start = position < length ? self.value(-1) : target
      (target, position, length) = (value, 0, frames)
    }
    mutating func advance(_ frames: Int) { position = min(position + frames, length) }
  }
  struct Source {
    var alone: EngineRig
    var line = Line()
    var amount: Float = 0
    /// It is there, connected or not.
    var isPresent = true
    /// Not yet in what sounds: it starts with the next commit.
    var isNew = true
  }
  let rig = EngineRig()
  private var sources: [String: Source] = [:]
  private var last = 0
  private let out: UnsafeMutablePointer<Float> = .allocate(capacity: 2 * 512)

  init(voices: Int) throws {
    out.initialize(repeating: 0, count: 1_024)
    try rig.patch.setVoices(voices)
    rig.create("out", "output")
    // A chord of all voices, and the same on its own.
    let chord = EngineRig()
    try chord.patch.setVoices(voices)
    for other in [rig, chord] {
      other.create("who", "voice")
      other.create("osc", "saw", [("frequency", .number(110))])
      other.connect("who/spread", "osc/frequency", 0.3)
    }
    rig.connect("osc", "out/left", 0.02)
    sources["osc"] = Source(alone: chord, amount: 0.02)
    chord.create("out", "output")
    chord.connect("osc", "out/left")
    try commit(ramp: 0.005)
    // A plan that nobody has taken yet would hold the next one up.
    _ = play(512)
  }

  deinit { out.deallocate() }

  func edit(_ random: inout Random) {
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      let present = sources.filter(\.value.isPresent).keys.sorted()
      let name = present.randomElement(using: &random)!
      switch Int.random(in: 0..<8, using: &random) {
      case 0...1 where present.count < 12: create(&random)
      case 2 where name != "osc" && !sources[name]!.isNew:
        rig.delete(name)
        sources[name]!.amount = 0
        sources[name]!.isPresent = false
      case 3 where sources[name]!.amount != 0:
        rig.disconnect(name, "out/left")
        sources[name]!.amount = 0
      case 4...5:
        let amount = Float.random(in: 0.005...0.1, using: &random)
        rig.connect(name, "out/left", amount)
        sources[name]!.amount = amount
      case 6 where name != "osc":
        last += 1
        rig.rename(name, to: "r\(last)")
        sources["r\(last)"] = sources.removeValue(forKey: name)
      default: break
      }
    }
  }

  private func create(_ random: inout Random) {
    last += 1
    let name = "n\(last)", frequency = Float.random(in: 50...2_000, using: &random)
    let type = ["sine", "triangle", "saw"].randomElement(using: &random)!
    let amount = Float.random(in: 0.005...0.1, using: &random)
    rig.create(name, type, [("frequency", .number(frequency))])
    rig.connect(name, "out/left", amount)
    let alone = EngineRig()
    alone.create(name, type, [("frequency", .number(frequency))])
    alone.create("out", "output")
    alone.connect(name, "out/left")
    sources[name] = Source(alone: alone, amount: amount)
  }

  func commit(ramp: Double) throws {
    try rig.commit(ramp: ramp)
    let frames = max(1, Int((ramp * 48_000).rounded()))
    for name in sources.keys {
      if sources[name]!.isNew {
        // Its clock is the engine's: what is done on a grid of frames is done at the same frames.
        sources[name]!.alone.render(rig.engine.frame, period: 4_096)
        try sources[name]!.alone.commit(ramp: 0)
        sources[name]!.isNew = false
      }
      sources[name]!.line.move(to: sources[name]!.amount, frames)
    }
  }

  /// What is heard, what should be, and the violations of the audio thread's rules.
  func play(_ frames: Int) -> (sound: [Float], ideal: [Float], violations: Int) {
    var ideal = [Float](repeating: 0, count: frames), sound = ideal, violations = 0, done = 0
    for name in sources.keys.sorted() {
      let alone = sources[name]!.alone.render(frames)
      for i in 0..<frames { ideal[i] += alone[i] * sources[name]!.line.value(i) }
      sources[name]!.line.advance(frames)
      let line = sources[name]!.line
      if !sources[name]!.isPresent && line.position >= line.length { sources[name] = nil }
    }
    let channels: [UnsafeMutablePointer<Float>?] = [out, out + 512]
    while done < frames {
      violations += channels.withUnsafeBufferPointer { channels in
        realtimeViolations { rig.engine.render(inputs: nil, outputs: channels.baseAddress!, frames: 64) }
      }
      for i in 0..<64 { sound[done + i] = out[i] }
      done += 64
      rig.plans.tick()
    }
    return (sound, ideal, violations)
  }

  func settle() { for _ in 0..<100 { _ = play(64) } }
}
