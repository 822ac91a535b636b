import PatchKit

/// The result of compiling a track: nodes that come and go at exact frames, and parameters that are set or automated.
public struct TrackScore: Equatable, Sendable {
  /// Hz; frames count at this rate.
  public var rate: Double
  /// The end of the sound.
  public var frames = 0
  public var nodes: [Node] = []
  public var cables: [TimedCable] = []
  /// By ascending frame; on one frame in the order in which they apply.
  public var settings: [Setting] = []
  /// Sounds that the compiler has made, by the name that nodes have for them: channels at the score's rate.
  public var sounds: [String: [[Float]]] = [:]
  /// The steps that are played, in the order of their starts.
  public var steps: [Step] = []

  /// A node, from its first frame to the one after its last.
  public struct Node: Equatable, Sendable {
    public var id: String
    public var node: PatchNode
    public var start: Int
    public var end: Int
  }

  /// A cable; it ends with its nodes.
  public struct TimedCable: Equatable, Sendable {
    public var cable: Cable
    public var amount: Float
  }

  /// A parameter that moves to a value within `length` frames, or at once (1).
  public struct Setting: Equatable, Sendable {
    public var frame: Int
    public var node: String
    public var param: String
    public var value: ParamValue
    public var length: Int
    public var curve: Curve

    public init(frame: Int, node: String, param: String, value: ParamValue, length: Int, curve: Curve) {
      (self.frame, self.node, self.param, self.value) = (frame, node, param, value)
      (self.length, self.curve) = (length, curve)
    }
  }

  /// The names of the engine's automation curves.
  public enum Curve: String, Sendable {
    case linear
    /// x².
    case square
    /// 1 − (1 − x)².
    case squareOut = "square-out"
    /// sin(x π / 2).
    case sine
    /// 1 − cos(x π / 2).
    case cosine

    public func callAsFunction(_ x: Double) -> Double {
      switch self {
      case .linear: x
      case .square: x * x
      case .squareOut: 1 - (1 - x) * (1 - x)
      case .sine: sine(x)
      case .cosine: 1 - sine(1 - x)
      }
    }

    private func sine(_ x: Double) -> Double { quarterSine(x) }
  }

  public struct Step: Equatable, Sendable {
    /// The number in the file, from 1.
    public var number: Int
    public var description: String
    public var start: Int
    public var end: Int
  }
}
