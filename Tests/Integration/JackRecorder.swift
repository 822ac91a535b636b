import CJack
import CRealtime
import Foundation
import Synchronization
import TestSupport

/// A JACK client that records what one port plays.
final class JackRecorder: @unchecked Sendable {
  private let capacity: Int
  /// Closed before its server ends.
  private let server: PrivateJack
  private var client: OpaquePointer?
  private let port: OpaquePointer
  private let samples: UnsafeMutablePointer<Float>
  private let count = Atomic<Int>(0)
  /// The server's frame of the first sample, once one is recorded.
  private let firstFrame = Atomic<Int>(-1)
  /// The server's frame at which its transport was at 0, or would have been; once it has rolled.
  let transportZero = Atomic<Int>(.min)
  /// Monotonic nanoseconds at which the first sample that is not 0 arrived; 0 before.
  let heardAt = Atomic<UInt64>(0)

  /// For each recorded period its start in the recording, and in microseconds of the monotonic clock as the server's
  /// smoothing tells it.
  private let starts: UnsafeMutablePointer<(place: Int, time: UInt64)>
  private let startCount = Atomic<Int>(0)

  /// Periods that the server lost.
  let xruns = Atomic<Int>(0)

  struct NoServer: Error {}

  /// - Parameter seconds: how much it can hold, at 48 kHz.
  init(on server: PrivateJack, seconds: Int = 120) throws {
    var status = jack_status_t(0)
    guard let client = cjack_open("recorder", server.name, &status) else { throw NoServer() }
    guard let port = jack_port_register(client, "in", JACK_DEFAULT_AUDIO_TYPE, UInt(JackPortIsInput.rawValue), 0)
    else {
      jack_client_close(client)
      throw NoServer()
    }
    self.server = server
    self.client = client
    self.port = port
    capacity = 48_000 * seconds
    samples = .allocate(capacity: capacity)
    starts = .allocate(capacity: capacity / 64)
    jack_set_process_callback(client, record, Unmanaged.passUnretained(self).toOpaque())
    jack_set_xrun_callback(client, countXrun, Unmanaged.passUnretained(self).toOpaque())
    guard jack_activate(client) == 0 else { throw NoServer() }
  }

  deinit {
    close()
    samples.deallocate()
    starts.deallocate()
  }

  /// Leaves the server: before it is killed, and another one started.
  func close() {
    if let client { jack_client_close(client) }
    client = nil
  }

  /// Waits until there is such a port, and connects to it.
  func connect(to port: String) -> Bool {
    eventually {
      jack_port_by_name(client, port) != nil && jack_connect(client, port, jack_port_name(self.port)) == 0
    }
  }

  func disconnect(from port: String) -> Bool {
    client.map { jack_disconnect($0, port, jack_port_name(self.port)) == 0 } ?? false
  }

  /// Renames a port of any client.
  func rename(_ port: String, to name: String) -> Bool {
    guard let client, let handle = jack_port_by_name(client, port) else { return false }
    return jack_port_rename(client, handle, name) == 0
  }

  /// Changes the server's period.
  func setPeriod(_ frames: Int) -> Bool { client.map { jack_set_buffer_size($0, UInt32(frames)) == 0 } ?? false }

  /// The frames recorded so far.
  var recorded: Int { count.load(ordering: .acquiring) }

  /// The index in the recording of a server frame.
  func place(of frame: Int) -> Int { frame - firstFrame.load(ordering: .relaxed) }

  /// The recording from `start` on.
  func sound(from start: Int) -> [Float] {
    Array(UnsafeBufferPointer(start: samples + start, count: recorded - start))
  }

  /// Records that many frames more, from now on.
  @discardableResult
  func listen(_ frames: Int) -> [Float] {
    let start = recorded
    _ = eventually { recorded >= start + frames }
    return Array(sound(from: start).prefix(frames))
  }

  /// The starts of the periods recorded so far: the server's own mapping of time to frames.
  var periodStarts: [(place: Int, time: UInt64)] {
    Array(UnsafeBufferPointer(start: starts, count: startCount.load(ordering: .acquiring)))
  }

  fileprivate func process(_ frames: Int) {
    let at = count.load(ordering: .relaxed), period = startCount.load(ordering: .relaxed)
    if let client, period < capacity / 64 {
      // 0: the server's smoothing is wrong, since this period would begin later than now.
      let start = cjack_period_start(client)
      starts[period] = (at, start > weft_nanoseconds() / 1_000 + 500 ? 0 : start)
      startCount.store(period + 1, ordering: .releasing)
    }
    guard at + frames <= capacity, let buffer = jack_port_get_buffer(port, UInt32(frames)) else { return }
    if at == 0 { firstFrame.store(Int(jack_last_frame_time(client)), ordering: .relaxed) }
    let transport = client.map { cjack_transport($0) }
    if let transport, transport.is_rolling != 0 {
      transportZero.store(Int(jack_last_frame_time(client)) - Int(transport.frame), ordering: .relaxed)
    }
    let new = buffer.assumingMemoryBound(to: Float.self)
    (samples + at).update(from: new, count: frames)
    if heardAt.load(ordering: .relaxed) == 0, (0..<frames).contains(where: { new[$0] != 0 }) {
      heardAt.store(weft_nanoseconds(), ordering: .releasing)
    }
    count.store(at + frames, ordering: .releasing)
  }
}

private func record(_ frames: jack_nframes_t, _ recorder: UnsafeMutableRawPointer?) -> Int32 {
  Unmanaged<JackRecorder>.fromOpaque(recorder!)._withUnsafeGuaranteedRef { $0.process(Int(frames)) }
  return 0
}

private func countXrun(_ recorder: UnsafeMutableRawPointer?) -> Int32 {
  Unmanaged<JackRecorder>.fromOpaque(recorder!)._withUnsafeGuaranteedRef { _ = $0.xruns.add(1, ordering: .relaxed) }
  return 0
}

/// The latency of a port, as its server reports it.
extension JackRecorder {
  func latency(of port: String, _ mode: jack_latency_callback_mode_t) -> Int? {
    guard let client, let handle = jack_port_by_name(client, port) else { return nil }
    var range = jack_latency_range_t()
    jack_port_get_latency_range(handle, mode, &range)
    return Int(range.max)
  }
}

/// The frequency by rising zero crossings, Hz: of a tone without a constant part.
func pitch(of sound: [Float], rate: Double = 48_000) -> Double {
  var crossings: [Double] = []
  for i in sound.indices.dropFirst() where sound[i - 1] < 0 && sound[i] >= 0 {
    crossings.append(Double(i) - Double(sound[i] / (sound[i] - sound[i - 1])))
  }
  guard crossings.count > 1 else { return 0 }
  return Double(crossings.count - 1) / (crossings.last! - crossings.first!) * rate
}

func loudest(_ sound: some Sequence<Float>) -> Float { sound.map(\.magnitude).max() ?? 0 }
func steepest(_ sound: [Float]) -> Float { loudest(zip(sound.dropFirst(), sound).map { $0 - $1 }) }
