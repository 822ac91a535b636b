import CMidiFile
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

  /// Reads formats 0 and 1.
  ///
  /// - Throws: the error, with the file's name.
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
    var sieve = MidiFileSieve(bytes)
    let clean = try sieve.run()
    weft_smf_silence()
    guard let file = clean.withUnsafeBytes({ smf_load_from_memory($0.baseAddress, Int32($0.count)) }) else {
      throw PatchError(.syntax, "it is a MIDI file that libsmf does not read")
    }
    defer { smf_delete(file) }
    guard file.pointee.number_of_tracks == sieve.trackCount else {
      throw PatchError(.syntax, "libsmf reads \(file.pointee.number_of_tracks) of its \(sieve.trackCount) tracks")
    }
    // A file read from memory starts after its first events.
    smf_rewind(file)
    events.reserveCapacity(sieve.eventCount)
    while let event = smf_get_next_event(file) {
      seconds = max(seconds, event.pointee.time_seconds)
      guard let bytes = event.pointee.midi_buffer, (0x80...0xef).contains(bytes[0]) else { continue }
      let message = UnsafeBufferPointer(start: bytes, count: min(Int(event.pointee.midi_buffer_length), 3))
      events.append(Event(seconds: event.pointee.time_seconds, message: Array(message)))
    }
  }
}
