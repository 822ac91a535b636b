import Engine
import ModuleKit
import PatchKit

/// Random edits of a mixer of equal strips, performed alike on several engines.
struct PackStorm {
  private var random: LinearRandom
  private let rigs: [EngineRig]
  private var strips: [Int: [String]] = [:]
  private var lastName = 0
  static let most = 36

  init(seed: UInt64, rigs: [EngineRig], strips count: Int = 32) {
    random = LinearRandom(state: seed)
    self.rigs = rigs
    for rig in rigs {
      rig.create("out", "output")
      rig.create("slow", "lfo", [("rate", .number(3))])
    }
    for _ in 0..<count { addStrip() }
  }

  private mutating func number(_ range: ClosedRange<Float>) -> Float { Float.random(in: range, using: &random) }
  private mutating func pick<T>(_ choices: some Collection<T>) -> T? { choices.randomElement(using: &random) }
  private func create(_ id: String, _ type: String, _ params: [(String, ParamValue)] = []) {
    for rig in rigs { rig.create(id, type, params) }
  }
  private func connect(_ from: String, _ to: String, _ amount: Float = 1) {
    for rig in rigs { rig.connect(from, to, amount) }
  }

  mutating func addStrip() {
    guard strips.count < PackStorm.most else { return }
    lastName += 1
    let k = lastName
    create("osc\(k)", "sine", [("frequency", .number(number(60...2_000))), ("gain", .number(0.5))])
    create("lfo\(k)", "lfo", [("rate", .number(number(0.2...8)))])
    create(
      "peak\(k)", "biquad",
      [
        ("cutoff", .number(number(100...4_000))), ("q", .number(number(0.5...2))), ("gain", .number(number(-6...6))),
        ("mode", .text("peak")),
      ])
    create("svf\(k)", "svf", [("cutoff", .number(number(200...2_000))), ("resonance", .number(number(0...0.5)))])
    create("low\(k)", "onepole", [("cutoff", .number(number(500...5_000)))])
    create("gain\(k)", "gain", [("gain", .number(number(0.2...1)))])
    create("pan\(k)", "pan", [("pan", .number(number(-1...1)))])
    connect("slow", "osc\(k)/fm", number(1...5))
    connect("osc\(k)", "peak\(k)")
    connect("peak\(k)", "svf\(k)", number(0.5...1))
    connect("lfo\(k)", "svf\(k)/cutoff", number(0...0.5))
    connect("slow", "svf\(k)/cutoff", number(0...0.2))
    connect("svf\(k)/low", "low\(k)")
    connect("low\(k)/low", "gain\(k)")
    connect("gain\(k)", "pan\(k)")
    connect("pan\(k)/left", "out/left", number(0.005...0.03))
    connect("pan\(k)/right", "out/right", number(0.005...0.03))
    strips[k] = ["osc", "lfo", "peak", "svf", "low", "gain", "pan"].map { "\($0)\(k)" }
  }

  /// Performs one edit of the draft.
  mutating func edit() {
    guard let k = pick(strips.keys.sorted()) else { return addStrip() }
    switch Int.random(in: 0..<8, using: &random) {
    case 0: addStrip()
    case 1 where strips.count > 20:
      for id in strips.removeValue(forKey: k)! { for rig in rigs { rig.delete(id) } }
    case 2:
      // Another filter at the end of the strip.
      lastName += 1
      let id = "more\(lastName)"
      create(id, pick(["biquad", "dcblock", "onepole"])!)
      connect("low\(k)/low", id)
      connect(id, "out/left", number(0...0.01))
      strips[k]!.append(id)
    case 3:
      guard let cable = pick(rigs[0].patch.cables.keys.sorted()) else { return }
      for rig in rigs { rig.disconnect(cable.source.description, cable.destination.description) }
    case 4:
      // A removed cable is restored, or changes its amount.
      connect("osc\(k)", "peak\(k)", pick([1, 0.5])!)
      connect("svf\(k)/low", "low\(k)")
      connect("low\(k)/low", "gain\(k)")
      connect("pan\(k)/left", "out/left", number(0.005...0.03))
    case 5:
      let mode = pick(["peak", "peak", "lowpass", "highshelf"])!
      for rig in rigs { try! rig.patch.setParam("peak\(k)", "mode", .text(mode), in: registry) }
    default: setParameter(isDraft: true)
    }
  }

  /// Sets a parameter, in the draft or at once.
  mutating func setParameter(isDraft: Bool = false) {
    guard let k = pick(strips.keys.sorted()) else { return }
    let (id, param, value): (String, String, Float) = pick([
      ("osc\(k)", "frequency", number(60...2_000)), ("peak\(k)", "cutoff", number(100...4_000)),
      ("peak\(k)", "gain", number(-6...6)), ("svf\(k)", "cutoff", number(200...2_000)),
      ("svf\(k)", "resonance", number(0...0.5)), ("low\(k)", "cutoff", number(500...5_000)),
      ("gain\(k)", "gain", number(0.2...1)), ("pan\(k)", "pan", number(-1...1)), ("lfo\(k)", "rate", number(0.2...8)),
      ("peak\(k)", "mode", 4), ("peak\(k)", "mode", 0), ("lfo\(k)", "shape", 1),
    ])!
    for rig in rigs {
      if isDraft && param != "mode" && param != "shape" {
        try! rig.patch.setParam(id, param, .number(value), in: registry)
      } else if !isDraft {
        rig.set(id, param, value)
      }
    }
  }

  /// Performs edits; from some round on with nodes that are metered, observed and profiled.
  ///
  /// - Returns: the sanitizer's reports of the rendering thread.
  mutating func violationsWhileWatched(_ rig: EngineRig) throws -> Int {
    var violations = 0, sound: [Float] = []
    for round in 0..<60 {
      edit()
      try rig.commit()
      setParameter()
      if round == 20 {
        for serial in rig.serials.values.prefix(20) { _ = rig.plans.setMeter(node: serial, isOn: true) }
        _ = rig.plans.setScope(2, node: rig.serials["slow"], port: 0, key: 1)
      }
      if round == 30 { _ = rig.plans.setProfile(isOn: true) }
      violations += realtimeViolationsOfRender(rig, 640, &sound)
      rig.plans.tick()
    }
    return violations
  }
}
