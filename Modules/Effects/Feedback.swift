import DSP
import ModuleKit

/// Closes a loop: a delay of one quantum (64 frames), inside a cycle or not.
///
/// A cycle of cables needs one such node. The delay is the engine's; the sound is unchanged.
struct Feedback<L: Lane>: Module {
  enum In: Int, InputPort {
    case `in`
    var spec: ParamSpec { .audio("Input") }
  }
  enum Out: Int, OutputPort {
    case out
    var summary: String { "The input, delayed by 64 frames" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "feedback", .effects, "Delay of 64 frames, to close a feedback loop", tail: nil, latency: .always,
      otherNames: OtherNames(
        "loop, feedback path, one-block delay", superCollider: "LocalIn, LocalOut, InFeedback",
        pureData: "send~, receive~", max: "send~, receive~"))
  }

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    let x = io.input(.in)
    if x.isConstant { return io.hold(.out, at: x.value) }
    io.output(.out).update(from: x.samples, count: io.frames)
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Feedback<Float>.self, Feedback<Voices>.self) }
