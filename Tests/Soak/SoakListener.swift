import CJack
import Synchronization

/// Listens to a sine that no edit touches, and counts every sample that is not the next one.
///
/// x[n] = 2 cos ω · x[n−1] − x[n−2] holds for every sine of ω, so a lost, doubled or bent sample shows at once.
final class SoakListener: @unchecked Sendable {
  private let client: OpaquePointer
  private let clean: OpaquePointer, edited: OpaquePointer
  private let twoCosines: Float
  private var last: Float = 0, before: Float = 0
  /// Samples that did not follow, all samples, and samples of the edited channel that are not finite.
  let breaks = Atomic<Int>(0), heard = Atomic<Int>(0), notFinite = Atomic<Int>(0)

  /// - Parameter twoCosines: 2 cos ω of the sine.
  init?(server: String, twoCosines: Float) {
    var status = jack_status_t(0)
    guard let client = cjack_open("weft-soak", server, &status),
      let clean = jack_port_register(client, "clean", JACK_DEFAULT_AUDIO_TYPE, UInt(JackPortIsInput.rawValue), 0),
      let edited = jack_port_register(client, "edited", JACK_DEFAULT_AUDIO_TYPE, UInt(JackPortIsInput.rawValue), 0)
    else { return nil }
    self.client = client
    self.clean = clean
    self.edited = edited
    self.twoCosines = twoCosines
    jack_set_process_callback(client, listenToSoak, Unmanaged.passUnretained(self).toOpaque())
    guard jack_activate(client) == 0 else { return nil }
  }

  deinit { jack_client_close(client) }

  func connect(clean: String, edited: String) -> Bool {
    jack_connect(client, clean, jack_port_name(self.clean)) == 0
      && jack_connect(client, edited, jack_port_name(self.edited)) == 0
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
  }
}

private func listenToSoak(_ frames: jack_nframes_t, _ listener: UnsafeMutableRawPointer?) -> Int32 {
  Unmanaged<SoakListener>.fromOpaque(listener!)._withUnsafeGuaranteedRef { $0.process(frames) }
  return 0
}
