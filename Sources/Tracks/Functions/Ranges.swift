/// The ranges of numbers that several synth functions have.
enum Ranges {
  /// Hz.
  static let carrier = 0.0...20_000.0, audible = 20.0...20_000.0
  static let beat = -1_000.0...1_000.0, rate = 0.0...1_000.0, pulse = 0.0...200.0
  /// The range of a module's input for a slow rate.
  static let inputRate = 0.001...200.0
  static let vibrato = -10_000.0...10_000.0
  static let level = -4.0...4.0, depth = -4.0...4.0, share = -10.0...10.0, pan = -100.0...100.0
  /// Radians.
  static let phase = -6_000.0...6_000.0
  static let seconds = 0.0...Track.longest
}
