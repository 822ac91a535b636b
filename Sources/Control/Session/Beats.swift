import PatchKit

/// Where a transport is: a frame of the engine, and the beat that it falls on.
public struct Transport: Equatable, Sendable {
  public var isRolling: Bool
  public var frame: Int
  /// From 0, at the start of the first bar.
  public var beat: Double
  public var beatsPerMinute: Double
  public var beatsPerBar: Double

  public init(isRolling: Bool, frame: Int, beat: Double, beatsPerMinute: Double, beatsPerBar: Double) {
    self.isRolling = isRolling
    self.frame = frame
    self.beat = beat
    self.beatsPerMinute = beatsPerMinute
    self.beatsPerBar = beatsPerBar
  }

  func beat(at frame: Int, _ sampleRate: Double) -> Double {
    beat + Double(frame - self.frame) * beatsPerMinute / (60 * sampleRate)
  }

  func frame(of beat: Double, _ sampleRate: Double) -> Int {
    frame + Int(((beat - self.beat) * 60 * sampleRate / beatsPerMinute).rounded())
  }

  /// The bar that a beat lies in, from 1, and the beat in it, from 1.
  func place(of beat: Double) -> (bar: Int, beat: Double) {
    let bar = (beat / beatsPerBar + 1e-9).rounded(.down)
    return (Int(bar) + 1, max(0, beat - bar * beatsPerBar) + 1)
  }
}

/// The clock of bars and beats, and what waits for them.
struct Beats {
  static let limit = 4_096
  static let tempos = 1.0...1_000

  struct Entry {
    var beat: Double
    var order: Int
    var message: OSCMessage
    var requester: Requester
  }
  /// The session's own clock; it always runs.
  var own = Transport(isRolling: true, frame: 0, beat: 0, beatsPerMinute: 120, beatsPerBar: 4)
  /// Whether the host's transport is followed instead.
  var followsHost = false
  private var entries: [Entry] = []
  private var lastOrder = 0

  var isEmpty: Bool { entries.isEmpty }

  mutating func insert(_ message: OSCMessage, at beat: Double, from requester: Requester) throws(PatchError) {
    guard entries.count < Beats.limit else { throw PatchError(.limit, "\(Beats.limit) commands wait already") }
    lastOrder += 1
    entries.append(Entry(beat: beat, order: lastOrder, message: message, requester: requester))
    entries.sort { ($0.beat, $0.order) < ($1.beat, $1.order) }
  }

  var firstBeat: Double? { entries.first?.beat }

  mutating func popFirst(upTo beat: Double) -> Entry? {
    guard let first = entries.first, first.beat <= beat else { return nil }
    return entries.removeFirst()
  }
}

extension Session {
  /// Tempo and meter of the own clock: what counts where a host's transport tells no beats.
  public var ownTempo: (beatsPerMinute: Double, beatsPerBar: Double) {
    (beats.own.beatsPerMinute, beats.own.beatsPerBar)
  }

  /// Where bars and beats are now: of the own clock, or of the host's transport where that is followed and there.
  var beatClock: Transport? { beats.followsHost ? transport() : beats.own }

  /// Another tempo or meter from `frame` on; the beat goes on from where it is.
  func setTempo(_ beatsPerMinute: Double, _ beatsPerBar: Double, at frame: Int) {
    let beat = beats.own.beat(at: frame, engine.sampleRate)
    beats.own = Transport(
      isRolling: true, frame: frame, beat: beat, beatsPerMinute: beatsPerMinute, beatsPerBar: beatsPerBar)
    tellTransport()
  }

  /// The first bar begins at `frame`.
  func startClock(at frame: Int) {
    (beats.own.frame, beats.own.beat) = (frame, 0)
    tellTransport()
  }

  func tellTransport() { notify(.transport, clockValues(at: engine.frame), except: nil) }

  /// Tempo, beats a bar, bar, beat, whose clock it is, whether it runs.
  func clockValues(at frame: Int) -> [OSCArgument] {
    let clock = beatClock ?? Transport(isRolling: false, frame: frame, beat: 0, beatsPerMinute: 0, beatsPerBar: 4)
    let place = clock.place(of: clock.isRolling ? clock.beat(at: frame, engine.sampleRate) : clock.beat)
    return [
      .float(Float(clock.beatsPerMinute)), .float(Float(clock.beatsPerBar)), .int32(Int32(clamping: place.bar)),
      .float(Float(place.beat)), .string(beats.followsHost ? "host" : "own"), .int32(clock.isRolling ? 1 : 0),
    ]
  }

  /// Takes up what waits for a beat that is near.
  func performBeats() {
    guard !beats.isEmpty, let clock = beatClock, clock.isRolling else { return }
    let horizon = engine.frame + Int(Session.lookahead * engine.sampleRate)
    while let entry = beats.popFirst(upTo: clock.beat(at: horizon, engine.sampleRate)) {
      let frame = clock.frame(of: entry.beat, engine.sampleRate)
      if frame < engine.frame { lateCount += 1 }
      performMatching(entry.message, from: entry.requester, at: frame)
    }
  }

  /// The frame at which the next thing that waits is due; nil where nothing waits. Offline a period ends there.
  public var nextDueFrame: Int? {
    let beat = beats.firstBeat.flatMap { beat in beatClock?.frame(of: beat, engine.sampleRate) }
    guard let scheduled = schedule.firstFrame else { return beat }
    return beat.map { min($0, scheduled) } ?? scheduled
  }
}
