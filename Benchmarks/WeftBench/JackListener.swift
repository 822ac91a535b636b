import CJack
import CRealtime
import Synchronization

/// A JACK client that listens to one port and records the time of the first sound.
final class JackListener: @unchecked Sendable {
  private let client: OpaquePointer
  private let port: OpaquePointer
  /// The threshold of a sound.
  let threshold = Atomic<UInt32>(Float(0.001).bitPattern)
  /// Monotonic nanoseconds of the first loud sample since `arm`; 0 before.
  let heardAt = Atomic<UInt64>(0)

  init?(server: String?, name: String = "weft-listener") {
    var status = jack_status_t(0)
    guard let client = cjack_open(name, server, &status),
      let port = jack_port_register(client, "in", JACK_DEFAULT_AUDIO_TYPE, UInt(JackPortIsInput.rawValue), 0)
    else { return nil }
    self.client = client
    self.port = port
    jack_set_process_callback(client, listen, Unmanaged.passUnretained(self).toOpaque())
    guard jack_activate(client) == 0 else { return nil }
  }

  deinit { jack_client_close(client) }

  /// False while there is no such port.
  func connect(to port: String) -> Bool {
    let status = jack_connect(client, port, jack_port_name(self.port))
    return status == 0
  }

  func arm() { heardAt.store(0, ordering: .releasing) }

  fileprivate func process(_ frames: jack_nframes_t) {
    guard heardAt.load(ordering: .acquiring) == 0, let buffer = jack_port_get_buffer(port, frames) else { return }
    let samples = buffer.assumingMemoryBound(to: Float.self)
    let level = Float(bitPattern: threshold.load(ordering: .relaxed))
    for i in 0..<Int(frames) where samples[i].magnitude > level {
      heardAt.store(weft_nanoseconds(), ordering: .releasing)
      return
    }
  }
}

private func listen(_ frames: jack_nframes_t, _ listener: UnsafeMutableRawPointer?) -> Int32 {
  Unmanaged<JackListener>.fromOpaque(listener!)._withUnsafeGuaranteedRef { $0.process(frames) }
  return 0
}
