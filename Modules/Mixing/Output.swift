import DSP
import ModuleKit

/// Sends to the outputs of the program: `left` to `channel`, `right` to the next one.
///
/// Several outputs on one channel are summed, and so are the voices. Where only one of `left` and `right` is patched,
/// both channels receive it. Channels that the program does not have are ignored.
struct Output<L: Lane>: Module {
  enum In: Int, InputPort {
    case left, right, level, channel

    var spec: ParamSpec {
      switch self {
      case .left: .audio("Left; alone, it feeds both sides")
      case .right: .audio("Right; alone, it feeds both sides")
      case .level: .gain("Output level", default: 1, upTo: 4)
      case .channel: .count("Output channel of the left side; 1 is the first", default: 1, range: 1...64)
      }
    }
  }
  typealias Out = NoOutputs
  static var about: ModuleAbout {
    ModuleAbout(
      "output", .mixing, "Audio output: sound card or file", voicing: .sums, restsInSilence: true,
      otherNames: OtherNames(
        "audio out, speaker, sound card output, DAC, master, main", superCollider: "Out, OffsetOut", pureData: "dac~",
        vcv: "Audio", max: "dac~, ezdac~"))
  }

  /// Share of the other side in each side that is not patched; it fades over 5 ms when a cable is added or removed.
  private var leftFollows: Float = -1, rightFollows: Float = -1
  /// True if either side had a cable in the last block.
  private var wasPatched = false

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    let left = io.input(.left), right = io.input(.right)
    let channel = Int(io.input(.channel).value[lane: 0]) - 1
    // Without cables both sides are silent: the first ones fade in alone.
    if !wasPatched { (leftFollows, rightFollows) = (-1, -1) }
    wasPatched = left.isPatched || right.isPatched
    add(left, right, !left.isPatched && right.isPatched ? 1 : 0, &leftFollows, to: channel, io)
    add(right, left, right.isPatched ? 0 : 1, &rightFollows, to: channel + 1, io)
  }

  private func add(
    _ own: Signal<L>, _ other: Signal<L>, _ goal: Float, _ follows: inout Float, to channel: Int, _ io: ModuleIO<Self>
  ) {
    if follows < 0 { follows = goal }  // the first block
    let device = io.device, level = io.input(.level)
    if follows == goal {
      guard channel >= 0 && channel < device.outputCount else { return }
      let out = device.outputs[channel], signal = goal == 0 ? own : other
      if signal.isConstant && level.isConstant {
        let value = (signal.value * level.value).laneSum
        // Silence.
        if value == 0 { return }
        for i in 0..<io.frames { out[i] += value }
      } else if level.isConstant {
        // The usual case, with nothing but the necessary in it.
        let samples = signal.samples, gain = level.value
        L.addSums(io.frames, to: out) { samples[$0] * gain }
      } else if !signal.isConstant {
        let samples = signal.samples, gains = level.samples
        L.addSums(io.frames, to: out) { samples[$0] * gains[$0] }
      } else {
        let value = signal.value, gains = level.samples
        L.addSums(io.frames, to: out) { value * gains[$0] }
      }
      return
    }
    let step = (goal - follows < 0 ? -200 : 200) * io.period
    for i in 0..<io.frames {
      follows = min(max(follows + step, 0), 1)
      guard channel >= 0 && channel < device.outputCount else { continue }
      device.outputs[channel][i] += ((own[i] + other[i] * follows) * level[i]).laneSum
    }
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Output<Float>.self, Output<Voices>.self) }
