import CRealtime
import Engine
import Glibc
import PatchKit
import TestSupport
import Testing

/// Data passed between the audio thread and the control thread, under ThreadSanitizer (`make tsan`).
@Suite struct HandoverRaceTests {
  /// Larger than one instruction copies.
  private struct Parcel: BitwiseCopyable {
    let number: Int, double: Int, triple: Int
    var isWhole: Bool { double == 2 * number && triple == 3 * number }
  }

  /// A ring buffer this small is overwritten all the time, and nothing else orders the two threads.
  @Test func ringBufferPassesOnlyCompleteElements() {
    let buffer = RingBuffer<Parcel>(capacity: 8), count = 200_000
    let writer = Companion {
      var next = 0
      while next < count {
        let end = min(next + next % 3 + 1, count)
        let parcels = (next..<end).map { Parcel(number: $0, double: 2 * $0, triple: 3 * $0) }
        if next + 1 == end ? buffer.push(parcels[0]) : buffer.push(all: parcels) { next = end } else { sched_yield() }
      }
    }
    var taken = 0, broken = 0
    while taken < count {
      guard let parcel = buffer.pop() else {
        sched_yield()
        continue
      }
      if !parcel.isWhole || parcel.number != taken { broken += 1 }
      taken += 1
    }
    writer.join()
    #expect(broken == 0 && buffer.pop() == nil && buffer.isDrained)
  }

  /// Recording, metering, measuring, notes and parameters, all at once.
  @Test func monitoringAndNotesAreRaceFreeWhileRendering() throws {
    let rig = EngineRig()
    try rig.patch.setVoices(8)
    rig.create("keys", "notes")
    rig.create("osc", "saw")
    rig.create("env", "adsr", [("release", .number(0.01))])
    rig.create("vca", "gain")
    rig.connect("keys/pitch", "osc/frequency")
    rig.connect("keys/gate", "env/gate")
    rig.connect("osc", "vca")
    rig.connect("env", "vca/gain")
    try rig.commit()
    rig.render(4_800)
    let start = rig.engine.frame
    for node in [nil, rig.serials["osc"], rig.serials["vca"]] { #expect(rig.plans.setMeter(node: node, isOn: true)) }
    #expect(rig.plans.setProfile(isOn: true))
    rig.engine.capture.set(isOn: true)
    let audio = AudioThread(rig.engine, frames: 4 << 20)
    var random = SplitMix(seed: 1)
    var captured: [(frame: Int, samples: [Float])] = [], readings = 0, cost = 0
    audio.start()
    for _ in 0..<2_000 {
      _ = rig.plans.play(midi: [random.below(2) == 0 ? 0x90 : 0x80, UInt8(30 + random.below(60)), 100])
      rig.set("env", "attack", Float(random.below(100)) / 10_000)
      while rig.engine.capture.nextBlock({ captured.append(($0, Array($1))) }) {}
      while rig.plans.nextReading() != nil { readings += 1 }
      cost += rig.plans.collectCosts().nanoseconds.values.reduce(0, +)
      rig.plans.tick()
      usleep(100)
    }
    audio.stop()
    #expect(readings > 0 && cost > 0 && rig.faults.isEmpty)
    // Captured frames equal rendered ones.
    let heard = min(audio.rendered, audio.left.count - AudioThread.period)
    for block in captured where block.frame + block.samples.count / 2 <= start + heard {
      let left = stride(from: 0, to: block.samples.count, by: 2).map { block.samples[$0] }
      let at = block.frame - start
      guard left == Array(audio.left[at..<at + left.count]) else {
        Issue.record("frame \(block.frame) was captured otherwise")
        return
      }
    }
    #expect(captured.count > 100)
  }
}

/// Work on a thread of its own.
private final class Companion: @unchecked Sendable {
  private let body: () -> Void
  private var thread = pthread_t()

  init(_ body: @escaping () -> Void) {
    self.body = body
    let run: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
      Unmanaged<Companion>.fromOpaque($0!).takeUnretainedValue().body()
      return nil
    }
    precondition(pthread_create(&thread, nil, run, Unmanaged.passUnretained(self).toOpaque()) == 0)
  }

  func join() { pthread_join(thread, nil) }
}
