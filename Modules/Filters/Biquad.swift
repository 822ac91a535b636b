import DSP
import ModuleKit

/// The second-order filters of the cookbook; their response is the analytic one.
///
/// A corner that moves at audio rate has new coefficients in every frame. Otherwise they are computed every 16 frames,
/// for the value expected 16 frames later, and interpolated linearly in between: the corner never steps. `gain` applies
/// to peak and shelves only.
/// - Source: R. Bristow-Johnson, "Cookbook formulae for audio EQ biquad filter coefficients".
struct Biquad<L: Lane>: Module {
  enum In: Int, InputPort {
    case `in`, cutoff, q, gain, mode

    var spec: ParamSpec {
      switch self {
      case .in: .audio("Input")
      case .cutoff: .cutoff()
      case .q: .resonance("Quality factor: higher is narrower; 0.707 is flat", default: 0.707, range: 0.1...25)
      case .gain:
        .amount("Boost or cut of peak and shelves", default: 0, range: -24...24, unit: .decibels, reading: .grid)
      case .mode: .choice("Response", FilterMode.allCases.map { "\($0)" }, default: "lowpass")
      }
    }
  }
  enum Out: Int, OutputPort {
    case out
    var summary: String { "The filtered input" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "biquad", .filters, "Second-order filter with eight responses", tail: 5,
      otherNames: OtherNames(
        "filter, eq, equalizer, equaliser, lowpass, low-pass, lpf, highpass, high-pass, hpf, bandpass, "
          + "bpf, notch, peaking, shelf, low shelf, high shelf, parametric",
        superCollider: "LPF, HPF, BPF, BRF, BLowPass, BHiPass, BPeakEQ, BLowShelf, BHiShelf, SOS",
        pureData: "biquad~, bp~, hip~, lop~", max: "biquad~, filtercoeff~, cascade~"))
  }

  private var band = L.zero, low = L.zero
  private var ramp = GridRamp<CookbookFilter<L>>()
  // A single voice with constant coefficients is filtered eight frames at a time.
  private var blocks = BlockedFilter(), isBlocked = false
  // Both the present coefficients and the targets are low-passes.
  private var isLowpass = false
  // The parameters of the present coefficients.
  private var cutoff = L.zero, q = L.zero, gain = L.zero, mode: Float = 0
  private var trend = GridTrend<L>()

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    if L.count > 1 && isBlocked { leaveBlocks(at: io.frame) }
    if _slowPath(io.input(.cutoff).isAudioRate) { return followEveryFrame(io) }
    let isConstant = io.input(.cutoff).isConstant && io.input(.q).isConstant && io.input(.gain).isConstant
    let isSettled =
      isConstant && !ramp.isMoving && trend.isSettled(at: io.input(.cutoff).value)
      && !isNew(io, at: 0, io.input(.cutoff).value)
    if isSettled && (isBlocked || L.count > 1 && !isLowpass) { return run(io, 0..<io.frames) }
    let out = io.output(.out)
    let x = io.samples(.in, spreadingInto: out, 0..<io.frames)
    if isSettled && L.count > 1 { return runLowpass(io, x, out, 0..<io.frames) }
    if L.count > 1 && !isConstant && mode == Float(FilterMode.lowpass.rawValue)
      && io.input(.mode).value[lane: 0] == mode && ramp.isSet && (isLowpass || io.framesToGrid(from: 0) == 0)
    {
      return followLowpass(io, x, out)
    }
    // Not `eachGridStretch`: it costs a single voice half a percent.
    var i = 0
    while i < io.frames {
      let toGrid = io.framesToGrid(from: i)
      if toGrid == 0 || !ramp.isSet { reachPoint(io, at: i, isOnGrid: toGrid == 0) }
      let stop = min(io.frames, i &+ (toGrid == 0 ? gridFrames : toGrid))
      if isLowpass && !isBlocked { runLowpass(io, x, out, i..<stop) } else { run(io, i..<stop) }
      i = stop
    }
  }

  /// Converts the state of one voice that was filtered eight frames at a time for the first of eight voices.
  @inline(never)
  private mutating func leaveBlocks(at frame: Int) {
    isBlocked = false
    for i in 0..<frame & 7 {
      var x = L.zero
      x[lane: 0] = blocks.pending[i]
      _ = ramp.now.step(x, band: &band, low: &low)
    }
  }

  @inline(__always)
  private mutating func reachPoint(_ io: ModuleIO<Self>, at i: Int, isOnGrid: Bool) {
    let wasBlocked = isBlocked
    ramp.arrive()
    isLowpass = mode == Float(FilterMode.lowpass.rawValue)
    let corner = io.input(.cutoff)[i]
    if !ramp.isSet { trend.start(at: corner) }
    let expected = isOnGrid ? trend.next(after: corner) : corner
    if isNew(io, at: i, expected) { aim(io, at: i, expected) }
    guard L.count == 1 else { return }
    // Decided on the grid alone, and so the same for any split into calls.
    isBlocked = isOnGrid && !ramp.isMoving
    guard isBlocked && !wasBlocked else { return }
    if isLowpass { ramp.now.completeLowpass() }
    blocks.set(ramp.now.lane(0))
  }

  /// Starts towards the filter for the inputs at frame i, with the corner expected when it arrives.
  @inline(never)
  private mutating func aim(_ io: ModuleIO<Self>, at i: Int, _ corner: L) {
    cutoff = corner
    q = io.input(.q)[i]
    gain = io.input(.gain)[i]
    mode = io.input(.mode).value[lane: 0]
    let response = FilterMode(rawValue: Int(mode)) ?? .lowpass
    if isLowpass {
      if response == .lowpass && ramp.isSet {
        return ramp.aim(atLowpass: LowpassPoint(frequency: cutoff * L(io.period), q: q))
      }
      ramp.now.completeLowpass()
    }
    ramp.aim(at: CookbookFilter(response, frequency: cutoff * io.period, q: q, gain: gain))
    isLowpass = isLowpass && response == .lowpass
  }

  @inline(__always)
  private func isNew(_ io: ModuleIO<Self>, at i: Int, _ corner: L) -> Bool {
    let changed =
      L.differ(cutoff, corner) | L.differ(q, io.input(.q)[i]) | L.differ(gain, io.input(.gain)[i])
    return changed.signs != 0 || mode != io.input(.mode).value[lane: 0] || !ramp.isSet
  }

  /// A corner that moves at audio rate: new coefficients in every frame. The other inputs are read on the grid.
  @inline(never)
  private mutating func followEveryFrame(_ io: ModuleIO<Self>) {
    if isBlocked { leaveBlocks(at: io.frame) }
    let corner = io.input(.cutoff), x = io.input(.in), out = io.output(.out), period = L(io.period)
    mode = io.input(.mode).value[lane: 0]
    let response = FilterMode(rawValue: Int(mode)) ?? .lowpass
    isLowpass = response == .lowpass
    var band = band, low = low
    for i in 0..<io.frames {
      if io.framesToGrid(from: i) == 0 || !ramp.isSet {
        q = io.input(.q)[i]
        gain = io.input(.gain)[i]
        ramp.isSet = true
      }
      cutoff = corner[i]
      if isLowpass {
        out[i] = LowpassPoint(frequency: cutoff * period, q: q).step(x[i], band: &band, low: &low)
      } else {
        out[i] = CookbookFilter(response, frequency: cutoff * period, q: q, gain: gain)
          .step(x[i], band: &band, low: &low)
      }
    }
    self.band = band
    self.low = low
    ramp.jump(to: CookbookFilter(response, frequency: cutoff * period, q: q, gain: gain))
    trend.start(at: cutoff)
  }

  private mutating func run(_ io: ModuleIO<Self>, _ frames: Range<Int>) {
    let out = io.output(.out), x = io.input(.in)
    if isBlocked {
      let start = frames.lowerBound
      return blocks.runOne(
        x.isConstant ? x.samples : x.samples + start, isConstant: x.isConstant, out + start, count: frames.count,
        frame: io.frame + start, band: &band, low: &low)
    }
    var band = band, low = low, filter = ramp.now
    if !ramp.isMoving {
      for i in frames { out[i] = filter.step(x[i], band: &band, low: &low) }
    } else {
      let step = ramp.step
      for i in frames {
        out[i] = filter.step(x[i], band: &band, low: &low)
        filter.advance(by: step)
      }
      ramp.stay(at: filter)
    }
    self.band = band
    self.low = low
  }

  /// Eight low-passes with moving corners. The coefficients for the coming grid points are computed before the first
  /// frame: four long independent chains of arithmetic run in parallel, not one after the other.
  @inline(__always)
  private mutating func followLowpass(_ io: ModuleIO<Self>, _ x: UnsafePointer<L>, _ out: UnsafeMutablePointer<L>) {
    let first = io.framesToGrid(from: 0), frames = io.frames
    let cutoffs = io.input(.cutoff), qs = io.input(.q), period = L(io.period)
    var points = InlineArray<4, LowpassPoint<L>>(repeating: LowpassPoint())
    var i = first, count = 0
    while i < frames {
      cutoff = trend.next(after: cutoffs[i])
      points[count] = LowpassPoint(frequency: cutoff * period, q: qs[i])
      count &+= 1
      i &+= gridFrames
    }
    // Before the first grid point the ramp of the last block continues.
    if first > 0 { runLowpass(io, x, out, 0..<min(first, frames)) }
    i = first
    for k in 0..<count {
      ramp.arrive()
      isLowpass = true
      ramp.aim(atLowpass: points[k])
      let stop = min(frames, i &+ gridFrames)
      runLowpass(io, x, out, i..<stop)
      i = stop
    }
    guard count > 0 else { return }
    let last = first &+ (count &- 1) &* gridFrames
    q = qs[last]
    gain = io.input(.gain)[last]
  }

  /// Eight low-passes, constant or moving: half the coefficients, so that all stay in registers.
  @inline(__always)
  private mutating func runLowpass(
    _ io: ModuleIO<Self>, _ x: UnsafePointer<L>, _ out: UnsafeMutablePointer<L>, _ frames: Range<Int>
  ) {
    var point = LowpassPoint(ramp.now)
    (band, low) = point.run(
      x, out, frames, isOdd: (io.frame &+ frames.lowerBound) & 1 == 1,
      step: ramp.isMoving ? LowpassPoint(ramp.step).doubled : nil, band: band, low: low)
    // The other coefficients are not read before the next grid point, where all arrive.
    ramp.now.setLowpass(point)
  }
}

// MARK: - Pack: eight constant filters of one voice

extension Biquad: PackedModule where L == Float {
  static var canBeMoved: Bool { false }

  /// Constant filters. Their states are those of the last multiple of eight frames.
  static func processEight(_ nodes: PackedNodes<Self>, _ io: ModuleIO<Biquad<Voices>>) -> Bool {
    guard areConstant(nodes, io) else { return false }
    // A state begins with `band`, `low` and the present filter.
    var lanes = InlineArray<8, Voices>(repeating: Voices(0))
    withUnsafeMutableBytes(of: &lanes) { nodes.gather(8, into: $0.baseAddress!.assumingMemoryBound(to: Voices.self)) }
    var filter = CookbookFilter<Voices>()
    (filter.keep, filter.turn, filter.rise) = (lanes[2], lanes[3], lanes[4])
    (filter.direct, filter.fromBand, filter.fromLow) = (lanes[5], lanes[6], lanes[7])
    (lanes[0], lanes[1]) = run(filter, nodes, io, band: lanes[0], low: lanes[1])
    withUnsafeBytes(of: &lanes) { nodes.scatter(2, from: $0.baseAddress!.assumingMemoryBound(to: Voices.self)) }
    return true
  }

  /// Returns whether no parameter of the eight moves, and each node has the filter for its parameters.
  @inline(__always)
  private static func areConstant(_ nodes: PackedNodes<Self>, _ io: ModuleIO<Biquad<Voices>>) -> Bool {
    let cutoff = io.input(.cutoff), q = io.input(.q), gain = io.input(.gain)
    guard cutoff.isConstant, q.isConstant, gain.isConstant else { return false }
    let mode = io.input(.mode).value[0]
    for lane in 0..<Voices.count {
      let node = nodes[lane]
      guard node.pointee.isBlocked, node.pointee.mode == mode, node.pointee.cutoff == cutoff.value[lane],
        node.pointee.trend.isSettled(at: cutoff.value[lane]), node.pointee.q == q.value[lane],
        node.pointee.gain == gain.value[lane]
      else { return false }
    }
    return true
  }

  /// Filters the block.
  ///
  /// - Returns: the states after the last multiple of eight frames; the nodes keep the inputs since then.
  @inline(__always)
  private static func run(
    _ filter: CookbookFilter<Voices>, _ nodes: PackedNodes<Self>, _ io: ModuleIO<Biquad<Voices>>, band: Voices,
    low: Voices
  ) -> (band: Voices, low: Voices) {
    let x = io.input(.in), out = io.output(.out), begun = io.frame & 7
    var states = (band: band, low: low), now = states
    // The frames of a partial block, which the states do not include.
    for k in 0..<begun {
      var pending = Voices(0)
      for lane in 0..<Voices.count { pending[lane] = nodes[lane].pointee.blocks.pending[k] }
      _ = filter.step(pending, band: &now.band, low: &now.low)
    }
    // Up to the last multiple of eight within this block.
    let whole = max(((begun &+ io.frames) & ~7) &- begun, 0)
    if x.isConstant {
      for i in 0..<whole { out[i] = filter.step(x.value, band: &now.band, low: &now.low) }
    } else {
      for i in 0..<whole { out[i] = filter.step(x.samples[i], band: &now.band, low: &now.low) }
    }
    if whole > 0 { states = now }
    for i in whole..<io.frames {
      for lane in 0..<Voices.count { nodes[lane].pointee.blocks.pending[(begun &+ i) & 7] = x[i][lane] }
      out[i] = filter.step(x[i], band: &now.band, low: &now.low)
    }
    return states
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Biquad<Float>.self, Biquad<Voices>.self) }
