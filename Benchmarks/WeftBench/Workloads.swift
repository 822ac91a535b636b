import Glibc
import PatchKit

/// The workloads of Benchmarks/README.md as Weft patches.
///
/// Differences between voices are computed in the patch, from the voice's index; they are constant, so the engine
/// computes them once.
enum Workload: String, CaseIterable {
  case voice, strip, tone, sines, chain, fx, idle
  /// As `chain`, but with the chains as voices of one polyphonic chain.
  case lanes
  /// An instrument without notes.
  case rest

  /// Seconds before the end at which the gates of `voice` go down.
  static let releaseAt = 0.5
  /// Seconds between gate edges of `strip` and `tone`.
  static let gateInterval = 0.25
  /// The node and parameter of the gate of `voice`, `strip` and `tone`.
  static let gate = (node: "env", param: "gate")

  func patch(_ n: Int) -> Patch {
    switch self {
    case .voice: Workload.voices(n)
    case .strip: Workload.strips(n)
    case .tone: Workload.tones(n)
    case .sines: Workload.sines(n)
    case .chain: Workload.chains(n)
    case .fx: Workload.effects()
    case .idle: Patch()
    case .lanes: Workload.laneChains(n)
    case .rest: Workload.players(n)
    }
  }

  private static func voices(_ n: Int) -> Patch {
    var s = PatchSketch(voices: n)
    s.node("saw", "saw", ["gain": 1, "frequency": 55])
    s.notes(to: "saw/frequency")
    s.node("lfo", "lfo", ["rate": 0.2])
    // 0.2 … 0.51 Hz, in octaves.
    s.remainder("step32", of: 1, by: 32)
    s.cable("step32/out", "lfo/rate", log2(0.51 / 0.2) / 31)
    // 500 … 2,500 Hz, in octaves around their geometric mean.
    s.node("filter", "biquad", ["cutoff": (500.0 * 2_500).squareRoot(), "q": 2], choices: ["mode": "lowpass"])
    s.cable("lfo/out", "filter/cutoff", log2(5.0) / 2)
    s.node("env", "adsr", ["attack": 0.01, "decay": 0.1, "sustain": 0.7, "release": 0.3, "gate": 1])
    // Amount 0: the gate remains the parameter's, but every voice has an envelope of its own.
    s.cable("voice/index", "env/gate", 0)
    s.node("vca", "gain", ["gain": 0.25 / Double(n).squareRoot()])
    s.node("pan", "pan", ["pan": -1])
    s.remainder("step16", of: 1, by: 16)
    s.cable("step16/out", "pan/pan", 1 / 7.5)
    s.node("out", "output")
    s.cable("saw/out", "filter/in")
    s.cable("filter/out", "vca/in")
    s.cable("env/out", "vca/gain")
    s.cable("vca/out", "pan/in")
    s.cable("pan/left", "out/left")
    s.cable("pan/right", "out/right")
    return s.patch
  }

  /// Voices that play notes: saw, low-pass with its envelope, gain, pan.
  private static func players(_ n: Int) -> Patch {
    var s = PatchSketch(voices: n)
    s.node("keys", "notes")
    s.node("osc", "saw", ["frequency": 440, "gain": 1])
    s.node("filt", "biquad", ["cutoff": 500, "q": 2], choices: ["mode": "lowpass"])
    s.node("env", "adsr", ["attack": 0.01, "decay": 0.1, "sustain": 0.7, "release": 0.3])
    s.node("vca", "gain", ["gain": 0.1])
    s.node("voice", "voice")
    s.node("pan", "pan")
    s.node("out", "output")
    for (from, to, amount) in [
      ("keys/pitch", "osc/frequency", 1), ("keys/gate", "env/gate", 1), ("osc/out", "filt/in", 1),
      ("env/out", "filt/cutoff", 3.0), ("filt/out", "vca/in", 1), ("env/out", "vca/gain", 1), ("vca/out", "pan/in", 1),
      ("voice/spread", "pan/pan", 1), ("pan/left", "out/left", 1), ("pan/right", "out/right", 1),
    ] { s.cable(from, to, amount) }
    return s.patch
  }

  /// A minimal voice: no LFO and no pan; the envelope opens the filter and, played twice a second, is never idle.
  private static func strips(_ n: Int) -> Patch {
    var s = PatchSketch(voices: n)
    s.node("saw", "saw", ["gain": 1, "frequency": 55])
    s.notes(to: "saw/frequency")
    s.node(
      "env", "adsr", ["attack": 0.1, "decay": 0.15, "sustain": 0.5, "release": 0.25], choices: ["curve": "linear"])
    s.cable("voice/index", "env/gate", 0)
    // 500 … 4,000 Hz.
    s.node("filter", "biquad", ["cutoff": 500, "q": 2], choices: ["mode": "lowpass"])
    s.cable("env/out", "filter/cutoff", 3)
    s.node("vca", "gain", ["gain": 0.25 / Double(n).squareRoot()])
    s.node("out", "output")
    s.cable("saw/out", "filter/in")
    s.cable("filter/out", "vca/in")
    s.cable("env/out", "vca/gain")
    s.cable("vca/out", "out/left")
    return s.patch
  }

  /// A sine and its envelope, which is played twice a second and is never idle.
  private static func tones(_ n: Int) -> Patch {
    var s = PatchSketch(voices: n)
    s.node("sine", "sine", ["gain": 0.25 / Double(n).squareRoot(), "frequency": 55])
    s.notes(to: "sine/frequency")
    s.node(
      "env", "adsr", ["attack": 0.1, "decay": 0.15, "sustain": 0.5, "release": 0.25], choices: ["curve": "linear"])
    s.cable("voice/index", "env/gate", 0)
    s.node("vca", "gain")
    s.node("out", "output")
    s.cable("sine/out", "vca/in")
    s.cable("env/out", "vca/gain")
    s.cable("vca/out", "out/left")
    return s.patch
  }

  /// As many voices per node as a patch may have; several nodes for more sines.
  private static func sines(_ n: Int) -> Patch {
    let width = min(n, Patch.Limits.voices)
    precondition(n % width == 0, "more than \(width) sines come in multiples of that")
    var s = PatchSketch(voices: width)
    s.node("voice", "voice")
    s.node("out", "output")
    for first in stride(from: 0, to: n, by: width) {
      let sine = s.node("sine\(first)", "sine", ["frequency": 40, "gain": 0.3 / Double(n).squareRoot()])
      s.remainder("place\(first)", of: 37.31, from: first, by: 9_000)
      s.cable("place\(first)/out", "\(sine)/fm")
      s.remainder("level\(first)", of: 13, from: first, by: 32)
      // 1 − level / 64.
      s.node("scale\(first)", "math", ["b": 1], choices: ["operation": "add"])
      s.cable("level\(first)/out", "scale\(first)/a", -1 / 64.0)
      s.cable("scale\(first)/out", "\(sine)/gain")
      s.cable("\(sine)/out", "out/left")
    }
    return s.patch
  }

  private static func chains(_ n: Int) -> Patch {
    var s = PatchSketch()
    s.node("out", "output")
    for i in 0..<n {
      let pitch = 55 * exp2(Double((7 * i) % 48) / 12) * (1 + 0.0001 * Double(i % 97))
      s.node("saw\(i)", "saw", ["gain": 1, "frequency": pitch])
      s.chain(i, of: n)
    }
    return s.patch
  }

  private static func laneChains(_ n: Int) -> Patch {
    var s = PatchSketch(voices: n)
    s.node("out", "output")
    s.node("saw0", "saw", ["gain": 1, "frequency": 55])
    s.notes(to: "saw0/frequency")
    s.chain(0, of: n)
    return s.patch
  }

  private static func effects() -> Patch {
    var s = PatchSketch()
    s.node("out", "output")
    s.node("reverb", "reverb", ["mix": 0.33])
    for (side, pitch, time, phase) in [("left", 110, 0.25, 0.0), ("right", 110.7, 0.33, 0.25)] {
      s.node("saw-\(side)", "saw", ["gain": 0.2, "frequency": pitch])
      s.node("echo-\(side)", "delay", ["time": time, "feedback": 0.4, "mix": 0.3])
      s.node("lfo-\(side)", "lfo", ["rate": 0.5, "phase": phase])
      s.node("chorus-\(side)", "delay", ["time": 0.012, "feedback": 0, "mix": 0.5])
      s.cable("saw-\(side)/out", "echo-\(side)/in")
      s.cable("echo-\(side)/out", "chorus-\(side)/in")
      // ±3 ms around 12, in octaves.
      s.cable("lfo-\(side)/out", "chorus-\(side)/time", log2(15.0 / 9) / 2)
      s.cable("chorus-\(side)/out", "reverb/\(side)")
      s.cable("reverb/\(side)", "out/\(side)")
    }
    return s.patch
  }
}

extension PatchSketch {
  /// A node whose output is (factor · (voice + first)) mod `divisor`.
  fileprivate mutating func remainder(_ id: String, of factor: Double, from first: Int = 0, by divisor: Double) {
    if patch.nodes["voice"] == nil { node("voice", "voice") }
    node("\(id)-sum", "math", ["b": factor * Double(first)], choices: ["operation": "add"])
    cable("voice/index", "\(id)-sum/a", factor)
    node(id, "math", ["b": divisor], choices: ["operation": "modulo"])
    cable("\(id)-sum/out", "\(id)/a")
  }

  /// Pitch in octaves above the parameter: (7 i mod 48) / 12, and (i mod 97) ten-thousandths more.
  fileprivate mutating func notes(to input: String) {
    remainder("step48", of: 7, by: 48)
    cable("step48/out", input, 1 / 12.0)
    remainder("step97", of: 1, by: 97)
    cable("step97/out", input, log2(1.0001))
  }

  /// From `saw{i}` through 14 peaking filters and a gain to the output.
  fileprivate mutating func chain(_ i: Int, of n: Int) {
    var last = "saw\(i)"
    for k in 0..<14 {
      let filter = node(
        "peak\(i)-\(k)", "biquad", ["cutoff": 100 * pow(1.4, Double(k)), "q": 1, "gain": k % 2 == 0 ? 3 : -3],
        choices: ["mode": "peak"])
      cable("\(last)/out", "\(filter)/in")
      last = filter
    }
    node("gain\(i)", "gain", ["gain": 0.25 / Double(n).squareRoot()])
    cable("\(last)/out", "gain\(i)/in")
    cable("gain\(i)/out", "out/left")
  }
}
