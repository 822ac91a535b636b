import CommandParser
import CRealtime
import Control
import Engine
import ModuleKit
import PatchKit

/// The laws of modules, for one that is not part of the program: the same sound at any period and in both widths,
/// finite at every extreme, and nothing that the audio thread may not do.
enum ModuleLaws {
  /// True if RealtimeSanitizer is linked into this program: it ends the program that breaks the last law.
  static var isWatched: Bool { weft_realtime_checked() }

  private static let sampleRate = 48_000.0

  /// The laws that a module breaks, in words.
  static func breaches(of name: String, in registry: Registry) throws(PatchError) -> [String] {
    guard let module = registry[name] else { return ["it is not registered"] }
    var breaches: [String] = []
    let one = try render(module, [:], voices: 1, period: 256, registry)
    let odd = try render(module, [:], voices: 1, period: 77, registry)
    let bound = 1e-5 * max(1, one.peak)
    if difference(one, odd) > bound { breaches.append("its sound depends on the period") }
    let eight = try render(module, [:], voices: 8, period: 256, registry)
    if difference(one, eight) > bound { breaches.append("one voice and eight in lanes do not sound alike") }
    let knobs = module.inputs.filter { $0.isParameter && !$0.isFile }
    var settings = knobs.flatMap { [[$0.name: $0.range.lowerBound], [$0.name: $0.range.upperBound]] }
    for bound in [\ClosedRange<Float>.lowerBound, \.upperBound] {
      settings.append(Dictionary(uniqueKeysWithValues: knobs.map { ($0.name, $0.range[keyPath: bound]) }))
    }
    for setting in settings {
      for voices in [1, 8] {
        let sound = try render(module, setting, voices: voices, period: 64, registry)
        guard sound.isFinite else {
          let values = setting.sorted { $0.key < $1.key }.map { "\($0.key) \(Double($0.value).shortText)" }
          breaches.append("it makes a sample that is not finite, with " + values.joined(separator: ", "))
          return breaches
        }
      }
    }
    return breaches
  }

  private static func difference(_ a: Output, _ b: Output) -> Float {
    zip(a.samples, b.samples).map { ($0 - $1).magnitude }.max() ?? 0
  }

  /// Its main output while a note plays into whatever inputs it has.
  private static func render(
    _ module: ModuleDescriptor, _ setting: [String: Float], voices: Int, period: Int, _ registry: Registry
  ) throws(PatchError) -> Output {
    var patch = Patch()
    let params = module.inputs.compactMap { input in
      setting[input.name].map { (input.name, input.value(of: $0)) }
    }
    try patch.create("unit", type: module.name, params: params, in: registry)
    try patch.create("keys", type: "notes", in: registry)
    try patch.create("tone", type: "saw", in: registry)
    try patch.create("out", type: "output", in: registry)
    try patch.setVoices(voices)
    _ = try patch.connect("keys/pitch", "tone/frequency", in: registry)
    for input in module.inputs where input.isPatchable && !module.about.takesNotes {
      if input.type == .signal { _ = try patch.connect("tone", "unit/\(input.name)", in: registry) }
      if input.modulation == .gate { _ = try patch.connect("keys/gate", "unit/\(input.name)", in: registry) }
    }
    if let output = module.outputs.first {
      _ = try patch.connect("unit/\(output.name)", "out/left", in: registry)
    }
    let engine = Engine(sampleRate: sampleRate), session = Session(engine: engine, registry: registry)
    let result = Output()
    session.onFault = { if $0.contains("not finite") { result.isFinite = false } }
    session.setDraft(patch)
    var failure: String?
    session.perform(
      OSCMessage("/patch/commit", [0]),
      from: Requester { if $0.address == "/fail" { failure = $0.arguments.last?.description } })
    if let failure { throw PatchError(.syntax, failure) }
    session.perform(OSCMessage("/note/on", [57, 0.8]), from: Requester { _ in })
    result.render(engine, period: period) { session.tick() }
    session.tick()
    return result
  }

  /// The left of two channels.
  private final class Output {
    var samples: [Float] = []
    var isFinite = true
    var peak: Float { samples.map(\.magnitude).max() ?? 0 }

    /// Renders as the audio thread does, under the eyes of the sanitizer where it is linked.
    func render(_ engine: Engine, period: Int, before: () -> Void) {
      let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: 2 * period)
      defer { buffer.deallocate() }
      let left = buffer.baseAddress!, outputs = [Optional(left), Optional(left + period)]
      while samples.count < 4_800 {
        before()
        let count = min(period, 4_800 - samples.count)
        outputs.withUnsafeBufferPointer { outputs in
          weft_realtime_enter()
          engine.render(inputs: nil, outputs: outputs.baseAddress!, frames: count)
          weft_realtime_exit()
        }
        samples += UnsafeBufferPointer(start: left, count: count)
      }
    }
  }
}
