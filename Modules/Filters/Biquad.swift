import DSP
import ModuleKit

/// The second-order filters of the cookbook; their response is the analytic one.
///
/// Coefficients are computed every 16 frames and moved in a straight line in between, so a moving
/// corner is heard up to 16 frames late and never as a step. `gain` matters to peak and shelves only.
/// - Source: R. Bristow-Johnson, "Cookbook formulae for audio EQ biquad filter coefficients".
struct Biquad<L: Lane>: Module {
  enum In: Int, InputPort {
    case `in`, cutoff, q, gain, mode

    var spec: ParamSpec {
      switch self {
      case .in: .audio("What is filtered")
      case .cutoff: .cutoff()
      case .q: .resonance("Quality: how narrow; 0.707 is flat", default: 0.707, range: 0.1...25)
      case .gain:
        .amount("Boost of peak and shelves", default: 0, range: -24...24, unit: .decibels, reading: .grid)
      case .mode: .choice("Which response", FilterMode.allCases.map { "\($0)" }, default: "lowpass")
      }
    }
  }
  enum Out: Int, OutputPort {
    case out
    var summary: String { "The filtered input" }
  }
  static var about: ModuleAbout { ModuleAbout("biquad", .filters, "Second-order filter with eight responses", tail: 5) }

  private var band = L.zero, low = L.zero
  private var ramp = GridRamp<CookbookFilter<L>>()
  // What the coefficients were computed from.
  private var cutoff = L.zero, q = L.zero, gain = L.zero, mode: Float = 0

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    let x = io.input(.in), out = io.output(.out)
    let isConstant = io.input(.cutoff).isConstant && io.input(.q).isConstant && io.input(.gain).isConstant
    let isSettled = isConstant && !ramp.isMoving && !isNew(io, at: 0)
    var i = 0
    while i < io.frames {
      let toGrid = io.framesToGrid(from: i)
      if !isSettled && (toGrid == 0 || !ramp.isSet) { ramp.reachPoint(next: coefficients(io, at: i)) }
      let stop = isSettled ? io.frames : min(io.frames, i + (toGrid == 0 ? gridFrames : toGrid))
      run(x, out, i..<stop)
      i = stop
    }
  }

  /// The filter that the inputs of frame i ask for, if it is another than the last.
  private mutating func coefficients(_ io: ModuleIO<Self>, at i: Int) -> CookbookFilter<L>? {
    guard isNew(io, at: i) else { return nil }
    cutoff = io.input(.cutoff)[i]
    q = io.input(.q)[i]
    gain = io.input(.gain)[i]
    mode = io.input(.mode).value[lane: 0]
    return CookbookFilter(
      FilterMode(rawValue: Int(mode)) ?? .lowpass, frequency: cutoff * io.period, q: q, gain: gain)
  }

  private func isNew(_ io: ModuleIO<Self>, at i: Int) -> Bool {
    let changed =
      L.differ(cutoff, io.input(.cutoff)[i]) | L.differ(q, io.input(.q)[i]) | L.differ(gain, io.input(.gain)[i])
    return changed.signs != 0 || mode != io.input(.mode).value[lane: 0] || !ramp.isSet
  }

  private mutating func run(_ x: Signal<L>, _ out: UnsafeMutablePointer<L>, _ frames: Range<Int>) {
    var band = band, low = low, filter = ramp.now
    if ramp.isMoving {
      let step = ramp.step
      for i in frames {
        out[i] = filter.step(x[i], band: &band, low: &low)
        filter.advance(by: step)
      }
      ramp.stay(at: filter)
    } else {
      for i in frames { out[i] = filter.step(x[i], band: &band, low: &low) }
    }
    self.band = band
    self.low = low
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Biquad<Float>.self, Biquad<Voices>.self) }
