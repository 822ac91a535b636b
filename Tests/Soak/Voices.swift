import CRealtime
import Control
import Foundation
import Synchronization
import TestSupport

extension Soak {
  /// Limit of the program's memory during random edits with up to 512 voices, MB.
  static let memoryLimit = 2_048

  /// Random edits with up to 512 voices, while another client, on a thread of its own, asks fifty times a second.
  ///
  /// - Returns: true if the sound continued, the other client was answered within 50 ms in 99 % of its requests and
  ///   within 500 ms in all of them, and memory stayed below its limit.
  func runVoices(minutes: Double) throws -> Bool {
    let asker = OtherClient(port: port)
    var peak = 0.0
    // With a single voice a panic closes the whole output.
    voiceCounts = [2, 8, 32, 128, 512]
    try run(minutes: minutes) {
      asker.start()
      peak = max(peak, SoakReading.process(self.identifier).memory)
    }
    let waits = try asker.end().sorted(), heard = self.heard
    guard !waits.isEmpty else { throw Failed(description: "the other client was never answered") }
    let slow = waits[Int(0.99 * Double(waits.count - 1))], slowest = waits[waits.count - 1]
    print(
      "\(requests) requests, \(failures) of them refused, \(commits) commits with up to 512 voices, "
        + "\(heard.all / 48_000) s heard; \(brokenSamples) broken samples, \(heard.wild) not finite")
    print(
      String(
        format: "another client: %d requests, %.1f ms at 99 %%, %.1f ms the slowest; memory at most %.0f of %d MB",
        waits.count, slow, slowest, peak, Soak.memoryLimit))
    return brokenSamples == 0 && heard.wild == 0 && slow < 50 && slowest < 500 && peak < Double(Soak.memoryLimit)
  }
}

/// A client that asks for the version again and again, on a thread of its own.
private final class OtherClient: @unchecked Sendable {
  private let port: Int
  private let isEnding = Atomic<Bool>(false)
  private let ended = DispatchSemaphore(value: 0)
  private var isRunning = false
  /// Milliseconds from request to answer, and the first failure; read after the end.
  private var waits: [Double] = []
  private var failure: (any Error)?

  init(port: Int) { self.port = port }

  func start() {
    guard !isRunning else { return }
    isRunning = true
    Thread { [self] in
      do { try ask() } catch { failure = error }
      ended.signal()
    }.start()
  }

  func end() throws -> [Double] {
    guard isRunning else { return [] }
    isEnding.store(true, ordering: .relaxed)
    ended.wait()
    if let failure { throw failure }
    return waits
  }

  private func ask() throws {
    let caller = try OSCCaller(port: port, transport: .tcp)
    while !isEnding.load(ordering: .relaxed) {
      let start = weft_nanoseconds()
      guard case .done = try caller.call(OSCMessage("/version"), timeout: Patience.seconds) else {
        throw Soak.Failed(description: "another client was not answered")
      }
      waits.append(Double(weft_nanoseconds() - start) / 1e6)
      usleep(20_000)
    }
  }
}
