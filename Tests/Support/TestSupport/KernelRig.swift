import CRealtime
import DSP
import ModuleKit

/// A test bench for one kernel of a registered module: sets its inputs, runs it in blocks of any size and returns its
/// outputs. Inputs are finished values: no parameter, range or smoothing is applied.
///
/// A block never crosses a multiple of `quantumFrames`, as in the engine.
public final class KernelRig {
  public let module: ModuleDescriptor
  /// 1 (the `Float` kernel) or 8.
  public let lanes: Int
  public let sampleRate: Float
  /// The patch's number of voices, for the kernel.
  public private(set) var voices: Int
  /// The number of the next frame.
  public private(set) var frame = 0
  /// Violations of the real-time rules so far.
  public private(set) var violations = 0

  /// Processor time spent in the kernel so far.
  public private(set) var nanoseconds: UInt64 = 0
  /// The signals of the program's input channels, by frame and channel; silence unless set.
  public var deviceInput: ((_ frame: Int, _ channel: Int) -> Float)?

  private let kernel: Kernel
  private var lastVoice: Ramp
  private let inputs: Ports
  private let outputs: Ports
  private var sources: [Source]
  private var patched: Set<Int> = []
  private let device = RigDevice()

  private enum Source {
    case constant([Float])
    case signal((_ frame: Int, _ lane: Int) -> Float)
  }

  public static let registry = Registry.linked()

  public convenience init(
    _ name: String, lanes: Int = 1, rate: Float = 48_000, voices: Int? = nil, firstVoice: Int = 0, seed: UInt64 = 1,
    sounds: [String: SoundBuffer] = [:]
  ) {
    guard let module = Self.registry[name] else { preconditionFailure("no module \(name)") }
    self.init(
      module, lanes: lanes, rate: rate, voices: voices, firstVoice: firstVoice, seed: seed, sounds: sounds)
  }

  public init(
    _ module: ModuleDescriptor, lanes: Int = 1, rate: Float = 48_000, voices: Int? = nil, firstVoice: Int = 0,
    seed: UInt64 = 1, sounds: [String: SoundBuffer] = [:]
  ) {
    self.module = module
    self.lanes = lanes
    self.voices = voices ?? lanes
    lastVoice = Ramp(at: Float((voices ?? lanes) - 1))
    sampleRate = rate
    kernel = (lanes == 1 ? module.mono : module.poly)(
      rate, firstVoice, seed, nil,
      Dictionary(uniqueKeysWithValues: sounds.map { (module.input(named: $0.key)!, $0.value) }))
    inputs = Ports(module.inputs.count, lanes: lanes)
    outputs = Ports(module.outputs.count, lanes: lanes)
    sources = module.inputs.map { .constant([Float](repeating: $0.defaultValue, count: lanes)) }
    // The number of an input that names a file, not a built-in sound.
    for input in sounds.keys { self[input] = module.inputs[module.input(named: input)!].range.upperBound }
  }

  /// The same constant in every lane; also sets a choice by its index.
  public subscript(input: String) -> Float {
    get { if case .constant(let values) = sources[index(input)] { values[0] } else { .nan } }
    set { patch(input, .constant([Float](repeating: newValue, count: lanes))) }
  }

  /// Sets a constant per lane.
  public func set(_ input: String, lanes values: [Float]) {
    precondition(values.count == lanes)
    patch(input, .constant(values))
  }

  /// Sets a choice by its name.
  public func choose(_ input: String, _ choice: String) {
    guard let at = module.inputs[index(input)].choices.firstIndex(of: choice) else {
      preconditionFailure("\(module.name)/\(input) has no choice \(choice)")
    }
    self[input] = Float(at)
  }

  /// Sets a value per frame, from its absolute number and the lane.
  ///
  /// - Parameter isAudioRate: whether an adaptive input is to be read in every frame.
  public func signal(
    _ input: String, isAudioRate: Bool = false, _ value: @escaping (_ frame: Int, _ lane: Int) -> Float
  ) {
    patch(input, .signal(value))
    inputs.cells[index(input)].pointee.isAudioRate = isAudioRate
  }

  /// Removes every cable and setting: all inputs at their defaults, none patched.
  public func unpatch() {
    sources = module.inputs.map { .constant([Float](repeating: $0.defaultValue, count: lanes)) }
    patched = []
    for cell in inputs.cells { cell.pointee.isAudioRate = false }
  }

  private func patch(_ input: String, _ source: Source) {
    sources[index(input)] = source
    inputs.cells[index(input)].pointee.isAudioRate = false
    patched.insert(index(input))
  }

  /// Changes the number of voices of the patch, on a ramp over `frames`.
  public func setVoices(_ count: Int, over frames: Int) {
    voices = count
    lastVoice.move(to: Float(count - 1), frames: frames)
  }

  /// Renders `frames`, at most `block` at a time: for each output, for each lane, its samples.
  public func render(_ frames: Int, block: Int = quantumFrames) -> Rendering {
    var sound = module.outputs.map { _ in (0..<lanes).map { _ in [Float]() } }
    var channels = [[Float](), [Float]()]
    for o in sound.indices { for lane in 0..<lanes { sound[o][lane].reserveCapacity(frames) } }
    run(frames, block: block) { [outputs, lanes, device] count in
      for c in channels.indices { channels[c] += UnsafeBufferPointer(start: device.output(c), count: count) }
      for o in sound.indices {
        let cell = outputs.cells[o].pointee
        let base = cell.base.assumingMemoryBound(to: Float.self)
        for i in 0..<count { for lane in 0..<lanes { sound[o][lane].append(base[(i & cell.mask) * lanes + lane]) } }
      }
    }
    return Rendering(names: module.outputs.map(\.name), sound: sound, channels: channels)
  }

  /// Renders without keeping the sound.
  public func skip(_ frames: Int, block: Int = quantumFrames) { run(frames, block: block) { _ in } }

  /// Resets the kernel, as the engine resets a node.
  public func reset() {
    kernel.state.copyMemory(from: kernel.initial, byteCount: kernel.stateBytes)
    for block in kernel.memory.cleared {
      block.base.initializeMemory(as: UInt8.self, repeating: 0, count: block.bytes)
    }
    frame = 0
  }

  /// Lane 0 of `other` continues from the state of this voice.
  ///
  /// - Returns: false where the two have different state.
  public func handOver(to other: KernelRig) -> Bool {
    guard let copies = kernel.copies(intoLanesOf: other.kernel) else { return false }
    for copy in copies { copy.perform() }
    other.frame = frame
    return true
  }

  /// Returns whether the output was constant in the last block.
  public func isConstant(_ output: String) -> Bool {
    outputs.cells[module.output(named: output)!].pointee.mask == 0
  }

  private func index(_ input: String) -> Int {
    guard let at = module.input(named: input) else { preconditionFailure("\(module.name) has no input \(input)") }
    return at
  }

  private func run(_ frames: Int, block: Int, after: (Int) -> Void) {
    var left = frames
    while left > 0 {
      let count = min(left, block, quantumFrames - frame % quantumFrames)
      for i in sources.indices {
        fill(inputs.cells[i], from: sources[i], count: count)
        inputs.cells[i].pointee.isPatched = patched.contains(i)
      }
      device.prepare(count, from: frame, deviceInput)
      var context = RenderContext(
        frame: frame, frames: count, sampleRate: sampleRate, voices: voices, device: device.device)
      context.lastVoice = lastVoice
      let floatState = weft_flush_denormals()
      let start = threadNanoseconds()
      violations += realtimeViolations {
        kernel.process(kernel.state, inputs.list, outputs.list, &context)
      }
      nanoseconds += threadNanoseconds() - start
      weft_restore_float_state(floatState)
      after(count)
      lastVoice.advance(count)
      frame += count
      left -= count
    }
  }

  private func fill(_ cell: UnsafeMutablePointer<SignalCell>, from source: Source, count: Int) {
    let base = cell.pointee.base.assumingMemoryBound(to: Float.self)
    switch source {
    case .constant(let values):
      cell.pointee.mask = 0
      for lane in 0..<lanes { base[lane] = values[lane] }
    case .signal(let value):
      cell.pointee.mask = -1
      for i in 0..<count { for lane in 0..<lanes { base[i * lanes + lane] = value(frame + i, lane) } }
    }
  }
}
