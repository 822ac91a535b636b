import Engine
import Glibc
import PatchKit
import Synchronization
import TestSupport
import Testing

/// The audio thread plays while the control thread edits, under ThreadSanitizer (`make tsan`).
@Suite struct SwapRaceTests {
  /// One channel is not edited, the other is edited without a pause.
  private func rig() throws -> EngineRig {
    let rig = EngineRig()
    // Both sides meet in one output: with a limiter on the one, the other would be delayed as well.
    rig.patch.compensatesLatency = false
    rig.create("osc", "sine", [("frequency", .number(440))])
    rig.create("filt", "biquad", [("cutoff", .number(700))])
    rig.create("lfo", "sine", [("frequency", .number(20))])
    rig.create("out", "output")
    rig.connect("lfo", "filt/cutoff", 2)
    rig.connect("osc", "filt")
    rig.connect("filt", "out/left")
    try rig.commit()
    return rig
  }

  @Test func editsAndParametersReachTheAudioThreadIntact() throws {
    let rig = try rig()
    let audio = AudioThread(rig.engine, frames: 4 << 20)
    var storm = EditStorm(seed: 1, kept: ["osc", "filt", "lfo", "out"], into: "out/right")
    audio.start()
    for _ in 0..<2_000 {
      for _ in 0..<Int.random(in: 1...4, using: &storm.random) { storm.edit(rig) }
      try rig.commit(ramp: 0.001)
      for _ in 0..<4 { storm.setParameter(rig) }
      // Now and then several commits are under way at once.
      let allowed = Int.random(in: 0...3, using: &storm.random)
      while rig.commits - rig.sounding.count > allowed {
        rig.plans.tick()
        usleep(20)
      }
    }
    while rig.sounding.count < rig.commits {
      rig.plans.tick()
      usleep(20)
    }
    audio.stop()
    rig.render(4_800)
    #expect(rig.plans.isSettled && rig.plans.livePlanCount == 1)
    #expect(rig.faults.isEmpty)

    let played = min(audio.rendered, audio.left.count)
    let undisturbed = try self.rig().render(played)
    #expect(Array(audio.left[..<played]) == undisturbed, "what no edit touches goes on bit by bit")
    #expect(audio.right[..<played].allSatisfy { $0.isFinite })
    #expect(peak(audio.right[..<played]) > 0.01)
  }
}

/// Renders in a loop on a thread of its own and keeps the first frames.
final class AudioThread: @unchecked Sendable {
  static let period = 64
  private let engine: Engine
  let left: UnsafeMutableBufferPointer<Float>
  let right: UnsafeMutableBufferPointer<Float>
  private let isStopping = Atomic<Bool>(false)
  private var thread = pthread_t()
  /// Valid once stopped.
  private(set) var rendered = 0

  init(_ engine: Engine, frames: Int) {
    self.engine = engine
    left = .allocate(capacity: frames)
    right = .allocate(capacity: frames)
    left.initialize(repeating: 0)
    right.initialize(repeating: 0)
  }

  deinit {
    left.deallocate()
    right.deallocate()
  }

  func start() {
    let context = Unmanaged.passUnretained(self).toOpaque()
    let run: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
      Unmanaged<AudioThread>.fromOpaque($0!).takeUnretainedValue().run()
      return nil
    }
    precondition(pthread_create(&thread, nil, run, context) == 0)
  }

  func stop() {
    isStopping.store(true, ordering: .releasing)
    pthread_join(thread, nil)
  }

  private func run() {
    withUnsafeTemporaryAllocation(of: UnsafeMutablePointer<Float>?.self, capacity: 2) { outputs in
      while !isStopping.load(ordering: .acquiring) {
        // Once the buffer is full, rendering continues over its last period.
        let at = min(rendered, left.count - AudioThread.period)
        outputs[0] = left.baseAddress! + at
        outputs[1] = right.baseAddress! + at
        engine.render(inputs: nil, outputs: UnsafePointer(outputs.baseAddress!), frames: AudioThread.period)
        rendered += AudioThread.period
        usleep(50)
      }
    }
  }
}
