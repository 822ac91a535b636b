// [audio] Channel messages of MIDI as changes of notes.
import ModuleKit

extension Engine {
  /// Semitones of a whole turn of the pitch bend.
  private static let bendRange: Float = 2

  /// [audio] Takes one whole MIDI message, to be heard `offset` frames into the period that is about to be rendered.
  /// What is no channel message, or says nothing of notes, is passed over. Called before `render`, on its thread.
  public func take(midi bytes: UnsafePointer<UInt8>, count: Int, after offset: Int) {
    guard count >= 2 else { return }
    let channel = (bytes[0] & 0x0f) + 1, first = Int(bytes[1] & 0x7f), second = count > 2 ? Int(bytes[2] & 0x7f) : 0
    let amount = Float(second) / 127
    switch bytes[0] & 0xf0 {
    case 0x80 where count >= 3: plan(.off, Float(first), amount, channel, offset)
    case 0x90 where count >= 3: plan(second == 0 ? .off : .on, Float(first), amount, channel, offset)
    case 0xa0 where count >= 3: plan(.pressure, Float(first), amount, channel, offset)
    case 0xb0 where count >= 3: control(first, amount, channel, offset)
    case 0xd0: plan(.pressure, -1, Float(first) / 127, channel, offset)
    case 0xe0 where count >= 3:
      plan(.bend, -1, Engine.bendRange * Float(first + 128 * second - 8_192) / 8_192, channel, offset)
    default: break
    }
  }

  private func control(_ number: Int, _ amount: Float, _ channel: UInt8, _ offset: Int) {
    switch number {
    case 64: plan(.sustain, -1, amount, channel, offset)
    case 66: plan(.sostenuto, -1, amount, channel, offset)
    case 120: plan(.panic, -1, 0, channel, offset)
    case 121:
      plan(.sustain, -1, 0, channel, offset)
      plan(.sostenuto, -1, 0, channel, offset)
      plan(.bend, -1, 0, channel, offset)
      plan(.pressure, -1, 0, channel, offset)
    case 123: plan(.allOff, -1, 0, channel, offset)
    default: break
    }
  }

  private func plan(_ kind: NoteEvent.Kind, _ key: Float, _ value: Float, _ channel: UInt8, _ offset: Int) {
    receive(note: NoteEvent(kind, key: key, value: value, channel: channel), after: offset)
  }
}
