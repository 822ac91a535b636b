import Foundation
import TestSupport

/// Naive waves, which alias, by the lfo; offline events and voices of one envelope each.
let naiveWaves: [String: Follow] = {
  var list: [String: Follow] = [
    "offline sound event": { golden in
      let wanted = try golden.columns("out")[0], rate = Double(golden.sampleRate), n = wanted.count
      let first = golden.number("start_frequency"), last = golden.number("end_frequency")
      let seconds = golden.number("duration_secs")
      // The defect of the reference: the phase is the product of a moving frequency and the time, so that the pitch
      // passes its end.
      func phase(_ i: Int) -> Double {
        let t = Double(i) / rate
        return (first + (last - first) * t / seconds) * t
      }
      let wave = naive(golden.text("waveform"), rate: golden.sampleRate) { _ in 0 }
      let shift = golden.text("waveform") == "triangle" ? 0.25 : 0
      wave.signal("phase") { frame, _ in Float(phase(frame) - shift) }
      let sound = wave.heard(n)
      return [(zip(sound, batch(golden, n)).map { $0 * $1 }, wanted)]
    },
    "realtime voice engine": { golden in try voices(golden) },
  ]
  for name in ["square", "sawtooth", "triangle", "pulse"] {
    list["naive waveform: \(name)"] = { golden in
      let wanted = try golden.columns("out")[0], hertz = Float(golden.number("frequency"))
      let rig = naive(name, rate: golden.sampleRate, duty: golden.number("duty_cycle", or: 0.5)) { _ in hertz }
      let made = rig.heard(wanted.count)
      guard name != "triangle" else { return [(made, wanted)] }
      // Rounding decides on which side of a jump a frame beside it lies.
      var ignored = 0
      let compared = made.indices.map { i in
        let isBeside = abs(wanted[min(i + 1, wanted.count - 1)] - wanted[max(i - 1, 0)]) > 0.5
        guard isBeside, abs(made[i] - wanted[i]) > golden.tolerance else { return made[i] }
        ignored += 1
        return wanted[i]
      }
      return [(compared, wanted), ([Double(ignored) / Double(wanted.count) <= 0.01 ? 0 : 1], [0])]
    }
  }
  return list
}()

/// A wave with jumps, as the lfo makes it: sine from 0, saw and triangle from −1, square and pulse from 1.
private func naive(
  _ name: String, rate: Float, duty: Double = 0.5, _ hertz: @escaping (Int) -> Float
) -> KernelRig {
  let rig = KernelRig("lfo", rate: rate)
  rig.choose("shape", ["sawtooth": "saw", "pulse": "square"][name] ?? name)
  if name == "triangle" { rig["phase"] = -0.25 }
  if name == "pulse" { rig["width"] = Float(duty) }
  rig.signal("rate") { frame, _ in hertz(frame) }
  return rig
}

/// The batch envelope: segments are cut where they are too long, and none is scaled.
private func batch(_ golden: GoldenCase, _ n: Int) -> [Double] {
  let rate = Double(golden.sampleRate), sustain = golden.number("sustain_level")
  func frames(_ name: String) -> Int { Int(golden.number(name) * rate) }
  let attack = frames("attack_secs"), decay = frames("decay_secs"), release = frames("release_secs")
  return (0..<n).map { i in
    if i >= n - release { return sustain * (1 - Double(i - (n - release)) / Double(release)) }
    if i < attack { return Double(i) / Double(attack) }
    if i < attack + decay { return 1 - Double(i - attack) / Double(decay) * (1 - sustain) }
    return sustain
  }
}

/// Notes of the reference's engine: each a wave and an envelope of ours, added; stealing and panic as it has them.
private func voices(_ golden: GoldenCase) throws -> [Comparison] {
  let wanted = try golden.columns("out")[0], rate = golden.sampleRate, count = wanted.count
  let events = golden.arguments["events"] as? [[Any]] ?? []
  func number(_ value: Any) -> Double { (value as? NSNumber)?.doubleValue ?? 0 }
  var master = [(0, 1.0)], end = count
  struct Note {
    var start: Int, wave: String, times: [Double], end: Int
    var hertz: [(Int, Double)], level: [(Int, Double)] = [(0, 1)], off: Int
  }
  var notes: [Note] = []
  for event in events {
    let at = Int(number(event[0]))
    switch event[1] as? String {
    case "on":
      if notes.count >= 32 { notes[notes.count - 32].end = at }
      notes.append(
        Note(
          start: at, wave: event[2] as? String ?? "", times: event[5...].map(number), end: count,
          hertz: [(0, number(event[4]))], off: count))
    case "off": notes[Int(number(event[2]))].off = at
    case "freq": notes[Int(number(event[2]))].hertz.append((at, number(event[3])))
    case "amp": notes[Int(number(event[2]))].level.append((at, number(event[3])))
    case "master": master.append((at, number(event[2])))
    case "alloff": for i in notes.indices { notes[i].off = min(notes[i].off, at) }
    default: end = at
    }
  }
  var sum = [Double](repeating: 0, count: count)
  for note in notes {
    let wave = naive(note.wave, rate: rate) { frame in
      Float(note.hertz.last { $0.0 <= frame + note.start }!.1)
    }
    let envelope = KernelRig("adsr", rate: rate)
    envelope.choose("curve", "linear")
    for (name, value) in zip(["attack", "decay", "sustain", "release"], note.times) { envelope[name] = Float(value) }
    envelope.signal("gate") { frame, _ in frame + note.start < note.off ? 1 : 0 }
    // The reference advances before its output: a frame ahead.
    envelope.skip(1)
    let length = min(note.end, end) - note.start, sound = wave.heard(length), levels = envelope.heard(length)
    for i in 0..<length {
      let frame = i + note.start
      sum[frame] += sound[i] * levels[i] * note.level.last { $0.0 <= frame }!.1
    }
  }
  let made = sum.enumerated().map { i, value in min(max(value * master.last { $0.0 <= i }!.1, -1), 1) }
  return [(made, wanted)]
}
