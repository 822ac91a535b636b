// [audio] What a kernel is given for one block of at most `quantumFrames` frames.
import DSP

/// Where a signal lies: a whole block, or one value that holds for all of it.
public struct SignalCell {
  /// `buffer` or `held`.
  public var base: UnsafeMutableRawPointer
  /// −1: a value a frame; 0: one value for the block.
  public var mask: Int
  /// Frames by which this signal is late because it closes a cycle.
  public var lateness: Int
  /// True if any cable ends at this input.
  public var isPatched: Bool
  /// Nobody reads it but at the block's first frame and on the grid.
  public var isOnGrid = false
  /// A value a frame; signals that are not needed at the same time share it.
  public let buffer: UnsafeMutableRawPointer
  /// One value, the signal's own: it stays until the signal changes.
  public let held: UnsafeMutableRawPointer

  public init(
    base: UnsafeMutableRawPointer, held: UnsafeMutableRawPointer? = nil, mask: Int = -1, lateness: Int = 0,
    isPatched: Bool = true
  ) {
    self.base = base
    buffer = base
    self.held = held ?? base
    self.mask = mask
    self.lateness = lateness
    self.isPatched = isPatched
  }

  /// Where to write one value a frame.
  @inlinable @inline(__always)
  public mutating func flow<L: Lane>(_: L.Type) -> UnsafeMutablePointer<L> {
    mask = -1
    base = buffer
    return buffer.assumingMemoryBound(to: L.self)
  }

  /// Makes it one value, for this block and until it is written again.
  @inlinable @inline(__always)
  public mutating func hold<L: Lane>(_ value: L) {
    mask = 0
    base = held
    held.assumingMemoryBound(to: L.self).pointee = value
  }

  /// What it holds: a value a frame, or the one value, in as many lanes.
  public func values(frames: Int, lanes: Int) -> UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(
      start: base.assumingMemoryBound(to: Float.self), count: (mask == 0 ? 1 : frames) * lanes)
  }

  /// Asks for a value a frame from the next block on; whether there is none in this one.
  public mutating func leaveGrid() -> Bool {
    defer { isOnGrid = false }
    return isOnGrid
  }
}

/// What all kernels share during one block.
public struct RenderContext {
  /// The absolute number of the block's first frame; a block never crosses a multiple of `quantumFrames`.
  public var frame: Int
  public var frames: Int
  public var sampleRate: Float
  /// Voices of the patch.
  public var voices: Int
  /// The number of the last voice, on its way where the number of voices has changed.
  public var lastVoice: Ramp
  /// Every cable has its amount, and the number of voices is what it is to be: no ramp need be looked at.
  public var isSettled = false
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

/// The host's channels for one block; output channels are summed into.
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

/// One input's finished values: `signal[i]` is the value at frame i of the block.
public struct Signal<L: Lane>: BitwiseCopyable {
  @usableFromInline let base: UnsafePointer<L>
  @usableFromInline let mask: Int
  /// Frames by which this signal is late because it closes a cycle: 0 or `quantumFrames`.
  public let lateness: Int
  /// True if any cable ends here; an audio input without one is a constant 0.
  public let isPatched: Bool

  @inlinable @inline(__always) init(_ cell: UnsafePointer<SignalCell>) {
    base = UnsafePointer(cell.pointee.base.assumingMemoryBound(to: L.self))
    mask = cell.pointee.mask
    lateness = cell.pointee.lateness
    isPatched = cell.pointee.isPatched
  }

  @inlinable @inline(__always) public subscript(i: Int) -> L { base[i & mask] }
  /// The same value at every frame of this block.
  @inlinable @inline(__always) public var isConstant: Bool { mask == 0 }
  /// The value at the first frame.
  @inlinable @inline(__always) public var value: L { base[0] }
  /// The values, one a frame; only where `isConstant` is false.
  @inlinable @inline(__always) public var samples: UnsafePointer<L> { base }
}

/// What a kernel reads and writes during one block.
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
  /// The number of the last voice; it goes to another one as cables do to another amount.
  @inlinable @inline(__always) public var lastVoice: Ramp { context.pointee.lastVoice }
  @inlinable @inline(__always) public var device: Device { context.pointee.device }
  @inlinable @inline(__always) public var midi: MidiSignals { context.pointee.midi }

  @inlinable @inline(__always)
  public func input(_ port: M.In) -> Signal<L> { Signal(inputs[port.rawValue]) }

  /// The values of an input, one a frame; a constant is spread over `buffer`, such as the output that is about to be
  /// written in its place.
  @inlinable @inline(__always)
  public func samples(
    _ port: M.In, spreadingInto buffer: UnsafeMutablePointer<L>, _ frames: Range<Int>
  ) -> UnsafePointer<L> {
    let signal = input(port)
    guard signal.isConstant else { return signal.samples }
    for i in frames { buffer[i] = signal.value }
    return UnsafePointer(buffer)
  }

  /// Where to write one value a frame. Never the memory of an input.
  @inlinable @inline(__always)
  public func output(_ port: M.Out) -> UnsafeMutablePointer<L> {
    outputs[port.rawValue].pointee.flow(L.self)
  }

  /// Returns whether an output is read at this block's first frame and at grid frames only; what is written elsewhere is lost.
  @inlinable @inline(__always)
  public func isOnGrid(_ port: M.Out) -> Bool { outputs[port.rawValue].pointee.isOnGrid }

  /// Makes the output this one value for the whole block; readers then see a constant.
  @inlinable @inline(__always)
  public func hold(_ port: M.Out, at value: L) {
    outputs[port.rawValue].pointee.hold(value)
  }

  /// Sends an input on as it is.
  @inlinable @inline(__always)
  public func pass(_ port: M.In, to exit: M.Out) {
    let x = input(port)
    if x.isConstant { return hold(exit, at: x.value) }
    output(exit).update(from: x.samples, count: frames)
  }

  /// Puts an input in place of as much of an output, which has been written, as `share` leaves.
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
