import PatchKit

/// The channel messages of a Standard MIDI file, with their times.
public struct MidiFile: Sendable {
  public struct Event: Sendable {
    /// Seconds from the start, by the file's tempo.
    public var seconds: Double
    public var message: [UInt8]
  }
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
    var start = 0.0
    for part in parts { start = add(part, from: start, by: reader.division) }
    seconds = start
    if events.isEmpty, let repair = repairs.first {
      throw PatchError(.syntax, "nothing of it can be played: \(repair)")
    }
  }

  /// - Returns: the time at which the last of these tracks ends.
  private mutating func add(_ tracks: [MidiFileReader.Track], from start: Double, by division: MidiFileReader.Division)
    -> Double
  {
    var merged = tracks.flatMap(\.events)
    if tracks.count > 1 {
      // A stable sort: events of one tick stay in the order of their tracks.
      let order = merged.indices.sorted { (merged[$0].ticks, $0) < (merged[$1].ticks, $1) }
      merged = order.map { merged[$0] }
    }
    var clock = (ticks: 0, seconds: start), secondsPerTick = division.secondsPerTick(tempo: 500_000)
    func seconds(at ticks: Int) -> Double { clock.seconds + Double(ticks - clock.ticks) * secondsPerTick }
    for event in merged {
      switch event.content {
      case .message(let message): events.append(Event(seconds: seconds(at: event.ticks), message: message))
      case .tempo(let tempo):
        clock = (event.ticks, seconds(at: event.ticks))
        secondsPerTick = division.secondsPerTick(tempo: tempo)
      }
    }
    return seconds(at: tracks.map(\.ticks).max() ?? 0)
  }
}
