// [audio] The place and tempo of the host's transport.
import CLV2
import ModuleKit

/// Reads `time:Position` objects into the clock of the session.
struct HostPosition {
  /// The numbers of the host for what an object holds.
  struct Types {
    let object: LV2_URID, blank: LV2_URID, position: LV2_URID
    let speed: LV2_URID, beat: LV2_URID, bar: LV2_URID, barBeat: LV2_URID, beatsPerBar: LV2_URID, tempo: LV2_URID
    let float: LV2_URID, double: LV2_URID, int: LV2_URID, long: LV2_URID

    init(_ map: LV2_URID_Map) {
      func number(_ uri: String) -> LV2_URID { map.map(map.handle, uri) }
      let atom = "http://lv2plug.in/ns/ext/atom#", time = "http://lv2plug.in/ns/ext/time#"
      (object, blank, position) = (number(atom + "Object"), number(atom + "Blank"), number(time + "Position"))
      (speed, beat, bar) = (number(time + "speed"), number(time + "beat"), number(time + "bar"))
      (barBeat, beatsPerBar) = (number(time + "barBeat"), number(time + "beatsPerBar"))
      tempo = number(time + "beatsPerMinute")
      (float, double) = (number(atom + "Float"), number(atom + "Double"))
      (int, long) = (number(atom + "Int"), number(atom + "Long"))
    }
  }

  private let types: Types
  private var clock = SessionClock()
  private var isKnown = false
  private var beatsPerBar = 4.0, bar = 0.0

  init(_ types: Types) { self.types = types }

  /// Reads an event at a frame of the engine.
  ///
  /// - Returns: the clock, where it is another one than so far.
  mutating func read(_ event: EventList.Item, at frame: Int, sampleRate: Double) -> SessionClock? {
    guard event.type == types.object || event.type == types.blank, event.count >= 8 else { return nil }
    let bytes = UnsafeRawPointer(event.bytes)
    guard bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self) == types.position else { return nil }
    var at = 8, speed: Double?, tempo: Double?, beat: Double?, barBeat: Double?
    // A property: key, context, size and type of the value, the value.
    while at + 16 <= event.count {
      let key = bytes.loadUnaligned(fromByteOffset: at, as: UInt32.self)
      let size = Int(bytes.loadUnaligned(fromByteOffset: at + 8, as: UInt32.self))
      let type = bytes.loadUnaligned(fromByteOffset: at + 12, as: UInt32.self)
      guard at + 16 + size <= event.count else { break }
      if let value = number(bytes + at + 16, type, size) {
        switch key {
        case types.speed: speed = value
        case types.tempo: tempo = value
        case types.beat: beat = value
        case types.barBeat: barBeat = value
        case types.bar: bar = value
        case types.beatsPerBar: beatsPerBar = value
        default: break
        }
      }
      at += (16 + size + 7) & ~7
    }
    var next = clock
    if let tempo, (1...10_000).contains(tempo) { next.beatsPerMinute = tempo }
    if let speed { next.isRolling = speed > 0 }
    let place = beat ?? barBeat.map { bar * beatsPerBar + $0 }
    let expected = clock.beats(at: frame, sampleRate)
    (next.frame, next.beat) = (frame, place ?? expected)
    // A host that tells its place in every period does not move a clock that is there already.
    let isSame =
      isKnown && next.isRolling == clock.isRolling && next.beatsPerMinute == clock.beatsPerMinute
      && abs(next.beat - expected) < 1e-3
    guard !isSame else { return nil }
    isKnown = true
    clock = next
    return next
  }

  private func number(_ value: UnsafeRawPointer, _ type: LV2_URID, _ size: Int) -> Double? {
    var number: Double?
    if type == types.float, size >= 4 { number = Double(value.loadUnaligned(as: Float.self)) }
    if type == types.double, size >= 8 { number = value.loadUnaligned(as: Double.self) }
    if type == types.int, size >= 4 { number = Double(value.loadUnaligned(as: Int32.self)) }
    if type == types.long, size >= 8 { number = Double(value.loadUnaligned(as: Int64.self)) }
    return number.flatMap { $0.isFinite ? $0 : nil }
  }
}
