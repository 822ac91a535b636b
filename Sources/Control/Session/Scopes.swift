import DSP
import Engine
import Glibc
import PatchKit

/// Who looks at which signals, as samples or as a spectrum.
struct Scopes {
  enum Look: Equatable {
    /// So many samples.
    case samples(Int)
    /// So many bands, evenly in octaves.
    case bands(Int)
    case pitch
    var topic: Topic {
      switch self {
      case .samples: .scope
      case .bands: .spectrum
      case .pitch: .tuner
      }
    }
  }
  struct Target: Hashable {
    /// As it was asked for: `osc1`, `osc1/out`, `out`, `out/2`.
    var name: String
    /// nil: what leaves the outputs.
    var id: String?
    var port: Int
  }
  private struct Watch {
    var listener: AnyHashable
    var target: Target
    var look: Look
    /// Notifications a second.
    var rate: Double
    var nextFrame: Int
  }
  private struct Tap {
    var target: Target
    var serial: Int?
    var key: Int
  }
  private var watches: [Watch] = []
  /// By slot of the audio thread.
  private var taps: [Tap?] = Array(repeating: nil, count: PlanPublisher.scopeLimit)
  private var lastKey = 0
  private var spectrum = SpectrumAnalyser()

  var isEmpty: Bool { watches.isEmpty && taps.allSatisfy { $0 == nil } }

  /// - Throws: `.limit` where too many signals are looked at.
  mutating func add(
    _ listener: AnyHashable, _ target: Target, _ look: Look, rate: Double, at frame: Int
  ) throws(PatchError) {
    remove(listener, target.name, look.topic)
    let targets = Set(watches.map(\.target))
    guard targets.contains(target) || targets.count < PlanPublisher.scopeLimit else {
      throw PatchError(.limit, "\(PlanPublisher.scopeLimit) signals are looked at already")
    }
    watches.append(Watch(listener: listener, target: target, look: look, rate: rate, nextFrame: frame))
  }

  mutating func remove(_ listener: AnyHashable, _ name: String, _ topic: Topic) {
    watches.removeAll { $0.listener == listener && $0.target.name == name && $0.look.topic == topic }
  }

  /// Tells those whose time has come; who does not listen any more is forgotten.
  mutating func tell(_ listeners: Listeners, _ plans: PlanPublisher, _ patch: Draft) {
    watches.removeAll { !listeners.hears($0.listener, $0.look.topic) }
    retap(plans, patch)
    let frame = plans.engine.frame, sampleRate = plans.engine.sampleRate
    for i in watches.indices where frame >= watches[i].nextFrame {
      guard let slot = taps.firstIndex(where: { $0?.target == watches[i].target }) else { continue }
      let name = OSCArgument.string(watches[i].target.name), values: [OSCArgument]
      switch watches[i].look {
      case .samples(let count):
        let sound = plans.scope(slot, key: taps[slot]!.key, frames: 2 * count)
        guard sound.count == 2 * count else { continue }
        values = Scopes.triggered(sound, count).map { .float($0) }
      case .bands(let count):
        let sound = plans.scope(slot, key: taps[slot]!.key, frames: SpectrumAnalyser.size)
        guard sound.count == SpectrumAnalyser.size else { continue }
        let highest = sampleRate / 2
        values =
          [.float(Float(SpectrumAnalyser.lowest)), .float(Float(highest))]
          + spectrum.bands(sound, count: count, sampleRate: sampleRate).map { .float($0) }
      case .pitch:
        let sound = plans.scope(slot, key: taps[slot]!.key, frames: Pitch.frames)
        guard sound.count == Pitch.frames else { continue }
        values = Pitch.values(sound, sampleRate: sampleRate).map { .float($0) }
      }
      listeners.tell(watches[i].listener, watches[i].look.topic, [name] + values)
      watches[i].nextFrame = max(watches[i].nextFrame, frame - Int(sampleRate)) + Int(sampleRate / watches[i].rate)
    }
  }

  /// `count` of the samples, from an upward crossing of zero on where there is one: the picture stands still.
  private static func triggered(_ sound: [Float], _ count: Int) -> ArraySlice<Float> {
    let last = sound.count - count
    let start = (1...last).last { sound[$0 - 1] <= 0 && sound[$0] > 0 } ?? last
    return sound[start..<start + count]
  }

  /// Has the audio thread write what is looked at: nodes come, go, and become other nodes of the same id.
  private mutating func retap(_ plans: PlanPublisher, _ patch: Draft) {
    let targets = Set(watches.map(\.target))
    func serial(_ target: Target) -> Int? { target.id.flatMap { patch.serials[$0] } }
    for slot in taps.indices {
      guard let tap = taps[slot], !targets.contains(tap.target) || tap.serial != serial(tap.target) else { continue }
      if plans.endScope(slot) { taps[slot] = nil }
    }
    for target in targets where !taps.contains(where: { $0?.target == target }) {
      guard let slot = taps.firstIndex(where: { $0 == nil }) else { return }
      let wanted = serial(target)
      if target.id != nil && wanted == nil { continue }
      lastKey += 1
      if plans.setScope(slot, node: wanted, port: target.port, key: lastKey) {
        taps[slot] = Tap(target: target, serial: wanted, key: lastKey)
      }
    }
  }
}

/// Levels of bands that are evenly wide in octaves.
struct SpectrumAnalyser {
  static let size = 4_096
  /// Hertz, where the first band begins.
  static let lowest = 20.0
  private static let floor: Float = -144
  private let transform = FourierTransform(size: size)
  /// Hann; its mean is a half.
  private let window = (0..<size).map { 0.5 - 0.5 * cos(2 * .pi * Double($0) / Double(size)) }

  /// The loudest partial of each band in dB, 0 for a sine of amplitude 1.
  func bands(_ sound: [Float], count: Int, sampleRate: Double) -> [Float] {
    var real = zip(sound, window).map { Double($0) * $1 }, imaginary = [Double](repeating: 0, count: real.count)
    transform.forward(&real, &imaginary)
    let size = Double(SpectrumAnalyser.size)
    let levels = (0...SpectrumAnalyser.size / 2).map {
      4 / size * (real[$0] * real[$0] + imaginary[$0] * imaginary[$0]).squareRoot()
    }
    let octaves = log2(sampleRate / 2 / SpectrumAnalyser.lowest)
    func bin(_ band: Int) -> Double {
      SpectrumAnalyser.lowest * exp2(octaves * Double(band) / Double(count)) * size / sampleRate
    }
    return (0..<count).map { band in
      let first = Int(bin(band).rounded()), last = max(first, Int(bin(band + 1).rounded()) - 1)
      let level = levels[min(first, levels.count - 1)...min(last, levels.count - 1)].max()!
      return level > 0 ? max(SpectrumAnalyser.floor, Float(20 * log10(level))) : SpectrumAnalyser.floor
    }
  }
}

extension Session {
  func tickScopes() {
    if !scopes.isEmpty { scopes.tell(listeners, plans, committed) }
    tickProfile()
  }

  /// The signal of a name: `id`, `id/port`, `out` or `out/channel`.
  func scopeTarget(_ name: String) throws(PatchError) -> Scopes.Target {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    if parts[0] == Meters.outputs, parts.count < 2 || Int(parts[1]) != nil || committed.patch.nodes[parts[0]] == nil {
      let channel = parts.count == 2 ? Int(parts[1]) : parts.count == 1 ? 1 : nil
      guard let channel, (1...max(engine.outputChannels, 1)).contains(channel) else {
        throw PatchError(.noSuchPort, "there are the channels out/1 to out/\(engine.outputChannels)")
      }
      return Scopes.Target(name: name, id: nil, port: channel - 1)
    }
    let patch = committed.patch.nodes[parts[0]] == nil ? draft.patch : committed.patch
    let node: PatchNode
    do throws(PatchError) {
      node = try patch.node(parts[0])
    } catch {
      var error = error
      if error.suggestions.isEmpty { error.suggestions = [Meters.outputs] }
      throw error
    }
    let outputs = registry[node.type]?.outputs ?? []
    guard parts.count <= 2, let port = parts.count == 1 ? 0 : outputs.firstIndex(where: { $0.name == parts[1] }),
      port < outputs.count
    else {
      throw PatchError(
        .noSuchPort, "it has no such output to look at; what leaves the synthesizer is \(Meters.outputs)",
        at: Place(path: name), suggestions: outputs.map { "\(parts[0])/\($0.name)" } + [Meters.outputs])
    }
    return Scopes.Target(name: name, id: parts[0], port: port)
  }
}
