import Control
import Engine
import Glibc
import Hosts
import ModuleKit
import Modules
import PatchKit
import SoundFiles

/// A picture of a module as SVG: the wave of an oscillator, the response of a filter, else the output of the module in its
/// help patch.
struct ModulePicture {
  private let plot: Plot

  private static let rate = 48_000.0
  /// Seconds of a help patch.
  private static let length = 4.0

  init(of module: ModuleDescriptor, in registry: Registry, help path: String) throws {
    switch module.about.family {
    case .oscillators where !["pluck", "bore"].contains(module.name):
      let pitch = module.input(named: "frequency") != nil ? "frequency" : "rate"
      let sound = try ModulePicture.sound(of: module, [pitch: 200], seconds: 0.52, in: registry)
      plot = ModulePicture.wave(sound, seconds: 0.5..<0.51, title: "\(module.name): wave at 200 Hz")
    case .filters:
      let sound = try ModulePicture.sound(of: module, [:], seconds: 0.35, in: registry)
      plot = ModulePicture.response(sound, title: "\(module.name): magnitude response with default parameters")
    default:
      let patch = try PatchFile.read(path: path, in: registry)
      var sound = try ModulePicture.render(
        ModulePicture.tapped(patch, module, in: registry), seconds: ModulePicture.length, in: registry, isPlayed: true)
      var title = "\(module.name): output \(module.outputs.first?.name ?? "") in the help patch"
      if module.outputs.isEmpty || ModulePicture.isConstant(sound) {
        sound = try ModulePicture.render(patch, seconds: ModulePicture.length, in: registry, isPlayed: true)
        title = "\(module.name): sound of the help patch"
      }
      // A tone without a change of level is a solid block: its wave tells more.
      plot =
        ModulePicture.isEven(sound)
        ? ModulePicture.wave(sound, seconds: 1..<1.02, title: title) : ModulePicture.envelope(sound, title: title)
    }
  }

  var svg: String { plot.svg }

  /// The patch with the module's first output as its only output.
  private static func tapped(_ patch: Patch, _ module: ModuleDescriptor, in registry: Registry) throws -> Patch {
    guard !module.outputs.isEmpty, let id = patch.nodes.filter({ $0.value.type == module.name }).keys.min() else {
      return patch
    }
    var tapped = patch
    for (id, node) in patch.nodes where registry[node.type]?.outputs.isEmpty == true { try tapped.delete(id) }
    try tapped.create("picture", type: "output", in: registry)
    try tapped.connect("\(id)/\(module.outputs[0].name)", "picture/left", in: registry)
    return tapped
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

  /// The left channel of a patch. Its inputs receive an impulse, or decaying tones for a help patch, whose notes play one
  /// held key.
  private static func render(_ patch: Patch, seconds: Double, in registry: Registry, isPlayed: Bool) throws -> [Float] {
    let engine = Engine(sampleRate: rate, inputChannels: 2, outputChannels: 2)
    let session = Session(engine: engine, registry: registry)
    let library = try SoundLibrary()
    session.plans.sounds = { (name, rate) throws(PatchError) in try library.load(name, rate: rate) }
    session.setDraft(patch)
    session.perform(OSCMessage("/patch/commit", [0]), from: Requester { _ in })
    if isPlayed { session.perform(OSCMessage("/note/on", [57, .float(0.8)]), from: Requester { _ in }) }
    let frames = Int(seconds * rate)
    let input = isPlayed ? tones(frames) : [1] + [Float](repeating: 0, count: frames - 1)
    let kept = KeptSound()
    try OfflineHost(engine: engine, period: 256, input: Sound(channels: [input, input], rate: Int(rate))).render(
      frames: frames, into: kept,
      next: { (_) throws(PatchError) in
        session.tick()
        return session.nextDueFrame
      }, progress: { _ in true })
    return kept.left
  }

  /// A tone of 220 Hz that begins each second and decays.
  private static func tones(_ frames: Int) -> [Float] {
    (0..<frames).map { i in
      let time = (Double(i) / rate).truncatingRemainder(dividingBy: 1)
      return Float(0.5 * sin(2 * .pi * 220 * time) * exp(-4 * time))
    }
  }

  // MARK: Curves

  /// Samples between two times, scaled to their peak.
  private static func wave(_ sound: [Float], seconds: Range<Double>, title: String) -> Plot {
    let part = sound[Int(seconds.lowerBound * rate)..<min(sound.count, Int(seconds.upperBound * rate))]
    let scale = Plot.Scale(peak: part.map(\.magnitude).max() ?? 0)
    let length = (seconds.upperBound - seconds.lowerBound) * 1_000
    return Plot(
      title: title, across: Plot.Axis(ticks: Plot.ticks(length), unit: "ms"), up: scale.axis,
      points: part.enumerated().map { i, sample in
        (Double(i) / Double(max(1, part.count - 1)), scale.place(sample))
      })
  }

  /// Magnitude of an impulse response at 480 frequencies, evenly in octaves, from -48 to +12 dB.
  private static func response(_ sound: [Float], title: String) -> Plot {
    let count = 480
    let points = (0..<count).map { i in
      let at = Double(i) / Double(count - 1), angle = 2 * .pi * 20 * pow(1_000, at) / rate
      var real = 0.0, imaginary = 0.0
      for (n, sample) in sound.enumerated() {
        real += Double(sample) * cos(angle * Double(n))
        imaginary -= Double(sample) * sin(angle * Double(n))
      }
      let decibels = 10 * log10(max(real * real + imaginary * imaginary, 1e-12))
      return (x: at, y: (decibels + 48) / 60)
    }
    let frequencies = [20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000]
    return Plot(
      title: title,
      across: Plot.Axis(
        ticks: frequencies.map { (log2(Double($0) / 20) / log2(1_000), $0 < 1_000 ? "\($0)" : "\($0 / 1_000)k") },
        unit: "Hz"),
      up: Plot.Axis(ticks: [-48, -36, -24, -12, 0, 12].map { ((Double($0) + 48) / 60, "\($0)") }, unit: "dB"),
      points: points)
  }

  /// The highest and lowest sample of each of 440 pieces, as one line up and down.
  private static func envelope(_ sound: [Float], title: String) -> Plot {
    let count = 440, scale = Plot.Scale(peak: sound.map(\.magnitude).max() ?? 0)
    let points = pieces(sound, count).enumerated().flatMap { i, piece in
      let at = Double(i) / Double(count - 1)
      return [(x: at, y: scale.place(piece.high)), (x: at, y: scale.place(piece.low))]
    }
    return Plot(
      title: title, across: Plot.Axis(ticks: Plot.ticks(length), unit: "s"), up: scale.axis, points: points)
  }

  private static func pieces(_ sound: [Float], _ count: Int) -> [(high: Float, low: Float)] {
    let size = max(1, sound.count / count)
    return (0..<count).map { i in
      let part = sound[min(i * size, sound.count - 1)..<min((i + 1) * size, sound.count)]
      return (part.max() ?? 0, part.min() ?? 0)
    }
  }

  /// True for a signal that does not change after its first tenth of a second.
  private static func isConstant(_ sound: [Float]) -> Bool {
    let rest = sound.dropFirst(Int(rate / 10))
    return (rest.max() ?? 0) - (rest.min() ?? 0) < 1e-4
  }

  /// True for a sound whose level stays within 10 % after its first quarter of a second, and which is not a slow movement.
  private static func isEven(_ sound: [Float]) -> Bool {
    let widths = pieces(Array(sound.dropFirst(Int(rate / 4))), 100).map { $0.high - $0.low }
    let most = widths.max() ?? 0, least = widths.min() ?? 0
    let peak = sound.map(\.magnitude).max() ?? 0
    return least > 0.8 * most && most > 0.5 * peak
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
