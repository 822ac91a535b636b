import PatchKit

/// Position and tempo of a musical clock: a frame of the engine and the beat at that frame.
public struct Transport: Equatable, Sendable {
  public var isRolling: Bool
  public var frame: Int
  /// Beats since the start of the first bar, from 0.
  public var beat: Double
  public var beatsPerMinute: Double
  public var beatsPerBar: Double
  /// The transport's own frame at `frame`; nil: it counts none.
  public var place: Int?

  public init(
    isRolling: Bool, frame: Int, beat: Double, beatsPerMinute: Double, beatsPerBar: Double, place: Int? = nil
  ) {
    self.place = place
    self.isRolling = isRolling
    self.frame = frame
    self.beat = beat
    self.beatsPerMinute = beatsPerMinute
    self.beatsPerBar = beatsPerBar
  }

  /// Tempos in beats a minute that `/clock` accepts.
  static let tempos = 1.0...1_000

  func beat(at frame: Int, _ sampleRate: Double) -> Double {
    beat + Double(frame - self.frame) * beatsPerMinute / (60 * sampleRate)
  }

  func frame(of beat: Double, _ sampleRate: Double) -> Int {
    frame + Int(((beat - self.beat) * 60 * sampleRate / beatsPerMinute).rounded())
  }

  /// Bar and beat within the bar, both from 1.
  func position(of beat: Double) -> (bar: Int, beat: Double) {
    let bar = (beat / beatsPerBar + 1e-9).rounded(.down)
    return (Int(bar) + 1, max(0, beat - bar * beatsPerBar) + 1)
  }
}
