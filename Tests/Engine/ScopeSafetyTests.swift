import Engine
import PatchKit
import TestSupport
import Testing

/// Scopes and meters cost the audio thread neither memory nor a wait, and do not change the sound.
@Suite struct ScopeSafetyTests {
  @Test(arguments: [1, 16]) func scopesAreRealtimeSafeAndTransparent(voices: Int) throws {
    #expect(realtimeIsChecked)
    func play(watched: Bool) throws -> [Float] {
      let rig = EngineRig()
      try rig.patch.setVoices(voices)
      rig.create("who", "voice")
      for i in 0..<6 {
        rig.create("osc\(i)", "saw", [("frequency", .number(100 + Float(i)))])
        rig.connect("who/spread", "osc\(i)/frequency", 0.1)
      }
      try rig.commit()
      rig.render(640)
      if watched {
        _ = rig.plans.setScope(0, node: nil, port: 1, key: 1)
        for i in 0..<6 { _ = rig.plans.setScope(i + 1, node: rig.serials["osc\(i)"]!, port: 0, key: i + 2) }
        _ = rig.plans.setProfile(isOn: true)
      }
      var sound: [Float] = []
      #expect(realtimeViolationsOfRender(rig, 48_000, &sound) == 0)
      if watched {
        #expect(rig.plans.scope(1, key: 2, frames: 512).count == 512)
        #expect(rig.plans.scope(1, key: 3, frames: 512).isEmpty)
        let costs = rig.plans.collectCosts()
        #expect(costs.frames == 48_000 && costs.nanoseconds.count >= 7)
      }
      return sound
    }
    #expect(try play(watched: true) == play(watched: false))
  }
}
