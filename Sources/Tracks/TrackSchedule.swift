/// The order in which a score is performed: commits and settings by frame.
public struct TrackSchedule {
  public let score: TrackScore
  /// Indices of nodes by the frames at which they come and go.
  private let starts: [Int: [Int]], ends: [Int: [Int]]
  /// Indices of the cables that begin with a node, and of all of a node.
  private let firstCables: [Int: [Int]], cables: [Int: [Int]]
  /// The frames at which nodes come or go.
  private let commits: [Int]
  private var nextCommit = 0, nextSetting = 0

  public enum Item {
    case commit(Commit)
    case setting(TrackScore.Setting)
  }

  /// Nodes and cables that change on one frame; the removed ones first.
  public struct Commit {
    public var frame: Int
    public var removed: [TrackScore.Node] = []
    public var removedCables: [TrackScore.TimedCable] = []
    public var added: [TrackScore.Node] = []
    public var addedCables: [TrackScore.TimedCable] = []
  }

  public init(_ score: TrackScore) {
    self.score = score
    var starts: [Int: [Int]] = [:], ends: [Int: [Int]] = [:], places: [String: Int] = [:]
    for (i, node) in score.nodes.enumerated() where node.end > node.start {
      starts[node.start, default: []].append(i)
      if node.end < score.frames { ends[node.end, default: []].append(i) }
      places[node.id] = i
    }
    var firstCables: [Int: [Int]] = [:], cables: [Int: [Int]] = [:]
    for (i, cable) in score.cables.enumerated() {
      guard let from = places[cable.cable.source.node], let to = places[cable.cable.destination.node] else { continue }
      firstCables[score.nodes[from].start < score.nodes[to].start ? to : from, default: []].append(i)
      cables[from, default: []].append(i)
      if to != from { cables[to, default: []].append(i) }
    }
    (self.starts, self.ends, self.firstCables, self.cables) = (starts, ends, firstCables, cables)
    commits = Set(starts.keys).union(ends.keys).sorted()
  }

  /// The frame of the next item; nil: all have been performed.
  public var nextFrame: Int? {
    let commit = nextCommit < commits.count ? commits[nextCommit] : nil
    guard nextSetting < score.settings.count else { return commit }
    let setting = score.settings[nextSetting].frame
    return commit.map { min($0, setting) } ?? setting
  }

  /// The next item up to a frame; on one frame the commit comes first.
  public mutating func next(upTo frame: Int) -> Item? {
    guard let next = nextFrame, next <= frame else { return nil }
    guard nextCommit < commits.count, commits[nextCommit] == next else {
      nextSetting += 1
      return .setting(score.settings[nextSetting - 1])
    }
    nextCommit += 1
    var commit = Commit(frame: next)
    for i in ends[next] ?? [] {
      commit.removed.append(score.nodes[i])
      commit.removedCables += (cables[i] ?? []).map { score.cables[$0] }
    }
    for i in starts[next] ?? [] {
      commit.added.append(score.nodes[i])
      commit.addedCables += (firstCables[i] ?? []).map { score.cables[$0] }
    }
    return .commit(commit)
  }
}
