import Engine
import PatchKit
import TestSupport
import Testing

/// A million note events, sensible or not.
@Suite struct NotePropertyTests {
  /// The held notes by the rules alone: keys with their channel, and the pedals.
  private struct Model {
    struct Note: Hashable { var id: Int32, key: Float, channel: UInt8, isNamed: Bool }
    var down: [Note] = []
    var isPedalled = false

    mutating func apply(_ event: NoteEvent) {
      switch event.kind {
      case .on:
        down.removeAll {
          $0.isNamed == event.isNamed
            && (event.isNamed ? $0.id == event.id : $0.key == event.key && $0.channel == event.channel)
        }
        down.append(Note(id: event.id, key: event.key, channel: event.channel, isNamed: event.isNamed))
      case .off:
        down.removeAll { note in
          event.id != 0
            ? note.id == event.id
            : (event.key < 0 || note.key == event.key && !note.isNamed)
              && (event.channel == 0 || note.channel == event.channel)
        }
      case .allOff, .keysUp, .panic: down.removeAll { event.channel == 0 || $0.channel == event.channel }
      case .sustain, .sostenuto: isPedalled = isPedalled || event.value > 0.5
      case .bend, .pressure, .timbre, .wheel, .bendRange, .fineTuning, .coarseTuning, .keyTuning, .zone, .reset,
        .retune,
        .velocity:
        break
      }
    }
  }

  private func random(_ random: inout SplitMix, pedals: Bool) -> NoteEvent {
    let key = Float(Int.random(in: 40..<70, using: &random)), channel = UInt8.random(in: 0...2, using: &random)
    let id = Bool.random(using: &random) ? 0 : Int32.random(in: 1_000..<1_060, using: &random)
    let kinds: [NoteEvent.Kind] = [.on, .on, .on, .off, .off, .off, .off, .bend, .pressure]
    let rare = Int.random(in: 0..<400, using: &random)
    let kind: NoteEvent.Kind =
      rare == 0
      ? .allOff
      : rare == 1
        ? .panic
        : rare == 2
          ? .keysUp
          : pedals && rare < 20 ? .sustain : pedals && rare < 40 ? .sostenuto : kinds.randomElement(using: &random)!
    if rare % 5 == 4, rare > 40 { return named(kind, key, &random) }
    return NoteEvent(kind, id: id, key: key, value: Float.random(in: 0...1, using: &random), channel: channel)
  }

  /// A note event of a program: by its id, with a key that may move.
  private func named(_ kind: NoteEvent.Kind, _ key: Float, _ random: inout SplitMix) -> NoteEvent {
    let id = Int32.random(in: 2_000..<2_020, using: &random)
    let kind = kind == .bend ? .retune : kind == .pressure ? .velocity : kind
    return NoteEvent(kind, id: id, key: key, value: Float.random(in: 0...1, using: &random), isNamed: true)
  }

  @Test(arguments: [(1, "poly"), (3, "poly"), (12, "poly"), (64, "poly"), (1, "last"), (4, "low"), (4, "legato")])
  func noNoteIsEverStuck(voices: Int, mode: String) throws {
    let rig = try EngineRig.organ(voices: voices, [("mode", .text(mode))])
    rig.render(64)
    var seed = SplitMix(seed: UInt64(voices) * 31 + UInt64(mode.utf8.count))
    var model = Model()
    // Seven runs of 143,000 are a million.
    for step in 0..<1_430 {
      let usesPedals = step > 700
      for _ in 0..<100 {
        let event = random(&seed, pedals: usesPedals)
        model.apply(event)
        #expect(rig.plans.play(event, at: rig.engine.frame + Int.random(in: 0..<1, using: &seed)))
      }
      rig.render(Int.random(in: 1...200, using: &seed), period: 256)
      #expect(rig.engine.soundingVoices <= voices)
      if step % 100 == 99 {
        if !model.isPedalled && voices == 64 {
          // Room for every key: held notes sound, and once the rest has faded nothing else does.
          rig.render(8_192)
          #expect(rig.engine.soundingVoices == model.down.count)
        }
        rig.play(.allOff)
        rig.play(.sustain, 0)
        model = Model()
        let tail = rig.render(8_192)
        #expect(rig.engine.soundingVoices == 0 && peak(tail[6_000...]) == 0)
      }
    }
    #expect(rig.engine.droppedCount == 0)
  }
}
