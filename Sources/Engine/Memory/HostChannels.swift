// [audio] The fence: the channels of a host, and the calls of a host that pass pointers.
import ModuleKit

/// The host's input channels of one period; a missing one is silent.
struct HostInputs {
  private let channels: UnsafePointer<UnsafePointer<Float>?>?
  private let frames: Int

  init(_ channels: UnsafePointer<UnsafePointer<Float>?>?, frames: Int) {
    self.channels = channels
    self.frames = frames
  }

  @inline(__always) subscript(channel: Int) -> Row<Float>? {
    channels?[channel].map { Row(UnsafeMutablePointer(mutating: $0), count: frames) }
  }
}

/// The host's output channels of one period; a missing one is skipped.
struct HostOutputs {
  private let channels: UnsafePointer<UnsafeMutablePointer<Float>?>
  let frames: Int

  @inline(__always) init(_ channels: UnsafePointer<UnsafeMutablePointer<Float>?>, frames: Int) {
    self.channels = channels
    self.frames = frames
  }

  @inline(__always) subscript(channel: Int) -> Row<Float>? { channels[channel].map { Row($0, count: frames) } }
}

/// The channels of one block as modules see them: tables of pointers.
struct DeviceChannels: ~Copyable {
  private let inputs: UnsafeMutablePointer<UnsafeMutablePointer<Float>>
  private let outputs: UnsafeMutablePointer<UnsafeMutablePointer<Float>>
  let device: Device

  /// - Parameter sums: the sums of the outputs, `quantumFrames` each.
  init(inputCount: Int, outputCount: Int, silence: Row<Float>, sums: Row<Float>) {
    inputs = .allocate(capacity: max(inputCount, 1))
    inputs.initialize(repeating: silence.base, count: max(inputCount, 1))
    outputs = .allocate(capacity: max(outputCount, 1))
    for channel in 0..<max(outputCount, 1) { (outputs + channel).initialize(to: sums.base + channel * quantumFrames) }
    device = Device(inputs: inputs, inputCount: inputCount, outputs: outputs, outputCount: outputCount)
  }

  deinit {
    inputs.deallocate()
    outputs.deallocate()
  }

  @inline(__always) func setInput(_ channel: Int, _ samples: Row<Float>) { inputs[channel] = samples.base }
}

extension Engine {
  /// [audio] Renders any number of frames.
  ///
  /// - Parameters:
  ///   - inputs: one pointer per channel, `frames` long; nil for silence.
  ///   - outputs: one pointer per channel, `frames` long; overwritten. A nil channel is skipped.
  public func render(
    inputs: UnsafePointer<UnsafePointer<Float>?>?, outputs: UnsafePointer<UnsafeMutablePointer<Float>?>, frames: Int
  ) {
    render(HostInputs(inputs, frames: frames), HostOutputs(outputs, frames: frames))
  }

  /// [audio] Receives MIDI bytes (one message or several, with running status, or the rest of one) for the frame
  /// `offset` of the period that is rendered next. Called before `render`, on its thread, in the order of time.
  public func receive(midi bytes: UnsafePointer<UInt8>, count: Int, after offset: Int) {
    receive(midi: Row(UnsafeMutablePointer(mutating: bytes), count: count), after: offset)
  }
}

extension OutputLimiter {
  package func process(_ host: UnsafePointer<UnsafeMutablePointer<Float>?>, frames: Int) {
    process(HostOutputs(host, frames: frames))
  }
}

extension MidiSignals {
  init(
    _ controllers: Row<UInt8>, clock: Reference<MidiClock>, session: Reference<SessionClock>,
    file: Reference<SessionClock>
  ) {
    self.init(
      controllers: UnsafePointer(controllers.base), clock: UnsafePointer(clock.pointer),
      session: UnsafePointer(session.pointer), file: UnsafePointer(file.pointer))
  }
}
