import DSP
import ModuleKit

/// State-variable filter: four responses at once, 12 dB per octave.
///
/// `resonance` maps to a quality of 0.5 to 50. `drive` saturates the filter's loop, so that a loud resonance is limited
/// to about 1 / drive; 0 is linear. The corner moves as that of `biquad`.
/// - Source: V. Zavalishin, "The Art of VA Filter Design" (2012), topology-preserving transform.
struct Svf<L: Lane>: Module {
  enum In: Int, InputPort {
    case `in`, cutoff, resonance, drive

    var spec: ParamSpec {
      switch self {
      case .in: .audio("Input")
      case .cutoff: .cutoff()
      case .resonance: .resonance()
      case .drive: .amount("Saturation of the loop", default: 0, range: 0...10)
      }
    }
  }
  enum Out: Int, OutputPort {
    case low, band, high, notch
    var summary: String {
      switch self {
      case .low: "Low-pass output"
      case .band: "Band-pass output; its gain at the corner equals the quality factor"
      case .high: "High-pass output"
      case .notch: "Notch output"
      }
    }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "svf", .filters, "State-variable filter, four outputs", tail: 10,
      otherNames: OtherNames(
        "state variable, filter, vcf, multimode, lowpass, low-pass, lpf, highpass, high-pass, hpf, "
          + "bandpass, band-pass, bpf, notch, resonant",
        superCollider: "SVF, RLPF, RHPF, BPF, BRF", pureData: "vcf~, bob~", vcv: "VCF", max: "svf~"))
  }

  private var band = L.zero, low = L.zero
  // The parameters of the present coefficients, and the trend of the corner.
  private var cutoff = L.zero, resonance = L.zero
  private var trend = GridTrend<L>()
  private var ramp = GridRamp<TrapezoidalIntegrators<L>>()

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    if _slowPath(io.input(.cutoff).isAudioRate) { return followEveryFrame(io) }
    let isConstant = io.input(.cutoff).isConstant && io.input(.resonance).isConstant
    let isSettled =
      isConstant && !ramp.isMoving && trend.isSettled(at: io.input(.cutoff).value)
      && !isNew(io.input(.cutoff).value, io.input(.resonance).value)
    var i = 0
    while i < io.frames {
      let toGrid = io.framesToGrid(from: i)
      if !isSettled && (toGrid == 0 || !ramp.isSet) {
        ramp.reachPoint(next: coefficients(io, at: i, isOnGrid: toGrid == 0))
      }
      let stop = isSettled ? io.frames : min(io.frames, i + (toGrid == 0 ? gridFrames : toGrid))
      run(io, i..<stop)
      i = stop
    }
  }

  private mutating func coefficients(_ io: ModuleIO<Self>, at i: Int, isOnGrid: Bool) -> TrapezoidalIntegrators<L>? {
    let corner = io.input(.cutoff)[i]
    if !ramp.isSet { trend.start(at: corner) }
    let expected = isOnGrid ? trend.next(after: corner) : corner
    guard isNew(expected, io.input(.resonance)[i]) else { return nil }
    return coefficients(expected, io.input(.resonance)[i], io.period)
  }

  @inline(__always)
  private mutating func coefficients(_ cutoff: L, _ resonance: L, _ period: Float) -> TrapezoidalIntegrators<L> {
    self.cutoff = cutoff
    self.resonance = resonance
    return TrapezoidalIntegrators(frequency: cutoff * period, damping: L.fma(resonance, L(-1.98), L(2)))
  }

  private func isNew(_ cutoff: L, _ resonance: L) -> Bool {
    let changed = L.differ(self.cutoff, cutoff) | L.differ(self.resonance, resonance)
    return changed.signs != 0 || !ramp.isSet
  }

  /// A corner that moves at audio rate: new coefficients in every frame. The resonance is read on the grid.
  @inline(never)
  private mutating func followEveryFrame(_ io: ModuleIO<Self>) {
    let corner = io.input(.cutoff), peak = io.input(.resonance)
    for i in 0..<io.frames {
      let resonance = io.framesToGrid(from: i) == 0 || !ramp.isSet ? peak[i] : self.resonance
      ramp.jump(to: coefficients(corner[i], resonance, io.period))
      run(io, i..<i + 1)
    }
    trend.start(at: cutoff)
  }

  private mutating func run(_ io: ModuleIO<Self>, _ frames: Range<Int>) {
    let x = io.input(.in), drive = io.input(.drive)
    let lows = io.output(.low), bands = io.output(.band), highs = io.output(.high), notches = io.output(.notch)
    let step = ramp.isMoving ? ramp.step : TrapezoidalIntegrators()
    let isLinear = drive.isConstant && L.less(.zero, drive.value).signs == 0
    var band = band, low = low, filter = ramp.now
    for i in frames {
      let y = filter.step(x[i], band: &band, low: &low)
      // Only shortens the state, so that no drive makes the loop unstable.
      if !isLinear { band = band / L.squareRoot(L.fma(band * drive[i], band * drive[i], L(1))) }
      lows[i] = y.low
      bands[i] = y.band
      highs[i] = y.high
      notches[i] = y.low + y.high
      filter.advance(by: step)
    }
    ramp.stay(at: filter)
    self.band = band
    self.low = low
  }
}

extension Svf: PackedModule where L == Float {
  typealias Eight = Svf<Voices>
  static var shared: [PartialKeyPath<Self>] { [\.ramp.isMoving, \.ramp.isSet] }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Svf<Float>.self, Svf<Voices>.self) }
