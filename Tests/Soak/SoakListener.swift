import CJack
import Synchronization

/// Receives a sine that no edit touches, and counts every sample that does not continue it.
///
/// x[n] = 2 cos ω · x[n−1] − x[n−2] holds for every sine of ω, so a lost, repeated or distorted sample shows at once.
final class SoakListener: @unchecked Sendable {
  private let client: OpaquePointer
  private let clean: OpaquePointer, edited: OpaquePointer, keys: OpaquePointer
  private var periods = 0
  private let twoCosines: Float
  private var last: Float = 0, before: Float = 0
  /// Discontinuities, all samples, and non-finite samples of the edited channel.
  let breaks = Atomic<Int>(0), heard = Atomic<Int>(0), notFinite = Atomic<Int>(0)

  /// - Parameter twoCosines: 2 cos ω of the sine.
  init?(server: String, twoCosines: Float) {
    var status = jack_status_t(0)
    guard let client = cjack_open("weft-soak", server, &status),
      let clean = jack_port_register(client, "clean", JACK_DEFAULT_AUDIO_TYPE, UInt(JackPortIsInput.rawValue), 0),
      let edited = jack_port_register(client, "edited", JACK_DEFAULT_AUDIO_TYPE, UInt(JackPortIsInput.rawValue), 0),
      let keys = jack_port_register(client, "keys", JACK_DEFAULT_MIDI_TYPE, UInt(JackPortIsOutput.rawValue), 0)
    else { return nil }
    self.client = client
    self.clean = clean
    self.edited = edited
    self.keys = keys
    self.twoCosines = twoCosines
    jack_set_process_callback(client, listenToSoak, Unmanaged.passUnretained(self).toOpaque())
    guard jack_activate(client) == 0 else { return nil }
  }

  deinit { jack_client_close(client) }

  /// - Parameter name: the observed client.
  func connect(to name: String) -> Bool {
    jack_connect(client, "\(name):out_1", jack_port_name(clean)) == 0
      && jack_connect(client, "\(name):out_3", jack_port_name(edited)) == 0
      && jack_connect(client, jack_port_name(keys), "\(name):midi_in") == 0
  }

  fileprivate func process(_ frames: jack_nframes_t) {
    guard let cleanBuffer = jack_port_get_buffer(clean, frames), let editedBuffer = jack_port_get_buffer(edited, frames)
    else { return }
    let samples = cleanBuffer.assumingMemoryBound(to: Float.self)
    let others = editedBuffer.assumingMemoryBound(to: Float.self)
    var broken = 0, wild = 0
    for i in 0..<Int(frames) {
      if (samples[i] - (twoCosines * last - before)).magnitude > 1e-4 { broken += 1 }
      (before, last) = (last, samples[i])
      if !others[i].isFinite { wild += 1 }
    }
    breaks.add(broken, ordering: .relaxed)
    notFinite.add(wild, ordering: .relaxed)
    heard.add(Int(frames), ordering: .relaxed)
    play(frames)
  }

  /// Sends a note-on in every 32nd period and a note-off 16 later, with a wheel in between.
  private func play(_ frames: jack_nframes_t) {
    guard let buffer = jack_port_get_buffer(keys, frames) else { return }
    jack_midi_clear_buffer(buffer)
    periods += 1
    let key = UInt8(36 + periods / 32 * 7 % 48), wheel = UInt8(periods % 128)
    let message: (UInt8, UInt8, UInt8)
    switch periods % 32 {
    case 0: message = (0x90, key, 80)
    case 8: message = (0xe0, 0, wheel)
    case 16: message = (0x80, key, 0)
    default: return
    }
    guard let event = jack_midi_event_reserve(buffer, frames / 2, 3) else { return }
    (event[0], event[1], event[2]) = message
  }
}

private func listenToSoak(_ frames: jack_nframes_t, _ listener: UnsafeMutableRawPointer?) -> Int32 {
  Unmanaged<SoakListener>.fromOpaque(listener!)._withUnsafeGuaranteedRef { $0.process(frames) }
  return 0
}
