import DSP
import ModuleKit

/// The signal of one input channel of the program; silence where there is no such channel.
struct Input<L: Lane>: Module {
  enum In: Int, InputPort {
    case gain, channel

    var spec: ParamSpec {
      switch self {
      case .gain: .gain("Gain as a factor", default: 1, upTo: 4)
      case .channel: .count("Input channel; 1 is the first", default: 1, range: 1...64)
      }
    }
  }
  enum Out: Int, OutputPort {
    case out
    var summary: String { "Signal of the channel, the same in every voice" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "input", .mixing, "Audio input: sound card or file", tail: nil, rate: .audio,
      otherNames: OtherNames(
        "audio in, microphone, line in, sound card input, external", superCollider: "In, SoundIn", pureData: "adc~",
        vcv: "Audio", max: "adc~"))
  }

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    let device = io.device, gain = io.input(.gain)
    let channel = Int(io.input(.channel).value[lane: 0]) - 1
    guard channel >= 0 && channel < device.inputCount else { return io.hold(.out, at: .zero) }
    let sound = device.inputs[channel], out = io.output(.out)
    for i in 0..<io.frames { out[i] = L(sound[i]) * gain[i] }
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Input<Float>.self, Input<Voices>.self) }
