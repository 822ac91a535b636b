import Engine
import PatchKit
import TestSupport
import Testing

@Suite struct CaptureTests {
  @Test func fullRingBufferCountsLostFramesAndNeverWaits() throws {
    #expect(realtimeIsChecked)
    let rig = EngineRig()
    rig.create("osc", "saw", [("frequency", .number(23.7))])
    try rig.commit()
    rig.render(640)
    rig.engine.capture.set(isOn: true)
    var sound: [Float] = []
    #expect(realtimeViolationsOfRender(rig, 1 << 19, &sound) == 0)
    let lost = rig.engine.capture.lostCount
    #expect(lost == 1 << 18)
    var captured: [Float] = [], next = 640
    while rig.engine.capture.nextBlock({ frame, samples in
      #expect(frame == next && samples.count % 2 == 0)
      next = frame + samples.count / 2
      captured += stride(from: 0, to: samples.count, by: 2).map { samples[$0] }
    }) {}
    #expect(captured == Array(sound.prefix(captured.count)) && captured.count + lost == sound.count)
  }

  @Test func blocksWrapAround() throws {
    let rig = EngineRig()
    rig.create("osc", "saw", [("frequency", .number(23.7))])
    try rig.commit()
    rig.render(640)
    rig.engine.capture.set(isOn: true)
    var heard: [Float] = [], captured: [Float] = []
    for _ in 0..<60 {
      heard += rig.render(9_999, period: 1_000)
      while rig.engine.capture.nextBlock({ _, samples in
        captured += stride(from: 1, to: samples.count, by: 2).map { samples[$0] }
      }) {}
    }
    #expect(captured == heard && rig.engine.capture.lostCount == 0)
    rig.engine.capture.set(isOn: false)
    rig.render(640)
    #expect(!rig.engine.capture.nextBlock { _, _ in })
  }
}
