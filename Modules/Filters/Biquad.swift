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
  // A single voice is filtered eight frames at a time, but for its first frames and while another response than a
  // low-pass moves. The states and the present filter are then those of the last multiple of eight frames; `blocks` has
  // the inputs since, and the constant filter where `hasBlock` says so.
  private var blocks = BlockedFilter(), isBlocked = false, hasBlock = false
  // Rendered in a chain: the states are those of the present frame.
  private var isChained = false
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
    if L.count == 1 {
      isChained = false
      if isSettled && isBlocked { return runBlocks(io, 0..<io.frames) }
      if !isConstant && followQuantum(io) { return }
    } else if isSettled && !isLowpass {
      return run(io, 0..<io.frames)
    }
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
      if L.count == 1 && isBlocked {
        runBlocks(io, i..<stop)
      } else if isLowpass {
        runLowpass(io, x, out, i..<stop)
      } else {
        run(io, i..<stop)
      }
      i = stop
    }
  }

  /// Brings a state of eight frames ago to the present frame: in one voice, or in the first of eight that were one.
  @inline(never)
  private mutating func leaveBlocks(at frame: Int) {
    (isBlocked, hasBlock) = (false, false)
    for i in 0..<frame & 7 {
      var x = L.zero
      x[lane: 0] = blocks.pending[i]
      if isLowpass {
        _ = LowpassPoint(ramp.now).step(x, band: &band, low: &low)
      } else {
        _ = ramp.now.step(x, band: &band, low: &low)
      }
      // As everywhere, a moving low-pass keeps its coefficients for two frames.
      if ramp.isMoving && i & 1 == 1 {
        ramp.now.advance(by: ramp.step)
        ramp.now.advance(by: ramp.step)
      }
    }
  }

  @inline(__always)
  private mutating func reachPoint(_ io: ModuleIO<Self>, at i: Int, isOnGrid: Bool) {
    ramp.arrive()
    isLowpass = mode == Float(FilterMode.lowpass.rawValue)
    let corner = io.input(.cutoff)[i]
    if !ramp.isSet { trend.start(at: corner) }
    let expected = isOnGrid ? trend.next(after: corner) : corner
    if isNew(io, at: i, expected) { aim(io, at: i, expected) }
    guard L.count == 1 else { return }
    // Decided on the grid alone, and so the same for any split into calls.
    isBlocked = isOnGrid && (isLowpass || !ramp.isMoving)
    if ramp.isMoving { hasBlock = false }
    guard isBlocked && !ramp.isMoving && !hasBlock else { return }
    if isLowpass { ramp.now.completeLowpass() }
    blocks.set(ramp.now.lane(0))
    hasBlock = true
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

// MARK: - One voice

extension Biquad {
  /// Filters some frames of one voice, none of which lies behind a grid point before the last.
  @inline(__always)
  private mutating func runBlocks(_ io: ModuleIO<Self>, _ frames: Range<Int>) {
    let out = io.output(.out), x = io.input(.in), start = frames.lowerBound
    if !ramp.isMoving {
      return blocks.runOne(
        x.isConstant ? x.samples : x.samples + start, isConstant: x.isConstant, out + start, count: frames.count,
        frame: io.frame + start, band: &band, low: &low)
    }
    var point = LowpassPoint(ramp.now).first, b = band[lane: 0], l = low[lane: 0]
    blocks.runMoving(
      &point, step: LowpassPoint(ramp.step).first, io.samples(.in, spreadingInto: out, frames).floats + start,
      out.floats + start, count: frames.count, frame: io.frame + start, band: &b, low: &l)
    ramp.now.setLowpass(LowpassPoint(all: point))
    (band, low) = (L(b), L(l))
  }

  /// A whole quantum of a low-pass of one voice whose corner moves at each of its four grid points: the same to the bit
  /// as one group of eight frames after the other.
  ///
  /// - Returns: false, without an effect, where it is not that.
  @inline(__always)
  private mutating func followQuantum(_ io: ModuleIO<Self>) -> Bool {
    guard io.frames == quantumFrames, io.frame & (quantumFrames - 1) == 0, ramp.isSet,
      mode == Float(FilterMode.lowpass.rawValue), io.input(.mode).value[lane: 0] == mode
    else { return false }
    let corners = io.input(.cutoff), qs = io.input(.q), gains = io.input(.gain)
    var trend = trend, expected = Voices(0), quality = Voices(1)
    var last = (corner: cutoff, q: q, gain: gain)
    for k in 0..<4 {
      let i = k &* gridFrames, now = (corner: trend.next(after: corners[i]), q: qs[i], gain: gains[i])
      let changed =
        L.differ(now.corner, last.corner) | L.differ(now.q, last.q) | L.differ(now.gain, last.gain)
      if changed.signs == 0 { return false }
      (expected[k], quality[k]) = (now.corner[lane: 0], now.q[lane: 0])
      last = now
    }
    (self.trend, cutoff, q, gain) = (trend, last.corner, last.q, last.gain)
    ramp.arrive()
    let goals = LowpassPoint<Voices>(frequency: expected * Voices(io.period), q: quality)
    let out = io.output(.out)
    var b = band[lane: 0], l = low[lane: 0]
    goals.runQuantum(
      from: LowpassPoint(ramp.now).first, io.samples(.in, spreadingInto: out, 0..<io.frames).floats, out.floats,
      band: &b, low: &l)
    (band, low) = (L(b), L(l))
    ramp.now.setLowpass(LowpassPoint(all: goals.lane(2)))
    ramp.aim(atLowpass: LowpassPoint(all: goals.lane(3)))
    ramp.now.setLowpass(LowpassPoint(all: goals.lane(3)))
    (isLowpass, isBlocked, hasBlock) = (true, true, false)
    return true
  }
}

// MARK: - Chain: constant filters in series

extension Biquad: ChainedModule where L == Float {
  static func processChain(_ chain: NodeChain<Self>) -> Bool {
    let first = chain.io(0), last = chain.io(chain.count &- 1)
    if !(chain.isSteady && chain[0].pointee.isChained) {
      // Decided where every split into calls has a block, and so the same for any of them.
      let isStart = first.frame & (quantumFrames - 1) == 0
      for k in 0..<chain.count where !chain[k].pointee.canBeChained(chain.io(k), isStart) { return false }
      for k in 0..<chain.count { chain[k].pointee.enterChain() }
    }
    let x = first.input(.in), out = last.output(.out)
    var places: UnsafeMutablePointer<UnsafeMutablePointer<Float>?>?
    if chain.needsAllOutputs {
      places = chain.places
      for k in 0..<chain.count { places![k] = chain.io(k).output(.out) }
    }
    // A state begins with `band`, `low` and the present filter.
    FilterChain.run(
      chain.nodes, count: chain.count, x.samples, mask: x.isConstant ? 0 : -1, out, all: places, frames: first.frames)
    return true
  }

  /// Returns whether no parameter moves, and the filter is the one for its parameters.
  private func canBeChained(_ io: ModuleIO<Self>, _ isStart: Bool) -> Bool {
    let corner = io.input(.cutoff)
    return (isChained || isStart) && !ramp.isMoving && corner.isConstant && io.input(.q).isConstant
      && io.input(.gain).isConstant && !corner.isAudioRate && trend.isSettled(at: corner.value)
      && !isNew(io, at: 0, corner.value)
  }

  /// At a multiple of eight frames, where no inputs are pending.
  private mutating func enterChain() {
    if isChained { return }
    if isLowpass { ramp.now.completeLowpass() }
    (isChained, isBlocked) = (true, false)
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
      guard node.pointee.hasBlock, node.pointee.isBlocked,
        node.pointee.mode == mode, node.pointee.cutoff == cutoff.value[lane],
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
