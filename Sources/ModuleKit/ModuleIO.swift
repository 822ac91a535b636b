// [audio] Inputs and outputs of a kernel for one block of at most `quantumFrames` frames.
import DSP

/// Storage of a signal: a value per frame, or one constant for the block.
public struct SignalCell {
  /// `buffer` or `constant`.
  public var base: UnsafeMutableRawPointer
  /// −1: a value per frame; 0: constant.
  public var mask: Int
  /// Feedback delay in frames, where the signal closes a cycle.
  public var feedbackDelay: Int
  /// True if any cable ends at this input.
  public var isPatched: Bool
  /// Read only at the block's first frame and on the grid.
  public var isOnGrid = false
  /// A parameter with a cable from a source that moves at audio rate.
  public var isAudioRate = false
  /// A value per frame; shared with signals whose lifetimes do not overlap.
  public let buffer: UnsafeMutableRawPointer
  /// The constant value, owned by the signal: valid until the signal changes.
  public let constant: UnsafeMutableRawPointer

  public init(
    base: UnsafeMutableRawPointer, constant: UnsafeMutableRawPointer? = nil, mask: Int = -1, feedbackDelay: Int = 0,
    isPatched: Bool = true
  ) {
    self.base = base
    buffer = base
    self.constant = constant ?? base
    self.mask = mask
    self.feedbackDelay = feedbackDelay
    self.isPatched = isPatched
  }

  /// Returns the buffer for one value per frame.
  @inlinable @inline(__always)
  public mutating func flow<L: Lane>(_: L.Type) -> UnsafeMutablePointer<L> {
    mask = -1
    base = buffer
    return buffer.assumingMemoryBound(to: L.self)
  }

  /// Makes the signal constant, for this block and until it is written again.
  @inlinable @inline(__always)
  public mutating func hold<L: Lane>(_ value: L) {
    mask = 0
    base = constant
    constant.assumingMemoryBound(to: L.self).pointee = value
  }

  /// The values: one per frame, or the one constant, in as many lanes.
  public func values(frames: Int, lanes: Int) -> UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(
      start: base.assumingMemoryBound(to: Float.self), count: (mask == 0 ? 1 : frames) * lanes)
  }

  /// Requests a value per frame from the next block on; returns true where this block lacks one.
  public mutating func leaveGrid() -> Bool {
    defer { isOnGrid = false }
    return isOnGrid
  }
}

/// Data shared by all kernels during one block.
public struct RenderContext {
  /// The absolute number of the block's first frame; a block never crosses a multiple of `quantumFrames`.
  public var frame: Int
  public var frames: Int
  public var sampleRate: Float
  /// Voices of the patch.
  public var voices: Int
  /// The number of the last voice, a ramp while the number of voices changes.
  public var lastVoice: Ramp
  /// True if every gain, and the number of voices, has arrived: no ramp need be read.
  public var isSettled = false
  /// True if every parameter is the same constant as in the block before.
  public var isSteady = false
  /// True if the outputs of all nodes are measured or observed.
  public var isShown = false
  /// True if nodes must be rendered one by one, since their outputs are checked before others read them.
  public var isIsolating = false
  public var device: Device
  public var midi: MidiSignals

  public init(
    frame: Int, frames: Int, sampleRate: Float, voices: Int, device: Device, midi: MidiSignals = .none
  ) {
    self.midi = midi
    self.frame = frame
    self.frames = frames
    self.sampleRate = sampleRate
    self.voices = voices
    lastVoice = Ramp(at: Float(voices - 1))
    self.device = device
  }
}

/// The host's channels for one block; outputs are added to.
public struct Device {
  public var inputs: UnsafePointer<UnsafeMutablePointer<Float>>
  public var inputCount: Int
  public var outputs: UnsafePointer<UnsafeMutablePointer<Float>>
  public var outputCount: Int

  public init(
    inputs: UnsafePointer<UnsafeMutablePointer<Float>>, inputCount: Int,
    outputs: UnsafePointer<UnsafeMutablePointer<Float>>, outputCount: Int
  ) {
    self.inputs = inputs
    self.inputCount = inputCount
    self.outputs = outputs
    self.outputCount = outputCount
  }
}

/// The finished values of one input: `signal[i]` is the value at frame i of the block.
public struct Signal<L: Lane>: BitwiseCopyable {
  @usableFromInline let base: UnsafePointer<L>
  @usableFromInline let mask: Int
  /// Feedback delay in frames, where the signal closes a cycle: 0 or `quantumFrames`.
  public let feedbackDelay: Int
  /// True if any cable ends here; an audio input without one is a constant 0.
  public let isPatched: Bool
  /// For an adaptive input: read it in every frame, since a source moves at audio rate; else only on the grid.
  public let isAudioRate: Bool

  @inlinable @inline(__always) init(_ cell: UnsafePointer<SignalCell>) {
    base = UnsafePointer(cell.pointee.base.assumingMemoryBound(to: L.self))
    mask = cell.pointee.mask
    feedbackDelay = cell.pointee.feedbackDelay
    isPatched = cell.pointee.isPatched
    isAudioRate = cell.pointee.isAudioRate
  }

  @inlinable @inline(__always) public subscript(i: Int) -> L { base[i & mask] }
  /// The same value at every frame of this block.
  @inlinable @inline(__always) public var isConstant: Bool { mask == 0 }
  /// The value at the first frame.
  @inlinable @inline(__always) public var value: L { base[0] }
  /// The values, one per frame; only where `isConstant` is false.
  @inlinable @inline(__always) public var samples: UnsafePointer<L> { base }
}

/// Inputs and outputs of a kernel for one block.
public struct ModuleIO<M: Module> {
  public typealias L = M.L
  @usableFromInline let inputs: UnsafePointer<UnsafeMutablePointer<SignalCell>>
  @usableFromInline let outputs: UnsafePointer<UnsafeMutablePointer<SignalCell>>
  @usableFromInline let context: UnsafePointer<RenderContext>

  @inlinable @inline(__always)
  public init(
    inputs: UnsafePointer<UnsafeMutablePointer<SignalCell>>, outputs: UnsafePointer<UnsafeMutablePointer<SignalCell>>,
    context: UnsafePointer<RenderContext>
  ) {
    self.inputs = inputs
    self.outputs = outputs
    self.context = context
  }

  @inlinable @inline(__always) public var frames: Int { context.pointee.frames }
  /// The absolute number of the first frame.
  @inlinable @inline(__always) public var frame: Int { context.pointee.frame }
  @inlinable @inline(__always) public var sampleRate: Float { context.pointee.sampleRate }
  /// Seconds from one frame to the next.
  @inlinable @inline(__always) public var period: Float { 1 / context.pointee.sampleRate }
  @inlinable @inline(__always) public var voices: Int { context.pointee.voices }
  /// The number of the last voice; it ramps as cable gains do.
  @inlinable @inline(__always) public var lastVoice: Ramp { context.pointee.lastVoice }
  @inlinable @inline(__always) public var device: Device { context.pointee.device }
  @inlinable @inline(__always) public var midi: MidiSignals { context.pointee.midi }

  @inlinable @inline(__always)
  public func input(_ port: M.In) -> Signal<L> { Signal(inputs[port.rawValue]) }

  /// The values of an input, one per frame; a constant is spread over `buffer`, such as the output that is about to be
  /// overwritten.
  @inlinable @inline(__always)
  public func samples(
    _ port: M.In, spreadingInto buffer: UnsafeMutablePointer<L>, _ frames: Range<Int>
  ) -> UnsafePointer<L> {
    let signal = input(port)
    guard signal.isConstant else { return signal.samples }
    for i in frames { buffer[i] = signal.value }
    return UnsafePointer(buffer)
  }

  /// Returns the buffer for one value per frame. Never the memory of an input.
  @inlinable @inline(__always)
  public func output(_ port: M.Out) -> UnsafeMutablePointer<L> {
    outputs[port.rawValue].pointee.flow(L.self)
  }

  /// Returns whether an output is read at this block's first frame and at grid frames only; other values are ignored.
  @inlinable @inline(__always)
  public func isOnGrid(_ port: M.Out) -> Bool { outputs[port.rawValue].pointee.isOnGrid }

  /// Makes the output constant for the whole block; readers then see a constant.
  @inlinable @inline(__always)
  public func hold(_ port: M.Out, at value: L) {
    outputs[port.rawValue].pointee.hold(value)
  }

  /// Passes an input through to an output.
  @inlinable @inline(__always)
  public func pass(_ port: M.In, to exit: M.Out) {
    let x = input(port)
    if x.isConstant { return hold(exit, at: x.value) }
    output(exit).update(from: x.samples, count: frames)
  }

  /// Crossfades an output, which has been written, with an input: `share` is the output's part.
  @inlinable @inline(__always)
  public func mix(_ port: M.In, with exit: M.Out, by share: M.In) {
    let dry = input(port), share = input(share),
      out = outputs[exit.rawValue].pointee.base.assumingMemoryBound(to: L.self)
    if share.isConstant && !dry.isConstant {
      let x = dry.samples, amount = share.value
      for i in 0..<frames { out[i] = L.fma(amount, out[i] - x[i], x[i]) }
    } else {
      for i in 0..<frames { out[i] = L.fma(share[i], out[i] - dry[i], dry[i]) }
    }
  }

  /// Frames from frame i of this block to the next point of the absolute grid: 0 on the grid.
  @inlinable @inline(__always)
  public func framesToGrid(from i: Int) -> Int { -(frame &+ i) & (gridFrames - 1) }
}
