// [audio] One parameter of one node: its value, and its smoothing towards a new one.
import DSP
import ModuleKit

/// A parameter's value as a signal: constant, or a value per frame while it moves.
///
/// The smoothing runs frame by frame in real time, so it does not depend on rate or period.
package struct Parameter {
  /// The signal that steps read.
  package internal(set) var cell: SignalCell
  private(set) var target: Float
  private var current: Float
  /// Remaining distance: in the parameter's unit, or in octaves (logarithmic).
  private var distance: Float = 0
  /// Linear: frames done.
  private var position = 0
  private let smoothing: Smoothing
  /// Linear: frames of the whole ramp; otherwise the share of the distance that remains after a frame.
  private let pace: Float
  /// Frames of an automation segment; 0: smoothing as the spec says.
  private var length = 0
  private var curve = AutomationCurve.natural
  /// The distance of the segment is in octaves.
  private var isInOctaves = false
  /// Below this distance the parameter has arrived: −126 dB of the ramp.
  private var nearEnough: Float = 0
  private let isPoly: Bool
  /// One value, in the node's width.
  private let constantBase: RawMemory
  /// `quantumFrames` values in the node's width, lent by the control side before the parameter first moves.
  private var moving: RawMemory?
  /// True if the parameter is in the engine's list of moving parameters.
  var isListed = false
  /// The order of the last event and of the last commit that set it, with the frame of the commit.
  var setOrder = 0
  var commit = (order: 0, frame: Int.min)

  package init(
    _ spec: ParamSpec, value: Float, node: Int, instance: Int, sampleRate: Float, isPoly: Bool,
    constantBase: RawMemory
  ) {
    self.node = node
    self.instance = instance
    smoothing = spec.smoothing
    let frames = max(1, spec.smoothingTime * sampleRate)
    pace = spec.smoothing == .linear ? frames.rounded() : Parameter.decay(frames: frames)
    self.isPoly = isPoly
    self.constantBase = constantBase
    target = value
    current = value
    cell = SignalCell(base: constantBase.pointer, mask: 0)
    stop()
  }

  /// e^(−1/frames).
  private static func decay(frames: Float) -> Float { Float.exp2(-1.442_695_04 / frames) }

  var isMoving: Bool { current != target }
  /// The node and instance that own this parameter.
  let node: Int
  let instance: Int

  /// Moves towards `value`; sets it at once where the spec says so or there is no buffer to move in.
  ///
  /// - Parameters:
  ///   - frames: length of an automation segment; 0: smoothing as the spec says.
  ///   - curve: the shape of an automation segment.
  package mutating func set(
    _ value: Float, buffer: RawMemory?, over frames: Int = 0, curve: AutomationCurve = .natural
  ) {
    if let buffer { moving = buffer }
    target = value
    length = frames
    self.curve = curve
    guard smoothing != .none, moving != nil else {
      current = value
      stop()
      return
    }
    isInOctaves = smoothing == .logarithmic
    if frames > 0 && curve.isInUnit { isInOctaves = false }
    if frames > 0 && curve == .exponential { isInOctaves = current > 0 && value > 0 }
    distance = isInOctaves ? Float.log2(current / value) : current - value
    nearEnough = distance.magnitude * 5e-7
    position = 0
  }

  /// Continues from the state of the same parameter at another width, in its own buffer.
  mutating func resume(from other: Parameter, buffer: RawMemory?) {
    (target, current, distance, position) = (other.target, other.current, other.distance, other.position)
    (length, curve, isInOctaves, nearEnough) = (other.length, other.curve, other.isInOctaves, other.nearEnough)
    (setOrder, commit) = (other.setOrder, other.commit)
    if let buffer { moving = buffer }
    stop()
  }

  /// Jumps to its target.
  mutating func arrive() {
    current = target
    stop()
  }

  /// Renders the next block; false once it has become constant.
  package mutating func advance(_ frames: Int) -> Bool {
    guard isMoving, let moving else {
      stop()
      return false
    }
    cell.base = moving.pointer
    cell.mask = -1
    if isPoly {
      let values = moving.row(of: Voices.self, count: frames)
      for i in 0..<frames { values[i] = Voices(next()) }
    } else {
      let values = moving.row(of: Float.self, count: frames)
      let done = advanceEights(moving.row(of: Voices.self, count: frames / 8))
      for i in done..<frames { values[i] = next() }
    }
    return true
  }

  /// Renders frames of an automation segment in eights, up to its end; the values are those of `nextOnLine`.
  ///
  /// - Returns: the frames that are done.
  private mutating func advanceEights(_ values: Row<Voices>) -> Int {
    guard length > 0, length < Int(Int32.max), !isInOctaves, curve.isPolynomial else { return 0 }
    let eights = min(values.count, (length - 1 - position) / 8)
    guard eights > 0 else { return 0 }
    let whole = Voices(Float(length)), target = Voices(target), distance = Voices(distance), curve = curve
    var at = SIMD8<Int32>(1, 2, 3, 4, 5, 6, 7, 8) &+ Int32(position)
    for i in 0..<eights {
      values[i] = target + distance * (Voices(1) - curve.polynomial(Voices(at) / whole))
      at &+= 8
    }
    position += 8 * eights
    current = values[eights - 1][7]
    return 8 * eights
  }

  private mutating func stop() {
    cell.base = constantBase.pointer
    cell.mask = 0
    if isPoly {
      constantBase.reference(to: Voices.self).pointee = Voices(current)
    } else {
      constantBase.reference(to: Float.self).pointee = current
    }
  }

  @inline(__always) private mutating func next() -> Float {
    if length > 0 { return nextOnLine() }
    switch smoothing {
    case .linear:
      position += 1
      current = Float(position) >= pace ? target : target + distance * (1 - Float(position) / pace)
    case .exponential, .logarithmic:
      distance *= pace
      if distance.magnitude <= nearEnough {
        current = target
      } else {
        current = smoothing == .exponential ? target + distance : target * Float.exp2(distance)
      }
    case .none:
      current = target
    }
    return current
  }

  private mutating func nextOnLine() -> Float {
    position += 1
    let stop = distance * (1 - curve.progress(Float(position) / Float(length)))
    if position >= length {
      current = target
    } else {
      current = isInOctaves ? target * Float.exp2(stop) : target + stop
    }
    return current
  }
}

/// Shape of an automation segment; by default the parameter's own: linear, or linear in octaves.
public enum AutomationCurve: BitwiseCopyable, Equatable, Sendable {
  case natural
  /// Linear in the parameter's unit.
  case linear
  /// Equal ratios in equal times.
  case exponential
  /// Slow at both ends.
  case smooth
  /// Slow at first, x², and fast at first, 1 − (1 − x)², in the parameter's unit.
  case square, squareOut
  /// A quarter of a cycle, in the parameter's unit: sin(x π / 2), and 1 − cos(x π / 2).
  case sine, cosine
  /// Above 0 slow at first, below 0 fast at first: e^(c·x), as SuperCollider's envelope curvature.
  case bent(Float)

  /// Names of the curves; a number is a bend.
  public static let names: [(name: String, curve: AutomationCurve)] = [
    ("linear", .linear), ("exponential", .exponential), ("smooth", .smooth), ("square", .square),
    ("square-out", .squareOut), ("sine", .sine), ("cosine", .cosine),
  ]
  /// The strongest bends.
  public static let bends: ClosedRange<Float> = -20...20

  /// True for curves of the value itself, whatever the curve of the parameter.
  var isInUnit: Bool {
    if case .bent = self { return false }
    return self != .natural && self != .exponential && self != .smooth
  }

  /// True for curves that `polynomial` gives.
  var isPolynomial: Bool {
    switch self {
    case .natural, .linear, .exponential, .smooth, .square, .squareOut: true
    case .sine, .cosine, .bent: false
    }
  }

  /// The progress of a polynomial curve at eight parts of the time, 0 … 1.
  @inline(__always)
  func polynomial(_ x: Voices) -> Voices {
    switch self {
    case .smooth: x * x * (Voices(3) - Voices(2) * x)
    case .square: x * x
    case .squareOut: Voices(1) - (Voices(1) - x) * (Voices(1) - x)
    default: x
    }
  }

  /// The progress, 0 … 1, at the part `x` of the time.
  func progress(_ x: Float) -> Float {
    switch self {
    case .natural, .linear, .exponential: return x
    case .smooth: return x * x * (3 - 2 * x)
    case .square: return x * x
    case .squareOut: return 1 - (1 - x) * (1 - x)
    case .sine: return Float.sineOfHalfCycle(x * 0.25)
    case .cosine: return 1 - Float.sineOfHalfCycle(0.25 - x * 0.25)
    case .bent(let curvature):
      guard curvature.magnitude > 0.001 else { return x }
      let octaves = curvature * 1.442_695_04
      return (Float.exp2(octaves * x) - 1) / (Float.exp2(octaves) - 1)
    }
  }
}
