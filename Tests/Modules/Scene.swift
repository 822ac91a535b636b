import DSP
import Glibc
import ModuleKit
import TestSupport

/// A set of inputs for any module: its settings, and signals into all patchable inputs, different in each lane.
struct Scene: CustomStringConvertible {
  enum Motion {
    /// No cables.
    case none
    /// Sounds and gates; parameters are constant.
    case sounds
    /// Sounds, gates, and parameters that move around their defaults.
    case gentle
    /// The same, and adaptive inputs move at audio rate.
    case fast
    /// Parameters that jump over their whole range at 1 kHz.
    case violent
  }
  var choices: [String: Float]
  var motion: Motion

  var description: String { "\(motion) " + choices.map { "\($0) \($1)" }.joined() }

  /// - Parameter lane: for one lane: the lane of the eight that it represents.
  func rig(_ name: String, lanes: Int, lane first: Int = 0) -> KernelRig {
    rig(KernelRig.registry[name]!, lanes: lanes, lane: first)
  }

  func rig(_ module: ModuleDescriptor, lanes: Int, lane first: Int = 0) -> KernelRig {
    let rig = KernelRig(module, lanes: lanes, voices: 8, firstVoice: first)
    rig.deviceInput = { frame, channel in sinf(Float(frame) * 0.02 * Float(channel + 1)) }
    for (port, input) in rig.module.inputs.enumerated() where input.isPatchable && motion != .none {
      if motion == .sounds && input.type != .signal && input.modulation != .gate { continue }
      rig.signal(input.name, isAudioRate: motion == .fast && input.reading == .adaptive) { frame, lane in
        value(input, port, frame, lane + first)
      }
    }
    for (input, value) in choices { rig[input] = value }
    return rig
  }

  private func value(_ input: ParamSpec, _ port: Int, _ frame: Int, _ lane: Int) -> Float {
    // Inputs that are read on the grid are constant in between, as the engine's are.
    let isFast = motion == .fast && input.reading == .adaptive
    let frame = Float(input.reading == .everyFrame || isFast ? frame : frame & -gridFrames)
    let place = Float(lane) + 3 * Float(port)
    if input.modulation == .gate { return fmodf(frame + 37 * place, 600) < 300 ? 1 : 0 }
    if input.type == .signal { return 0.8 * sinf(frame * (0.03 + 0.004 * place)) }
    let swing = sinf(frame * (isFast ? 0.3 : 0.002) + place)
    let range = input.range
    if motion == .violent { return sinf(frame * 0.13 + place) < 0 ? range.lowerBound : range.upperBound }
    let moved: Float
    switch input.curve {
    case .logarithmic: moved = input.defaultValue * exp2f(0.5 * swing)
    case .linear: moved = input.defaultValue + 0.2 * min(range.upperBound - range.lowerBound, 1) * swing
    }
    return min(max(moved, range.lowerBound), range.upperBound)
  }
}

/// The largest difference of two sounds of the same length.
func worstDifference(_ a: [Float], _ b: [Float]) -> Float {
  zip(a, b).reduce(0) { ($1.0 - $1.1).isFinite ? max($0, ($1.0 - $1.1).magnitude) : .infinity }
}
