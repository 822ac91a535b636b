import Control
import Engine
import Glibc
import Hosts
import ModuleKit
import Modules
import PatchKit
import SoundFiles

/// A picture of what a module does, as SVG: the wave of an oscillator, the response of a filter, else the sound of the help
/// patch.
struct ModulePicture {
  let title: String
  /// Points of the curve, both from 0 to 1, upwards.
  let points: [(x: Double, y: Double)]

  private static let rate = 48_000.0
  private static let width = 480.0, height = 160.0, margin = 24.0

  init(of module: ModuleDescriptor, in registry: Registry, help path: String) throws {
    switch module.about.family {
    case .oscillators where module.name != "pluck":
      let pitch = module.input(named: "frequency") != nil ? "frequency" : "rate"
      let sound = try ModulePicture.sound(of: module, [pitch: 200], seconds: 0.02, in: registry)
      title = "\(module.name): wave at 200 Hz, 10 ms"
      points = ModulePicture.wave(sound[(sound.count / 2)...])
    case .filters:
      title = "\(module.name): response, 20 Hz to 20 kHz, 12 dB a line"
      points = ModulePicture.response(try ModulePicture.sound(of: module, [:], seconds: 0.35, in: registry))
    default:
      title = "\(module.name): help patch, 4 s"
      let patch = try PatchFile.read(path: path, in: registry)
      points = ModulePicture.envelope(try ModulePicture.render(patch, seconds: 4, in: registry, isPlayed: true))
    }
  }

  var svg: String {
    let (width, height, margin) = (ModulePicture.width, ModulePicture.height, ModulePicture.margin)
    func x(_ value: Double) -> String { fixed(margin + value * (width - 2 * margin), 1) }
    func y(_ value: Double) -> String { fixed(height - margin - value * (height - 2 * margin), 1) }
    let path = points.map { "\(x($0.x)),\(y($0.y))" }.joined(separator: " ")
    let lines = stride(from: 0.0, through: 1, by: 0.25).map {
      "<line x1=\"\(x(0))\" y1=\"\(y($0))\" x2=\"\(x(1))\" y2=\"\(y($0))\" stroke=\"#ccc\"/>"
    }
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(width)) \(Int(height))" role="img">
      <title>\(title)</title>
      <rect width="100%" height="100%" fill="white"/>
      \(lines.joined(separator: "\n"))
      <polyline points="\(path)" fill="none" stroke="#06c" stroke-width="1.5"/>
      <text x="\(x(0))" y="16" font-family="sans-serif" font-size="12" fill="#333">\(title)</text>
      </svg>

      """
  }

  // MARK: Sounds

  /// The first output of a module alone; its signal inputs receive an impulse.
  private static func sound(
    of module: ModuleDescriptor, _ values: [String: Float], seconds: Double, in registry: Registry
  ) throws -> [Float] {
    var patch = Patch()
    try patch.create("module", type: module.name, in: registry)
    try patch.create("in", type: "input", in: registry)
    try patch.create("out", type: "output", in: registry)
    for (name, value) in values where module.input(named: name) != nil {
      try patch.setParam("module", name, .number(value), in: registry)
    }
    try patch.connect("module", "out", in: registry)
    if let input = module.mainInput, module.inputs[input].type == .signal {
      try patch.connect("in", "module/\(module.inputs[input].name)", in: registry)
    }
    return try render(patch, seconds: seconds, in: registry, isPlayed: false)
  }

  /// The left channel of a patch, whose inputs receive an impulse and whose notes one held key.
  private static func render(_ patch: Patch, seconds: Double, in registry: Registry, isPlayed: Bool) throws -> [Float] {
    let engine = Engine(sampleRate: rate, inputChannels: 2, outputChannels: 2)
    let session = Session(engine: engine, registry: registry)
    let library = try SoundLibrary()
    session.plans.sounds = { (name, rate) throws(PatchError) in try library.load(name, rate: rate) }
    session.setDraft(patch)
    session.perform(OSCMessage("/patch/commit", [0]), from: Requester { _ in })
    if isPlayed { session.perform(OSCMessage("/note/on", [57, .float(0.8)]), from: Requester { _ in }) }
    let frames = Int(seconds * rate)
    var impulse = [Float](repeating: 0, count: frames)
    impulse[0] = 1
    let kept = KeptSound()
    try OfflineHost(engine: engine, period: 256, input: Sound(channels: [impulse, impulse], rate: Int(rate))).render(
      frames: frames, into: kept,
      next: { (_) throws(PatchError) in
        session.tick()
        return session.nextDueFrame
      }, progress: { _ in true })
    return kept.left
  }

  // MARK: Curves

  private static func wave(_ sound: ArraySlice<Float>) -> [(x: Double, y: Double)] {
    let peak = Double(sound.map(\.magnitude).max() ?? 0)
    return sound.enumerated().map { i, sample in
      (Double(i) / Double(max(1, sound.count - 1)), 0.5 + (peak > 0 ? Double(sample) / peak / 2 : 0))
    }
  }

  /// Magnitude of an impulse response at 240 frequencies, evenly in octaves; 0 is -36 dB, 1 is +12 dB.
  private static func response(_ sound: [Float]) -> [(x: Double, y: Double)] {
    (0..<240).map { i in
      let at = Double(i) / 239, angle = 2 * .pi * 20 * pow(1_000, at) / rate
      var real = 0.0, imaginary = 0.0
      for (n, sample) in sound.enumerated() {
        real += Double(sample) * cos(angle * Double(n))
        imaginary -= Double(sample) * sin(angle * Double(n))
      }
      let decibels = 10 * log10(max(real * real + imaginary * imaginary, 1e-12))
      return (at, min(max((decibels + 36) / 48, 0), 1))
    }
  }

  /// The highest and lowest sample of each of 440 pieces, as one line up and down.
  private static func envelope(_ sound: [Float]) -> [(x: Double, y: Double)] {
    let count = 440, piece = max(1, sound.count / count)
    return (0..<count).flatMap { i in
      let part = sound[min(i * piece, sound.count - 1)..<min((i + 1) * piece, sound.count)]
      let at = Double(i) / Double(count - 1)
      return [part.max() ?? 0, part.min() ?? 0].map { (at, min(max(0.5 + Double($0) / 2, 0), 1)) }
    }
  }
}

/// A sink that keeps the left channel.
private final class KeptSound: SoundSink {
  private(set) var left: [Float] = []

  func write(_ samples: UnsafePointer<Float>, frames: Int) throws(PatchError) {
    for i in 0..<frames { left.append(samples[2 * i]) }
  }
  func finish() throws(PatchError) {}
}
