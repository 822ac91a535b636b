import DSP
import Glibc
import ModuleKit

/// One module with inputs and outputs, without an engine.
final class ModuleBench {
  /// Kinds of input.
  enum Inputs {
    /// Constant parameters. Filters and the like get audio; oscillators get none.
    case constant
    /// Every patchable input moves at every frame.
    case moving
  }

  private let kernel: Kernel
  private let lanes: Int
  private let inputs: CellList
  private let outputs: CellList
  private let deviceBuffers: UnsafeMutablePointer<UnsafeMutablePointer<Float>>
  private let context: UnsafeMutablePointer<RenderContext>
  /// Inputs that are gates.
  private let gates: [Int]
  private static let channels = 2
  /// Gates alternate at this many quanta, so that envelopes and the like are at work.
  private static let gateQuanta = 32

  /// - Parameter settings: values of settings other than the defaults, by input number.
  init(
    _ module: ModuleDescriptor, lanes: Int, inputs kind: Inputs, settings: [Int: Float] = [:],
    sampleRate: Float = 48_000
  ) {
    self.lanes = lanes
    kernel = (lanes == 1 ? module.mono : module.poly)(sampleRate, 0, 1, nil, Self.sounds(for: module, sampleRate))
    gates = module.inputs.indices.filter { module.inputs[$0].modulation == .gate }
    inputs = CellList(count: module.inputs.count, lanes: lanes)
    outputs = CellList(count: module.outputs.count, lanes: lanes)
    deviceBuffers = .allocate(capacity: 2 * Self.channels)
    for i in 0..<2 * Self.channels {
      deviceBuffers[i] = .allocate(capacity: quantumFrames)
      deviceBuffers[i].initialize(repeating: 0, count: quantumFrames)
    }
    let device = Device(
      inputs: deviceBuffers, inputCount: Self.channels, outputs: deviceBuffers + Self.channels,
      outputCount: Self.channels)
    context = .allocate(capacity: 1)
    context.initialize(
      to: RenderContext(frame: 0, frames: quantumFrames, sampleRate: sampleRate, voices: lanes, device: device))
    for (i, spec) in module.inputs.enumerated() {
      let isWorkedOn = spec.type == .signal && module.about.family != .oscillators
      let moves = isWorkedOn || (kind == .moving && spec.isPatchable)
      inputs.pointers[i].pointee.mask = moves ? -1 : 0
      inputs.pointers[i].pointee.isPatched = moves
      for frame in 0..<quantumFrames {
        for lane in 0..<lanes {
          inputs.values(i)[frame * lanes + lane] =
            moves
            ? Self.moved(spec, around: settings[i] ?? spec.defaultValue, frame: frame, lane: lane)
            : settings[i] ?? spec.defaultValue
        }
      }
    }
  }

  deinit {
    for i in 0..<2 * Self.channels { deviceBuffers[i].deallocate() }
    deviceBuffers.deallocate()
    context.deallocate()
  }

  /// A third of a second of noise, of one channel, for every file.
  private static func sounds(for module: ModuleDescriptor, _ sampleRate: Float) -> NodeSounds {
    let files = module.inputs.indices.filter { module.inputs[$0].isFile }
    guard !files.isEmpty else { return [:] }
    var random = Random<Float>(1)
    let noise = (0..<16_384).map { _ in random.next() }
    let sound = SoundBuffer(channels: [noise], rate: Double(sampleRate))
    return Dictionary(uniqueKeysWithValues: files.map { ($0, sound) })
  }

  /// A value near another, different at every frame and in every lane.
  private static func moved(_ spec: ParamSpec, around middle: Float, frame: Int, lane: Int) -> Float {
    // One cycle per quantum, so that modules which wait for an edge get one in each.
    let wave = sin(2 * .pi * (Float(frame) / Float(quantumFrames) + Float(lane) / 11))
    if spec.type == .signal { return wave * 0.5 }
    let value = middle * (1 + 0.05 * wave) + (middle == 0 ? 0.01 * wave : 0)
    return min(max(value, spec.range.lowerBound), spec.range.upperBound)
  }

  /// Renders so many quanta.
  func run(quanta: Int) {
    for _ in 0..<quanta {
      if context.pointee.frame % (Self.gateQuanta * quantumFrames) == 0 { toggleGates() }
      kernel.process(kernel.state, inputs.pointers, outputs.pointers, context)
      context.pointee.frame += quantumFrames
    }
  }

  private func toggleGates() {
    for i in gates {
      let value: Float = context.pointee.frame / (Self.gateQuanta * quantumFrames) % 2 == 0 ? 1 : 0
      inputs.values(i).update(repeating: value, count: quantumFrames * lanes)
    }
  }

  /// The least nanoseconds per voice and sample of several tries, each about `seconds` long.
  func nanoseconds(tries: Int = 5, seconds: Double = 0.01) -> Double {
    var quanta = 16
    while Stopwatch.seconds({ run(quanta: quanta) }) < seconds { quanta *= 2 }
    let best = (0..<tries).map { _ in Stopwatch.seconds { run(quanta: quanta) } }.min() ?? 0
    return best * 1e9 / Double(quanta * quantumFrames * lanes)
  }
}

/// Signals with memory of their own.
final class CellList {
  let pointers: UnsafeMutablePointer<UnsafeMutablePointer<SignalCell>>
  private let count: Int

  init(count: Int, lanes: Int) {
    self.count = count
    pointers = .allocate(capacity: max(count, 1))
    for i in 0..<count {
      let values = UnsafeMutableRawPointer.allocate(byteCount: quantumFrames * lanes * 4, alignment: 64)
      values.initializeMemory(as: Float.self, repeating: 0, count: quantumFrames * lanes)
      pointers[i] = .allocate(capacity: 1)
      pointers[i].initialize(to: SignalCell(base: values))
    }
  }

  deinit {
    for i in 0..<count {
      pointers[i].pointee.base.deallocate()
      pointers[i].deallocate()
    }
    pointers.deallocate()
  }

  func values(_ i: Int) -> UnsafeMutablePointer<Float> { pointers[i].pointee.base.assumingMemoryBound(to: Float.self) }
}
