/// The output of a module: `rendering["out"][lane]` are the samples of one lane.
public struct Rendering {
  public let names: [String]
  public let sound: [[[Float]]]
  /// Its output to the channels of the program.
  public let channels: [[Float]]

  public subscript(output: String) -> [[Float]] {
    guard let at = names.firstIndex(of: output) else { preconditionFailure("no output \(output)") }
    return sound[at]
  }
  /// Lane 0 of the main output.
  public var main: [Float] { sound[0][0] }

  /// The largest difference of any sample of any output.
  public func difference(from other: Rendering) -> Float {
    var worst: Float = 0
    for (mine, theirs) in zip(tracks.joined(), other.tracks.joined()) {
      worst = max(worst, mine == theirs ? 0 : (mine - theirs).magnitude)
      if !(mine - theirs).isFinite { return .infinity }
    }
    return worst
  }

  public var isFinite: Bool { tracks.joined().allSatisfy(\.isFinite) }
  public var peak: Float { tracks.joined().reduce(0) { max($0, $1.magnitude) } }
  /// Every lane of every output, and every channel.
  public var tracks: [[Float]] { Array(sound.joined()) + channels }
}
