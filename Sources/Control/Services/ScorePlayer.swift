import PatchKit

/// Plays a score: each line is a request, performed at exactly its sample.
public struct ScorePlayer {
  private let lines: [ScoreLine]
  private var next = 0
  private let sampleRate: Double
  private final class Failures {
    var all: [(line: Int, message: String)] = []
    static let most = 1_000
  }
  private let refused = Failures()
  /// The first failures, with their lines; those of commits when they are known.
  public var failures: [(line: Int, message: String)] { refused.all }

  /// - Parameter lines: in the order of their times.
  public init(_ lines: [ScoreLine], sampleRate: Double) {
    self.lines = lines
    self.sampleRate = sampleRate
  }

  public var isDone: Bool { next == lines.count }
  /// The frame of the next line, counted from the start of the score; nil at its end.
  public var nextFrame: Int? { isDone ? nil : frame(of: lines[next]) }

  private func frame(of line: ScoreLine) -> Int { Int(min((line.time * sampleRate).rounded(), ScorePlayer.never)) }
  /// An unreachable frame.
  private static let never = 1e18

  /// Performs every line that is due at or before `frame` of the score.
  ///
  /// - Parameter start: the engine's frame at the start of the score, so that each line is stamped with its own frame;
  ///   nil: all lines are performed at the next rendered frame.
  public mutating func perform(upTo frame: Int, on session: Session, start: Int? = nil) {
    while next < lines.count, self.frame(of: lines[next]) <= frame {
      let line = lines[next]
      next += 1
      let requester = Requester { [refused] reply in
        guard reply.address == "/fail", refused.all.count < Failures.most else { return }
        refused.all.append((line.line, reply.arguments.dropFirst().map(\.description).joined(separator: " ")))
      }
      session.perform(
        OSCMessage(line.address, line.arguments.map(\.osc)), from: requester,
        at: start.map { $0 + self.frame(of: line) })
    }
  }
}

extension ScoreArgument {
  public var osc: OSCArgument {
    switch self {
    case .int(let value): .int32(value)
    case .float(let value): .float(value)
    case .string(let value): .string(value)
    case .bool(let value): .bool(value)
    }
  }
}
