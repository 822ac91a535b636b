import Control
import Engine
import PatchKit
import Testing

extension SessionRig {
  func midi(_ bytes: UInt8...) {
    bytes.withUnsafeBufferPointer { engine.receive(midi: $0.baseAddress!, count: $0.count, after: 0) }
    render(64)
  }
}

/// MIDI learn: controllers are mapped to parameters.
@Suite struct MidiLearnTests {
  private func rig() -> SessionRig {
    let rig = SessionRig()
    rig.send("/patch/create level constant value 0.5")
    rig.send("/patch/create out output")
    rig.send("/patch/connect level out/left")
    rig.send("/patch/commit")
    rig.render(640)
    return rig
  }
  private func list(_ rig: SessionRig) -> [[OSCArgument]] { rig.send("/midi/list").dropLast().map(\.arguments) }

  /// A file parameter has no numeric range for a controller.
  @Test func fileParametersHaveNoMidiMapping() {
    let rig = rig()
    rig.send("/patch/create play sampler")
    for line in ["/midi/map play/file 7", "/midi/learn play/file"] {
      #expect(rig.failure(line) == "no-such-param")
      let reply = rig.replies.last!
      #expect(reply.arguments[2].text?.contains("is a file") == true, "\(reply)")
      #expect(reply.arguments.dropFirst(3).contains(.string("speed")))
    }
    #expect(rig.failure("/midi/map play/speed 7") == nil)
  }

  @Test func midiLearnMapsTheNextController() {
    let rig = rig()
    rig.send("/notify on midi param")
    rig.midi(0xb2, 20, 5)
    #expect(rig.send("/midi/learn level/value 0.0 1.0").last?.arguments == ["/midi/learn", "level/value"])
    rig.midi(0xb2, 101, 0, 100, 6)
    rig.midi(0xb2, 20, 10)
    #expect(rig.replies.last == OSCMessage("/notify/midi", ["level/value", 20, 3, 0]))
    #expect(list(rig) == [["level/value", 20, 3, 0, 0.0, 1.0]])
    rig.render(9_600)
    // Another controller is not learned afterwards.
    rig.midi(0xb2, 21, 10)
    rig.midi(0xb2, 20, 60)
    rig.midi(0xb2, 20, 127)
    #expect(rig.replies.last == OSCMessage("/notify/param", ["level", "value", .float(1), .float(0), ""]))
    #expect(abs(rig.render(4_800).last! - 1) < 1e-4)
    #expect(rig.send("/mod/level/value").last?.arguments.last == .float(1))
    #expect(rig.session.soundingPatch.nodes["level"]?.params["value"] == .number(1))
    #expect(list(rig).count == 1)
  }

  @Test func midiLearnOfFourteenBitControllers() {
    let rig = rig()
    rig.send("/midi/learn level/value 0.0 1.0")
    rig.midi(0xb0, 1, 10)
    rig.midi(0xb0, 33, 10)
    #expect(list(rig) == [["level/value", 1, 1, 1, 0.0, 1.0]])
    rig.send("/midi/unlearn level/value")
    rig.send("/midi/learn level/value")
    rig.midi(0xb0, 34, 10)
    rig.midi(0xb0, 2, 10)
    #expect(list(rig).first?[1] == 34)
  }

  @Test func midiMappingUndoRedoAndUnlearn() {
    let rig = rig()
    let before = rig.engine.frame
    rig.send("/midi/map level/value 20 0 0.0 1.0")
    #expect(rig.failure("/midi/map level/vaule 20") == "no-such-param")
    #expect(rig.failure("/midi/map level/value 130") == "range")
    #expect(rig.failure("/midi/learn nobody/value") == "no-such-node")
    #expect(
      rig.send("/patch/history 1").first?.arguments.last?.text == "level/value: no controller -> controller 20, 0 to 1")
    rig.send("/patch/undo")
    #expect(list(rig).isEmpty)
    rig.midi(0xb0, 20, 64)
    rig.midi(0xb0, 20, 127)
    #expect(abs(rig.render(4_800).last! - 0.5) < 1e-4)
    rig.send("/patch/redo")
    #expect(list(rig).count == 1)
    rig.midi(0xb0, 20, 70)
    rig.midi(0xb0, 20, 0)
    #expect(abs(rig.render(4_800).last!) < 1e-4)
    rig.send("/midi/unlearn level/value")
    #expect(list(rig).isEmpty && rig.failure("/midi/unlearn level/value") == "nothing-to-do")
    rig.midi(0xb0, 20, 127)
    #expect(abs(rig.render(4_800).last!) < 1e-4)
    #expect(rig.engine.frame > before)
  }

  @Test func midiLearnKeepsTheDraft() {
    let rig = rig()
    rig.send("/patch/create other sine")
    rig.send("/midi/map level/value 20")
    #expect(rig.session.soundingPatch.nodes["other"] == nil && rig.session.currentDraft.nodes["other"] != nil)
    #expect(rig.session.soundingPatch.controls.count == 1 && rig.session.currentDraft.controls.count == 1)
    // A parameter of the draft only is learned too; it is audible after the commit.
    rig.send("/midi/map other/frequency 21")
    #expect(rig.session.soundingPatch.controls.count == 1)
    rig.send("/patch/commit")
    #expect(rig.session.soundingPatch.controls.count == 2)
    // A renamed node keeps its controllers.
    rig.send("/patch/rename other tone")
    rig.send("/patch/commit")
    rig.midi(0xb0, 21, 0)
    rig.midi(0xb0, 21, 127)
    #expect(rig.send("/mod/tone/frequency").last?.arguments.last == .float(20_000))
  }

  @Test func midiLearnIsInaudible() {
    func sound(_ learns: Bool) -> [Float] {
      let rig = SessionRig()
      rig.send("/patch/create osc sine frequency 333")
      rig.send("/patch/commit")
      rig.render(4_800)
      if learns {
        rig.session.perform(OSCMessage("/midi/map", ["osc/frequency", 20]), from: rig.requester)
      }
      return rig.render(4_800)
    }
    #expect(sound(true) == sound(false))
  }
}
