/// The levels of a voice over its step, as points with straight lines between them. Several envelopes are multiplied.
struct EnvelopePoints {
  typealias Point = (frame: Int, value: Double)
  private(set) var stages: [[Point]] = []

  /// Seconds of the fades of a voice without an envelope.
  private static let edge = 0.01

  init(_ envelope: VolumeEnvelope?, frames n: Int, duration: Double, rate: Double) {
    switch envelope {
    case nil:
      let k = min(n, Int(Self.edge * rate))
      guard k > 1 else { return }
      let rise: [Point] = [(0, 0), (k - 1, 1)], fall: [Point] = [(n - k, 1), (n - 1, 0)]
      stages = n - k >= k - 1 ? [rise + fall] : [rise, n == k ? fall : [(0, 1)] + fall]
    case .adsr(let attack, let decay, let sustain, let release):
      stages = [Self.adsr(attack, decay, sustain, release, n, Double(n) / duration)]
    case .linen(let attack, let release):
      stages = [Self.adsr(attack, 0, 1, release, n, Double(n) / duration)]
    case .fade(let seconds, let from, let to):
      let k = min(Int(seconds * rate), n)
      stages = [k > 1 ? [(0, from), (k - 1, to)] : k == 1 ? [(0, from), (1, to)] : [(0, to)]]
    }
  }

  /// Attack, decay and release are cut to the step in proportion.
  private static func adsr(
    _ attack: Double, _ decay: Double, _ sustain: Double, _ release: Double, _ n: Int, _ rate: Double
  ) -> [Point] {
    guard n > 1 else { return [(0, 0)] }
    var a = Int(attack * rate), d = Int(decay * rate), r = Int(release * rate)
    if a + d + r > n {
      let factor = Double(n) / Double(a + d + r)
      a = Int(Double(a) * factor)
      d = Int(Double(d) * factor)
      r = n - a - d
    }
    var points: [Point] = [(0, a > 0 ? 0 : d > 0 ? 1 : sustain)]
    if a > 1, d == 0, sustain != 1 { points.append((a - 1, Double(a - 1) / Double(a))) }
    if a > 0 { points.append((a, d > 0 ? 1 : sustain)) }
    if d > 0 { points.append((a + d, sustain)) }
    if r > 1 {
      if n - r > points.last!.frame { points.append((n - r, sustain)) }
      points.append((n - 1, 0))
    }
    return points
  }

  var most: Double { stages.map { $0.map(\.value.magnitude).max() ?? 1 }.reduce(1, *) }
}
