import DSP
import ModuleKit

/// Places a signal between left and right.
///
/// The laws differ in the middle: `power` (−3.01 dB) keeps the power of unrelated signals, `linear` (−6.02 dB) the sum
/// of equal ones, `compromise` (−4.52 dB) is between the two.
struct Pan<L: Lane>: Module {
  enum In: Int, InputPort {
    case `in`, pan, law

    var spec: ParamSpec {
      switch self {
      case .in: .audio("Input")
      case .pan: .amount("Position from left (−1) to right (1)", default: 0, range: -1...1)
      case .law: .choice("Level law of the middle position", ["power", "compromise", "linear"], default: "power")
      }
    }
  }
  enum Out: Int, OutputPort {
    case left, right
    var summary: String { self == .left ? "Left signal" : "Right signal" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "pan", .mixing, "Stereo panner", isPure: true, restsInSilence: true,
      otherNames: OtherNames(
        "panner, panorama, balance, stereo position, left right", superCollider: "Pan2, LinPan2, Balance2",
        vcv: "Split, Merge"))
  }

  // The parameters of the present gains; there is no law −1, so the first block computes them.
  private var place = L.zero, law: Float = -1
  private var gains = (L.zero, L.zero)

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    let x = io.input(.in), pan = io.input(.pan)
    let law = io.input(.law).value[lane: 0]
    if pan.isConstant {
      if (L.differ(pan.value, place)).signs != 0 || law != self.law {
        (place, self.law) = (pan.value, law)
        gains = Self.gains(place, law)
      }
      let (l, r) = gains
      if x.isConstant {
        io.hold(.left, at: x.value * l)
        return io.hold(.right, at: x.value * r)
      }
      let samples = x.samples, left = io.output(.left), right = io.output(.right)
      eachFrame(io.frames) {
        left[$0] = samples[$0] * l
        right[$0] = samples[$0] * r
      }
    } else {
      let left = io.output(.left), right = io.output(.right)
      for i in 0..<io.frames {
        let (l, r) = Self.gains(pan[i], law)
        left[i] = x[i] * l
        right[i] = x[i] * r
      }
    }
  }

  @inline(__always)
  private static func gains(_ pan: L, _ law: Float) -> (L, L) {
    let right = L.fma(pan, L(0.5), L(0.5))
    let left = L(1) - right
    if law == 2 { return (left, right) }
    let leftSine = L.sineOfHalfCycle(left * 0.25), rightSine = L.sineOfHalfCycle(right * 0.25)
    if law == 0 { return (leftSine, rightSine) }
    return (L.squareRoot(left * leftSine), L.squareRoot(right * rightSine))
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Pan<Float>.self, Pan<Voices>.self) }
