import DSP
import ModuleKit

/// Maps a signal linearly from one range to another; a reversed range inverts it.
///
/// `clip` clamps the result to the new range. An input range without width gives its low end.
struct Scale<L: Lane>: Module {
  enum In: Int, InputPort {
    case `in`, inlow, inhigh, outlow, outhigh, clip

    private static var bounds: ClosedRange<Float> { -100_000...100_000 }
    var spec: ParamSpec {
      switch self {
      case .in: .audio("Input")
      case .inlow: .amount("Input that is mapped to outlow", default: -1, range: Self.bounds)
      case .inhigh: .amount("Input that is mapped to outhigh", default: 1, range: Self.bounds)
      case .outlow: .amount("Output at inlow", default: 0, range: Self.bounds)
      case .outhigh: .amount("Output at inhigh", default: 1, range: Self.bounds)
      case .clip: .toggle("Limits the output to the new range")
      }
    }
  }
  enum Out: Int, OutputPort {
    case out
    var summary: String { "The mapped input" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "scale", .shaping, "Maps a range to another", tail: nil, isPure: true,
      otherNames: OtherNames(
        "map, range, rescale, linlin, attenuverter, offset", superCollider: "LinLin, Range", vcv: "Rescale, 8vert",
        max: "scale~, zmap"))
  }

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    let x = io.input(.in), inlow = io.input(.inlow), inhigh = io.input(.inhigh)
    let outlow = io.input(.outlow), outhigh = io.input(.outhigh)
    let isClipped = io.input(.clip).value[lane: 0] > 0.5
    let isConstant = inlow.isConstant && inhigh.isConstant && outlow.isConstant && outhigh.isConstant
    var line = Self.line(inlow.value, inhigh.value)
    if isConstant && x.isConstant {
      return io.hold(.out, at: Self.moved(x.value, line, outlow.value, outhigh.value, isClipped))
    }
    let out = io.output(.out)
    if isConstant && !isClipped {
      // Linear: a product and a sum.
      let slope = line.slope * (outhigh.value - outlow.value), start = L.fnma(line.low, slope, outlow.value)
      let samples = x.samples
      for i in 0..<io.frames { out[i] = L.fma(samples[i], slope, start) }
      return
    }
    for i in 0..<io.frames {
      if !isConstant { line = Self.line(inlow[i], inhigh[i]) }
      out[i] = Self.moved(x[i], line, outlow[i], outhigh[i], isClipped)
    }
  }

  /// The start of the input range and 1 / its width.
  @inline(__always)
  private static func line(_ low: L, _ high: L) -> (low: L, slope: L) {
    let width = high - low
    return (low, L.select(L.less(L.magnitude(width), L(1e-20)), .zero, L(1) / width))
  }

  @inline(__always)
  private static func moved(_ x: L, _ line: (low: L, slope: L), _ low: L, _ high: L, _ isClipped: Bool) -> L {
    var place = (x - line.low) * line.slope
    if isClipped { place = L.clamp(place, .zero, L(1)) }
    return L.fma(place, high, L.fnma(place, low, low))
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Scale<Float>.self, Scale<Voices>.self) }
