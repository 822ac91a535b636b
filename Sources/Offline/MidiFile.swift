import PatchKit

/// The channel messages of a Standard MIDI file, with their times.
public struct MidiFile: Sendable {
  public struct Event: Sendable {
    /// Seconds from the start, by the file's tempo.
    public var seconds: Double
    public var message: [UInt8]
  }
  /// A tempo, from its time on.
  public struct Tempo: Equatable, Sendable {
    public var seconds: Double
    /// Beats (quarters) since the start.
    public var beat: Double
    public var beatsPerMinute: Double
    public var beatsPerBar: Double

    package init(seconds: Double, beat: Double, beatsPerMinute: Double, beatsPerBar: Double) {
      (self.seconds, self.beat, self.beatsPerMinute, self.beatsPerBar) = (seconds, beat, beatsPerMinute, beatsPerBar)
    }
  }
  /// Ordered by time, the first at 0; empty where times are film frames.
  public private(set) var tempos: [Tempo] = []
  /// Ordered by time; equal times in the order of their tracks.
  public private(set) var events: [Event] = []
  /// The time of the last event, including ends of tracks.
  public private(set) var seconds = 0.0
  /// Damage that does not keep the file from being played, each with its byte.
  public private(set) var repairs: [String] = []

  /// Reads formats 0, 1 and 2, plain or in a RIFF file, with beats or film frames.
  ///
  /// - Throws: what is wrong with the file, with its name, where nothing of it can be played.
  public init(path: String) throws(PatchError) {
    let bytes = try TextFile.read(path)
    do throws(PatchError) {
      try self.init(bytes)
    } catch {
      var error = error
      error.place.file = path
      throw error
    }
  }

  package init(_ bytes: [UInt8]) throws(PatchError) {
    var reader = MidiFileReader(bytes)
    try reader.run()
    repairs = reader.repairs
    // The tracks of format 2 are pieces of their own, played one after the other; the others sound together.
    let parts = reader.format == 2 ? reader.tracks.map { [$0] } : [reader.tracks]
    events.reserveCapacity(reader.tracks.reduce(0) { $0 + $1.events.count })
    var end = Tempo(seconds: 0, beat: 0, beatsPerMinute: 120, beatsPerBar: 4)
    for part in parts { end = add(part, from: end, by: reader.division) }
    seconds = end.seconds
    if events.isEmpty, let repair = repairs.first {
      throw PatchError(.syntax, "no part of it can be played: \(repair)")
    }
  }

  /// - Parameter start: its time and beat count; tempo and meter begin anew.
  /// - Returns: time and beat at which the last of these tracks ends.
  private mutating func add(_ tracks: [MidiFileReader.Track], from start: Tempo, by division: MidiFileReader.Division)
    -> Tempo
  {
    var merged = tracks.flatMap(\.events)
    if tracks.count > 1 {
      // A stable sort: events of one tick stay in the order of their tracks.
      let order = merged.indices.sorted { (merged[$0].ticks, $0) < (merged[$1].ticks, $1) }
      merged = order.map { merged[$0] }
    }
    var clock = (ticks: 0, seconds: start.seconds), secondsPerTick = division.secondsPerTick(tempo: 500_000)
    func seconds(at ticks: Int) -> Double { clock.seconds + Double(ticks - clock.ticks) * secondsPerTick }
    func beat(at ticks: Int) -> Double { start.beat + division.beats(ticks) }
    var tempo = Tempo(seconds: start.seconds, beat: start.beat, beatsPerMinute: 120, beatsPerBar: 4)
    func setTempo(at ticks: Int) {
      guard division.hasTempo else { return }
      (tempo.seconds, tempo.beat) = (seconds(at: ticks), beat(at: ticks))
      if tempos.last?.seconds == tempo.seconds { tempos.removeLast() }
      tempos.append(tempo)
    }
    setTempo(at: 0)
    for event in merged {
      switch event.content {
      case .message(let message): events.append(Event(seconds: seconds(at: event.ticks), message: message))
      case .tempo(let microseconds):
        clock = (event.ticks, seconds(at: event.ticks))
        secondsPerTick = division.secondsPerTick(tempo: microseconds)
        tempo.beatsPerMinute = 60e6 / Double(microseconds)
        setTempo(at: event.ticks)
      case .meter(let beats):
        tempo.beatsPerBar = beats
        setTempo(at: event.ticks)
      }
    }
    let end = tracks.map(\.ticks).max() ?? 0
    (tempo.seconds, tempo.beat) = (seconds(at: end), beat(at: end))
    return tempo
  }
}
