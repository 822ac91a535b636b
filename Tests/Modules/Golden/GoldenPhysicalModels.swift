import DSP
import Foundation
import TestSupport

/// The reference's physical model: the twelve interfaces, delays, filter, reverb, modulation.
let physicalModels: [String: Follow] = {
  var list: [String: Follow] = [
    "chamberlin state-variable filter": { golden in
      let x = try golden.columns("in")[0], wanted = try golden.columns("out")[0]
      let corner = 20 * pow(1_000, golden.number("frequency")), quality = 0.5 * pow(40, golden.number("q"))
      let coefficients = ChamberlinFilter<Float>.Coefficients(
        cycles: Float(corner) / golden.sampleRate, quality: Float(quality))
      var filter = ChamberlinFilter<Float>()
      let shape = Float(golden.number("shape"))
      return [(x.map { Double(filter.next(Float($0), coefficients, shape: shape)) }, wanted)]
    },
    "dual delay lines": { golden in
      let x = try golden.columns("in")[0], wanted = try golden.columns("out"), rate = golden.sampleRate
      let ratio = golden.number("ratio"), longest = Float(Int(rate / 20) - 1)
      let length = Double(rate) / (golden.number("frequency") * exp2((golden.number("tuning") - 0.5) * 2))
      let capacity = Int(rate / 20) + 4, memory = UnsafeMutablePointer<Float>.allocate(capacity: capacity)
      memory.initialize(repeating: 0, count: capacity)
      defer { memory.deallocate() }
      var line = DelayLine(memory: memory, capacity: capacity)
      var made: [[Double]] = [[], []]
      let lengths = [length, length * (ratio < 0.5 ? 0.5 + ratio : 1 + 2 * (ratio - 0.5))]
      for value in x {
        for (i, length) in lengths.enumerated() {
          let frames = min(max(Float(length), 2), longest)
          made[i].append(Double(line.readLinear(frames, age: 1_000_000, old: 0)))
        }
        line.write(Float(value))
      }
      return [(made[0], wanted[0]), (made[1], wanted[1])]
    },
    "comb-allpass reverb": { golden in
      let wanted = try golden.columns("out")[0], rig = KernelRig("schroeder", rate: golden.sampleRate)
      rig["size"] = Float(golden.number("size"))
      rig["mix"] = Float(golden.number("level"))
      rig.signal("in") { frame, _ in frame == 0 ? 1 : 0 }
      return [(rig.heard(wanted.count), wanted)]
    },
    "AM-FM modulation": { golden in
      let wanted = try golden.columns("out"), rig = KernelRig("lfo", rate: golden.sampleRate)
      let mode = golden.number("modulationTypeLevel")
      rig["rate"] = Float(0.1 * pow(200, golden.number("lfoFrequency")))
      // The reference advances before its output: a frame ahead.
      rig.skip(1)
      let wave = rig.heard(wanted[0].count)
      func scaled(_ low: Double, _ high: Double) -> [Double] {
        let scale = KernelRig("scale", rate: golden.sampleRate)
        scale["outlow"] = Float(low)
        scale["outhigh"] = Float(high)
        scale.signal("in") { frame, _ in Float(wave[frame]) }
        return scale.heard(wave.count)
      }
      let amplitude = max(0, 1 - 2 * mode), pitch = 0.1 * max(0, 2 * mode - 1)
      return [
        (wave, wanted[0]), (scaled(1 - amplitude, 1), wanted[1]), (scaled(1 - pitch, 1 + pitch), wanted[2]),
      ]
    },
    "disyn monophonic synth": { golden in
      let wanted = try golden.columns("out")[0], rate = golden.sampleRate, count = wanted.count
      let source = KernelRig("disyn", rate: rate), envelope = KernelRig("ar", rate: rate)
      source["algorithm"] = Float(golden.number("algorithm"))
      source["gain"] = Float(golden.number("velocity") * golden.number("masterGain"))
      for parameter in ["param1", "param2", "frequency"] { source[parameter] = Float(golden.number(parameter)) }
      envelope.choose("curve", "linear")
      let attack = 0.001 * pow(1_000, golden.number("attack")), off = Int(golden.number("note_off_at_sample"))
      envelope["attack"] = Float(attack)
      envelope["release"] = Float(0.01 * pow(300, golden.number("release")))
      envelope.signal("gate") { frame, _ in frame < off ? 1 : 0 }
      envelope.skip(1)
      let wave = source.heard(count), level = envelope.heard(count), room = KernelRig("schroeder", rate: rate)
      room["size"] = Float(golden.number("reverbSize"))
      room["mix"] = Float(golden.number("reverbLevel"))
      room.signal("in") { frame, _ in Float(wave[frame] * level[frame]) }
      return [(room.heard(count), wanted)]
    },
  ]
  for kind in ExcitationKind.allCases {
    list["interface nonlinearity: \(kind)"] = { golden in
      let x = try golden.columns("in")[0], wanted = try golden.columns("out")[0]
      let rig = KernelRig("excite", rate: golden.sampleRate)
      rig.choose("interface", "\(kind)")
      rig["intensity"] = Float(golden.number("intensity"))
      rig["noise"] = 0
      rig.signal("in") { frame, _ in Float(x[frame]) }
      let made = rig.heard(wanted.count)
      // Chaotic at its height: single precision is lost after a dozen frames, as the reference states.
      guard kind == .vapor, golden.fallback != nil else { return [(made, wanted)] }
      func level(_ values: [Double]) -> Double { values.reduce(0) { $0 + $1 * $1 }.squareRoot() }
      let decibels = 20 * log10(level(made) / level(wanted))
      return [
        (Array(made.prefix(12)), Array(wanted.prefix(12))),
        ([decibels / golden.fallback!.level * golden.tolerance], [0]),
      ]
    }
  }
  return list
}()
