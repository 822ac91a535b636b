import DSP
import ModuleKit

/// Note input: from OSC, MIDI and scores, one voice per note, sample-accurate.
///
/// `pitch` is in octaves from A4 (key 69 = 440 Hz), including bend and glide: patched into a frequency of 440 Hz with
/// amount 1 it plays in tune. `gate` is 1 while the note is held; a voice that is retriggered while its gate is open
/// closes it for one frame. The patch's tuning and `concert` define the pitch of a key. `velocity`, `pressure` and
/// `timbre` are 0 ... 1, `bend` is in octaves. A glide is linear in pitch and takes the whole of its time. Changes of
/// velocity, pressure, timbre and bend while a voice sounds take 2 ms.
///
/// - Source of the zones, their ranges and their three dimensions: MIDI Polyphonic Expression, MMA, 2018.
struct Notes<L: Lane>: Module {
  typealias In = NoteInput
  enum Out: Int, OutputPort {
    case pitch, gate, velocity, pressure, bend, timbre

    var summary: String {
      switch self {
      case .pitch: "Octaves from A4, with bend and glide"
      case .gate: "1 while the note is held"
      case .velocity: "Note velocity, 0 … 1"
      case .pressure: "Key pressure (aftertouch), 0 … 1"
      case .bend: "Pitch bend, in octaves"
      case .timbre: "MIDI controller 74, per note with MPE, 0 … 1; 0.5 unless set"
      }
    }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "notes", .notes, "Notes from OSC, MIDI and scores", voicing: .source, tail: nil, takesNotes: true,
      otherNames: OtherNames(
        "keyboard, MIDI, note in, MIDI to CV, gate, velocity, keys, MPE, polyphony",
        superCollider: "MIDIFunc.noteOn, Pbind", pureData: "notein, poly, mtof", vcv: "MIDI to CV",
        max: "notein, midiin, poly~, mtof"))
  }

  private let notes: UnsafeMutablePointer<NoteGroup>

  init(_ setup: ModuleSetup) { notes = setup.notes }

  mutating func process(_ io: ModuleIO<Self>) {
    let pitch = notes.pointee.pitch, bend = notes.pointee.bend
    if pitch.isMoving || bend.isMoving {
      let out = io.output(.pitch)
      for i in 0..<io.frames { out[i] = L(ofVoices: pitch[i] + bend[i]) }
    } else {
      io.hold(.pitch, at: L(ofVoices: pitch.target + bend.target))
    }
    io.hold(.gate, at: L(ofVoices: notes.pointee.gate))
    write(notes.pointee.velocity, to: .velocity, io)
    write(notes.pointee.pressure, to: .pressure, io)
    write(bend, to: .bend, io)
    write(notes.pointee.timbre, to: .timbre, io)
  }

  private func write(_ slide: Slide, to port: Out, _ io: ModuleIO<Self>) {
    guard slide.isMoving else { return io.hold(port, at: L(ofVoices: slide.target)) }
    let out = io.output(port)
    for i in 0..<io.frames { out[i] = L(ofVoices: slide[i]) }
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Notes<Float>.self, Notes<Voices>.self) }
