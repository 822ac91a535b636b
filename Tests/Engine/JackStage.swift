import CRealtime
import Engine
import Glibc
import Hosts
import PatchKit
import TestSupport

/// An engine that JACK plays while its patch is edited, with its commits and its output.
final class JackStage {
  let rig: EngineRig
  private let turn = JackTurn()
  private let name: ServerName
  private let server: ServerProcess
  private let host: JackHost
  private var commits: [(patch: Patch, serials: [String: Int], frames: Int)] = []
  private var sound: [Float] = []
  private var firstFrame: Int?
  /// Milliseconds from each commit until it was reported to sound.
  private(set) var latencies: [Double] = []

  struct NoServer: Error {}

  init(voices: Int) throws {
    guard let name = ServerName("weft-test"),
      let server = ServerProcess(
        name.name, options: ["-S", "-t", "10000"], driver: ["dummy", "-r", "48000", "-p", "64"])
    else { throw NoServer() }
    (self.name, self.server) = (name, server)
    rig = EngineRig()
    var options = JackHost.Options()
    options.name = "ideal"
    options.server = name.name
    host = JackHost(engine: rig.engine, options: options)
    rig.engine.capture.set(isOn: true)
    try host.open()
    try IdealStage.prepare(rig, voices: voices)
    try commit(ramp: 0.005)
  }

  var xruns: Int { host.xruns }

  /// Commits the draft, and waits until it sounds.
  func commit(ramp: Double) throws {
    let began = weft_nanoseconds()
    commits.append((rig.patch, rig.serials, Int((ramp * 48_000).rounded())))
    try rig.commit(ramp: ramp)
    while rig.sounding.last?.ticket != rig.commits { look() }
    latencies.append(Double(weft_nanoseconds() - began) / 1e6)
  }

  func wait(milliseconds: Int) {
    let end = weft_nanoseconds() + UInt64(milliseconds) * 1_000_000
    while weft_nanoseconds() < end { look() }
  }

  private func look() {
    usleep(200)
    rig.plans.tick()
    while rig.engine.capture.nextBlock({ frame, samples in
      firstFrame = firstFrame ?? frame
      precondition(frame == firstFrame! + sound.count, "frames were lost on their way to the test")
      sound += stride(from: 0, to: samples.count, by: 2).map { samples[$0] }
    }) {}
  }

  /// Ends the sound.
  func close() {
    host.close()
    look()
    server.stop()
  }

  /// The greatest difference to the ideal mix, and in how many frames.
  func compared() -> (worst: Float, frames: Int) {
    let mix = IdealMix(), start = rig.sounding[0].frame
    var worst: Float = 0, at = start, next = 0
    while at + IdealMix.block <= firstFrame! + sound.count {
      while next < commits.count, rig.sounding[next].frame == at {
        mix.commit(commits[next].patch, commits[next].serials, over: commits[next].frames)
        next += 1
      }
      let ideal = mix.advance()
      for i in ideal.indices { worst = max(worst, (sound[at - firstFrame! + i] - ideal[i]).magnitude) }
      at += IdealMix.block
    }
    return next == commits.count ? (worst, at - start) : (.infinity, at - start)
  }
}
