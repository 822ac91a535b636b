import CJack
import CRealtime
import Foundation
import Synchronization
import TestSupport

/// A JACK client that sends MIDI at known frames of the server's time.
final class JackMidiSender: @unchecked Sendable {
  private let server: PrivateJack
  private var client: OpaquePointer?
  private let port: OpaquePointer
  private let queue = Mutex<[(frame: UInt32, bytes: [UInt8])]>([])

  /// - Parameters:
  ///   - isPhysical: true for a physical port, as of a keyboard.
  ///   - alias: a second name of the port.
  init(on server: PrivateJack, isPhysical: Bool = false, alias: String? = nil) throws {
    var status = jack_status_t(0)
    let flags = UInt(JackPortIsOutput.rawValue) | (isPhysical ? UInt(JackPortIsPhysical.rawValue) : 0)
    guard let client = cjack_open("keyboard", server.name, &status),
      let port = jack_port_register(client, "out", JACK_DEFAULT_MIDI_TYPE, flags, 0)
    else { throw JackRecorder.NoServer() }
    self.server = server
    self.client = client
    self.port = port
    jack_set_process_callback(client, play, Unmanaged.passUnretained(self).toOpaque())
    if let alias { jack_port_set_alias(port, alias) }
    guard jack_activate(client) == 0 else { throw JackRecorder.NoServer() }
  }

  deinit { close() }

  /// Closes the client, like an unplugged keyboard.
  func close() {
    if let client { jack_client_close(client) }
    client = nil
  }

  /// Connects to a `weft`'s input.
  func connect(to weft: PlayingWeft) -> Bool {
    eventually { self.connect(toPort: "\(weft.name):midi_in") }
  }
  func connect(toPort name: String) -> Bool {
    client.map { jack_connect($0, jack_port_name(port), name) == 0 } == true
  }

  /// Sends each packet at its frame offset from a near moment; returns when all are sent.
  ///
  /// - Returns: the moment, in the server's frames.
  @discardableResult
  func send(_ packets: [(frame: Int, bytes: [UInt8])]) -> Int {
    let start = jack_frame_time(client) &+ 8_192
    queue.withLock { $0 += packets.map { (start &+ UInt32($0.frame), $0.bytes) } }
    _ = eventually { self.queue.withLock { $0.isEmpty } }
    return Int(start)
  }
  @discardableResult
  func send(_ bytes: UInt8...) -> Int { send([(0, bytes)]) }

  fileprivate func process(_ frames: UInt32) {
    guard let buffer = jack_port_get_buffer(port, frames) else { return }
    jack_midi_clear_buffer(buffer)
    let now = jack_last_frame_time(client)
    queue.withLock { queue in
      while let next = queue.first, next.frame &- now < frames || next.frame < now {
        let offset = next.frame < now ? 0 : next.frame &- now
        _ = next.bytes.withUnsafeBufferPointer { jack_midi_event_write(buffer, offset, $0.baseAddress, $0.count) }
        queue.removeFirst()
      }
    }
  }
}

private func play(_ frames: jack_nframes_t, _ sender: UnsafeMutableRawPointer?) -> Int32 {
  Unmanaged<JackMidiSender>.fromOpaque(sender!)._withUnsafeGuaranteedRef { $0.process(frames) }
  return 0
}
