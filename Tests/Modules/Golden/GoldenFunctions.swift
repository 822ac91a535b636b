import DSP
import Foundation
import TestSupport

/// The reference's plain functions: panning, fading, pitches, decibels.
let plainFunctions: [String: Follow] = [
  "pan2": { golden in
    let signal = try golden.columns("signal")[0], wanted = try golden.columns("out"), rig = KernelRig("pan")
    rig["pan"] = Float(min(max(golden.number("pan"), -1), 1))
    rig.signal("in") { frame, _ in Float(signal[frame]) }
    let sound = rig.render(signal.count)
    return ["left", "right"].enumerated().map { (sound[$1][0].map(Double.init), wanted[$0]) }
  },
  "crossfade_signals": { golden in
    let a = try golden.columns("signal_a"), b = try golden.columns("signal_b"), wanted = try golden.columns("out")
    let m = wanted[0].count
    // The shift of the second signal is given by the case, since it needs the whole signal.
    let shift = (golden.notes["alignment_shift_samples"] as? NSNumber)?.intValue ?? 0
    return wanted.indices.map { channel in
      let from = a[min(channel, a.count - 1)], to = b[min(channel, b.count - 1)].prefix(m)
      let rig = KernelRig("crossfade", rate: golden.sampleRate)
      rig.choose("law", golden.text("curve") == "equal_power" ? "power" : "linear")
      rig.signal("a") { i, _ in Float(from[i]) }
      rig.signal("b") { i, _ in Float(to[((i - shift) % m + m) % m]) }
      rig.signal("fade") { i, _ in m == 1 ? 0 : Float(Double(i) / Double(m - 1)) }
      return (rig.heard(m), wanted[channel])
    }
  },
  "pan law gains": { golden in
    var results: [Comparison] = []
    for (law, theirs) in [("linear", "linear"), ("power", "sincos"), ("compromise", "m4p5")] {
      let rig = KernelRig("pan")
      rig.choose("law", law)
      rig.signal("in") { _, _ in 1 }
      for row in try golden.table("table") {
        rig["pan"] = Float(row["pan"]!)
        let sound = rig.render(1)
        results.append(
          ([Double(sound["left"][0][0]), Double(sound["right"][0][0])], [row["\(theirs)_l"]!, row["\(theirs)_r"]!]))
      }
    }
    return results
  },
  // Relative tolerances: in units of the expected value.
  "MIDI note to frequency": { golden in
    try golden.table("table").map { row in
      let octaves = Float((row["note"]! - 69) / 12)
      return ([Double(Float.exp2(octaves)) * 440 / row["hz_a440"]!], [1])
    }
  },
  "decibel to gain": { golden in
    try golden.table("table").map { row in
      ([Double(Float.amplitude(decibels: Float(row["db"]!))) / row["gain"]!], [1])
    }
  },
]
