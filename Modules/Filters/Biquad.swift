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
  // One voice whose coefficients stand still is filtered eight frames at a time.
  private var blocks = BlockedFilter(), isBlocked = false
  // What the coefficients were computed from.
  private var cutoff = L.zero, q = L.zero, gain = L.zero, mode: Float = 0

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    let isConstant = io.input(.cutoff).isConstant && io.input(.q).isConstant && io.input(.gain).isConstant
    let isSettled = isConstant && !ramp.isMoving && !isNew(io, at: 0)
    if isSettled && (isBlocked || L.count > 1) { return run(io, 0..<io.frames) }
    var i = 0
    while i < io.frames {
      let toGrid = io.framesToGrid(from: i)
      if toGrid == 0 || !ramp.isSet { reachPoint(io, at: i, isOnGrid: toGrid == 0) }
      let stop = min(io.frames, i + (toGrid == 0 ? gridFrames : toGrid))
      run(io, i..<stop)
      i = stop
    }
  }

  private mutating func reachPoint(_ io: ModuleIO<Self>, at i: Int, isOnGrid: Bool) {
    let wasStill = isBlocked
    let next = coefficients(io, at: i)
    ramp.reachPoint(next: next)
    guard L.count == 1 else { return }
    // Decided on the grid alone, and so the same however frames are split into calls.
    isBlocked = isOnGrid && !ramp.isMoving
    if isBlocked && !wasStill { blocks.set(ramp.now.lane(0)) }
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

  private mutating func run(_ io: ModuleIO<Self>, _ frames: Range<Int>) {
    let x = io.input(.in), out = io.output(.out)
    if isBlocked {
      let start = frames.lowerBound
      return blocks.runOne(
        x.isConstant ? x.samples : x.samples + start, isConstant: x.isConstant, out + start, count: frames.count,
        frame: io.frame + start, band: &band, low: &low)
    }
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
