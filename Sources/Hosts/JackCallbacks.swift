// [audio] The callbacks of JACK. Free functions: a closure created on the main actor must not run on JACK's threads.
import CJack
import CRealtime
import Engine
import Glibc
import Synchronization

/// State shared with JACK's threads: allocated before activation, freed after the client is closed.
final class JackThreadState: @unchecked Sendable {
  let engine: Engine
  let inputPorts: [OpaquePointer]
  let outputPorts: [OpaquePointer]
  /// Set before activation.
  private var client: OpaquePointer?
  /// The MIDI input port.
  let midiPort: OpaquePointer?
  let inputBuffers: UnsafeMutablePointer<UnsafePointer<Float>?>
  let outputBuffers: UnsafeMutablePointer<UnsafeMutablePointer<Float>?>
  /// All ports, in order of registration.
  var ports: [OpaquePointer] { outputPorts + inputPorts + [midiPort].compactMap { $0 } }
  private let inputHandles: UnsafeMutablePointer<OpaquePointer>
  private let outputHandles: UnsafeMutablePointer<OpaquePointer>

  /// Set when the server has shut down; the callback may do nothing else.
  let isLost = Atomic<Bool>(false)
  /// `isDetached`: set by the control side to detach the engine from JACK; effective when `isRendering` is false.
  private let isDetached = Atomic<Bool>(false), isRendering = Atomic<Bool>(false)
  let xruns = Atomic<Int>(0)
  let callbacks = Atomic<Int>(0)
  let period = Atomic<Int>(0)
  /// Nanoseconds of rendering and of played time since the last reading; the longest callback in permille of its
  /// period.
  let busy = Atomic<Int>(0), played = Atomic<Int>(0), peakPermille = Atomic<Int>(0)
  /// Frames from the inputs to the outputs.
  let latency = Atomic<Int>(0)
  /// Set when a source has been disconnected from the MIDI port.
  let hasLostSource = Atomic<Bool>(false)
  let clock = FrameClock()
  let transport = TransportMark()
  /// True while JACK freewheels (renders faster than real time).
  let isFreewheeling = Atomic<Bool>(false)
  /// Called before each freewheel period: the control thread runs, then calls `proceed`.
  let whenFreewheeling: (@Sendable () -> Void)?
  let gate = PeriodGate()

  init(
    engine: Engine, inputs: [OpaquePointer], outputs: [OpaquePointer], midi: OpaquePointer?,
    whenFreewheeling: (@Sendable () -> Void)? = nil
  ) {
    self.engine = engine
    self.whenFreewheeling = whenFreewheeling
    midiPort = midi
    inputPorts = inputs
    outputPorts = outputs
    inputHandles = .allocate(capacity: max(inputs.count, 1))
    outputHandles = .allocate(capacity: max(outputs.count, 1))
    for (i, port) in inputs.enumerated() { (inputHandles + i).initialize(to: port) }
    for (i, port) in outputs.enumerated() { (outputHandles + i).initialize(to: port) }
    inputBuffers = .allocate(capacity: max(engine.inputChannels, 1))
    inputBuffers.initialize(repeating: nil, count: max(engine.inputChannels, 1))
    outputBuffers = .allocate(capacity: max(engine.outputChannels, 1))
    outputBuffers.initialize(repeating: nil, count: max(engine.outputChannels, 1))
  }

  deinit {
    inputHandles.deallocate()
    outputHandles.deallocate()
    inputBuffers.deallocate()
    outputBuffers.deallocate()
  }

  /// Detaches the engine from JACK's thread; false if a callback does not end.
  func detach() -> Bool {
    isDetached.store(true, ordering: .sequentiallyConsistent)
    for _ in 0..<2_000 where isRendering.load(ordering: .sequentiallyConsistent) { usleep(1_000) }
    return !isRendering.load(ordering: .sequentiallyConsistent)
  }

  fileprivate func process(_ frames: Int) {
    if isFreewheeling.load(ordering: .relaxed), let whenFreewheeling,
      !isDetached.load(ordering: .sequentiallyConsistent)
    {
      // Not in real time: wait for the control thread, so that it keeps up.
      whenFreewheeling()
      gate.wait()
    }
    isRendering.store(true, ordering: .sequentiallyConsistent)
    defer { isRendering.store(false, ordering: .sequentiallyConsistent) }
    guard !isDetached.load(ordering: .sequentiallyConsistent) else { return silence(frames) }
    let start = weft_nanoseconds()
    if let client { transport.mark(cjack_transport(client), at: engine.frame) }
    clock.mark(frame: engine.frame, moment: periodStart(callback: start))
    for i in 0..<inputPorts.count {
      inputBuffers[i] = jack_port_get_buffer(inputHandles[i], UInt32(frames)).map {
        UnsafePointer($0.assumingMemoryBound(to: Float.self))
      }
    }
    for i in 0..<outputPorts.count {
      outputBuffers[i] = jack_port_get_buffer(outputHandles[i], UInt32(frames))?.assumingMemoryBound(to: Float.self)
    }
    let midi = midiPort.flatMap { jack_port_get_buffer($0, UInt32(frames)) }
    weft_realtime_enter()
    if hasLostSource.exchange(false, ordering: .relaxed) { engine.endMidi() }
    if let midi { receiveMidi(from: midi, frames) }
    engine.render(inputs: inputBuffers, outputs: outputBuffers, frames: frames)
    weft_realtime_exit()
    let spent = Int(weft_nanoseconds() - start)
    engine.account(nanoseconds: spent, frames: frames)
    let length = max(1, Int(Double(frames) * 1e9 / engine.sampleRate))
    busy.add(spent, ordering: .relaxed)
    played.add(length, ordering: .relaxed)
    if spent * 1_000 / length > peakPermille.load(ordering: .relaxed) {
      peakPermille.store(spent * 1_000 / length, ordering: .relaxed)
    }
    period.store(frames, ordering: .relaxed)
    callbacks.add(1, ordering: .releasing)
  }

  /// Start of this period in monotonic nanoseconds: the server's smoothed time, since the callback wakes up to some
  /// hundred frames late. The callback's own time in a freewheel, where it is a millisecond earlier (the smoothing
  /// follows a shift of the server within seconds only), and where the server's is implausible (another clock, or
  /// none yet).
  private func periodStart(callback: UInt64) -> UInt64 {
    guard let client, !isFreewheeling.load(ordering: .relaxed) else { return callback }
    let start = cjack_period_start(client) * 1_000
    let wait = Int64(bitPattern: callback &- start)
    return (-1_000_000...1_000_000_000).contains(wait) ? start : callback
  }

  private func receiveMidi(from buffer: UnsafeMutableRawPointer, _ frames: Int) {
    var event = jack_midi_event_t()
    for i in 0..<jack_midi_get_event_count(buffer) where jack_midi_event_get(&event, buffer, i) == 0 {
      engine.receive(midi: event.buffer, count: event.size, after: min(Int(event.time), frames - 1))
    }
  }
}

extension JackThreadState {
  /// Renders silence, in callbacks after the engine has been detached.
  private func silence(_ frames: Int) {
    for port in outputPorts {
      jack_port_get_buffer(port, UInt32(frames))?.assumingMemoryBound(to: Float.self).update(
        repeating: 0, count: frames)
    }
  }

  /// Registers the callbacks with JACK; this object must outlive the client.
  func attach(to client: OpaquePointer) {
    self.client = client
    let state = Unmanaged.passUnretained(self).toOpaque()
    // Set once per thread, not once per period.
    jack_set_thread_init_callback(client, { _ in _ = weft_flush_denormals() }, nil)
    jack_set_freewheel_callback(client, jackFreewheel, state)
    jack_set_process_callback(client, jackProcess, state)
    jack_set_xrun_callback(client, jackXrun, state)
    jack_set_port_connect_callback(client, jackConnect, state)
    jack_set_latency_callback(client, jackLatency, state)
    jack_on_shutdown(client, jackShutdown, state)
  }
}

extension JackThreadState {
  fileprivate func isMidiPort(_ id: jack_port_id_t) -> Bool {
    guard let client, let midiPort, let port = jack_port_by_id(client, id), let name = jack_port_name(port) else {
      return false
    }
    return strcmp(name, jack_port_name(midiPort)) == 0
  }
}

private func jackProcess(_ frames: jack_nframes_t, _ state: UnsafeMutableRawPointer?) -> Int32 {
  Unmanaged<JackThreadState>.fromOpaque(state!)._withUnsafeGuaranteedRef { $0.process(Int(frames)) }
  return 0
}

/// Connection callback. After a disconnection, held keys of that source receive no note-off.
private func jackConnect(
  _ a: jack_port_id_t, _ b: jack_port_id_t, _ isConnected: Int32, _ state: UnsafeMutableRawPointer?
) {
  guard isConnected == 0 else { return }
  Unmanaged<JackThreadState>.fromOpaque(state!)._withUnsafeGuaranteedRef { state in
    if state.isMidiPort(a) || state.isMidiPort(b) { state.hasLostSource.store(true, ordering: .relaxed) }
  }
}

/// Reports our latency on top of what the connected ports report: outputs sound so much after the inputs.
private func jackLatency(_ mode: jack_latency_callback_mode_t, _ state: UnsafeMutableRawPointer?) {
  Unmanaged<JackThreadState>.fromOpaque(state!)._withUnsafeGuaranteedRef { state in
    let own = jack_nframes_t(state.latency.load(ordering: .relaxed))
    let inputs = state.inputPorts + [state.midiPort].compactMap { $0 }
    let (sources, targets) = mode == JackCaptureLatency ? (inputs, state.outputPorts) : (state.outputPorts, inputs)
    var whole = jack_latency_range_t(min: .max, max: 0)
    for port in sources where jack_port_connected(port) > 0 {
      var range = jack_latency_range_t()
      jack_port_get_latency_range(port, mode, &range)
      whole.min = min(whole.min, range.min)
      whole.max = max(whole.max, range.max)
    }
    if whole.min == .max { whole.min = 0 }
    whole.min += own
    whole.max += own
    for port in targets { jack_port_set_latency_range(port, mode, &whole) }
  }
}

private func jackXrun(_ state: UnsafeMutableRawPointer?) -> Int32 {
  Unmanaged<JackThreadState>.fromOpaque(state!)._withUnsafeGuaranteedRef { _ = $0.xruns.add(1, ordering: .relaxed) }
  return 0
}

private func jackFreewheel(_ isOn: Int32, _ state: UnsafeMutableRawPointer?) {
  Unmanaged<JackThreadState>.fromOpaque(state!)._withUnsafeGuaranteedRef {
    $0.isFreewheeling.store(isOn != 0, ordering: .relaxed)
  }
}

private func jackShutdown(_ state: UnsafeMutableRawPointer?) {
  Unmanaged<JackThreadState>.fromOpaque(state!)._withUnsafeGuaranteedRef { $0.isLost.store(true, ordering: .releasing) }
}

/// Silences libjack's messages, which it prints to standard error by default.
func silenceJack() {
  jack_set_error_function(jackSilence)
  jack_set_info_function(jackSilence)
}

private func jackSilence(_ message: UnsafePointer<CChar>?) {}
