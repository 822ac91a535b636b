import Glibc
import PatchKit

/// Noise bursts of a binaural transition, at even intervals.
extension SynthFunction {
  static let glitchKnobs: [Knob] = [
    Knob("glitchInterval", 0, Ranges.seconds), Knob("glitchDur", 0, 0...60),
    Knob("glitchNoiseLevel", 0, Ranges.level), Knob("glitchFocusWidth", 0, 0...Ranges.audible.upperBound),
    Knob("glitchFocusExp", 0, 0...100),
  ]
}

extension VoiceBuilder {
  /// Different bursts of a voice; then the first is played again.
  private static let differentBursts = 64
  /// Bursts of a voice at most.
  private static let mostBursts = 100_000
  /// Samples of its different bursts together at most.
  private static let mostSamples = 4_000_000

  /// Adds the bursts to both sides.
  mutating func addGlitches() {
    guard isTransition else { return }
    func mean(_ name: String) -> Double { (self[name].from + self[name].to) / 2 }
    let interval = mean("glitchInterval"), seconds = mean("glitchDur"), level = mean("glitchNoiseLevel")
    let length = Int(seconds * rate)
    guard interval > 0, length > 0, level != 0 else { return }
    let count = min(Int(duration / interval), Self.mostBursts)
    guard count > 0 else { return }
    let different = min(Self.differentBursts, max(1, Self.mostSamples / length))
    var white = WhiteNoise(seed: id), made: [[Float]] = []
    let gains = focus(length, width: mean("glitchFocusWidth"), power: mean("glitchFocusExp"))
    for k in 1...count {
      let first = Int(max(0, Double(k) * interval - seconds) * rate)
      guard first + length <= frames else { continue }
      if made.count < different {
        let source =
          givenWhite.isEmpty ? white.samples(length) : Array(givenWhite.dropFirst(made.count * length).prefix(length))
        made.append(burst(Spectrum.weighted(source, by: gains), level: level))
      }
      let node = play([made[(k - 1) % made.count]], from: first)
      left.append(Tap(port: PortAddress(node, "left")))
      right.append(Tap(port: PortAddress(node, "right")))
    }
  }

  /// The gains of the bins of a burst around the mean base frequency; flat without a width.
  private func focus(_ length: Int, width: Double, power: Double) -> [Double] {
    let base = (self["baseFreq"].from + self["baseFreq"].to) / 2
    return (0...length / 2).map { bin in
      guard width > 0 else { return 1 }
      let distance = (Double(bin) * rate / Double(length) - base).magnitude / width
      return exp(-0.5 * pow(distance, power))
    }
  }

  /// Scaled to a peak of 1, then rising from 0 to the level.
  private func burst(_ shaped: [Double], level: Double) -> [Float] {
    let peak = shaped.reduce(0) { max($0, $1.magnitude) }, last = Double(max(1, shaped.count - 1))
    guard peak > 0 else { return shaped.map(Float.init) }
    return shaped.enumerated().map { Float($1 / peak * level * Double($0) / last) }
  }
}
