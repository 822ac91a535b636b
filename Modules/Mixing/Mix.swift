import DSP
import ModuleKit

/// Sums eight signals, each with a gain of its own, and the voices of polyphonic ones.
struct Mix<L: Lane>: Module {
  enum In: Int, InputPort {
    case in1, in2, in3, in4, in5, in6, in7, in8
    case gain1, gain2, gain3, gain4, gain5, gain6, gain7, gain8

    /// Signals before their gains, in the same order.
    static var signals: Int { 8 }
    var spec: ParamSpec {
      let isSignal = rawValue < Self.signals
      let number = rawValue % Self.signals + 1
      return isSignal ? .audio("Signal \(number)") : .gain("Gain of signal \(number)", default: 1, upTo: 4)
    }
  }
  enum Out: Int, OutputPort {
    case out
    var summary: String { "The sum" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "mix", .mixing, "Mixer of eight signals", voicing: .sums,
      otherNames: OtherNames(
        "mixer, sum, adder, bus, add", superCollider: "Mix, Sum3, Sum4", pureData: "+~", vcv: "Mix, VCA Mixer, Unity",
        max: "+~, matrix~"))
  }

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    let out = io.output(.out)
    out.update(repeating: .zero, count: io.frames)
    // Two at a time: the sum is read and written half as often.
    var waiting: Part?
    for i in 0..<In.signals {
      guard let signal = In(rawValue: i), let gain = In(rawValue: i + In.signals) else { continue }
      let part = Part(signal: io.input(signal), gain: io.input(gain))
      if !part.signal.isPatched { continue }
      if let first = waiting {
        Self.add(first, part, to: out, frames: io.frames)
        waiting = nil
      } else {
        waiting = part
      }
    }
    guard let last = waiting else { return }
    for i in 0..<io.frames { out[i] = L.fma(last.signal[i], last.gain[i], out[i]) }
  }

  private struct Part {
    let signal, gain: Signal<L>
    var isPlain: Bool { gain.isConstant && !signal.isConstant }
  }

  @inline(__always)
  private static func add(_ a: Part, _ b: Part, to out: UnsafeMutablePointer<L>, frames: Int) {
    if a.isPlain && b.isPlain {
      let x = a.signal.samples, y = b.signal.samples, first = a.gain.value, second = b.gain.value
      for i in 0..<frames { out[i] = L.fma(y[i], second, L.fma(x[i], first, out[i])) }
    } else {
      for i in 0..<frames {
        out[i] = L.fma(b.signal[i], b.gain[i], L.fma(a.signal[i], a.gain[i], out[i]))
      }
    }
  }
}

extension Mix: PackedModule where L == Float { typealias Eight = Mix<Voices> }

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Mix<Float>.self, Mix<Voices>.self) }
