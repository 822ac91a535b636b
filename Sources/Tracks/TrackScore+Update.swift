extension TrackScore {
  /// The score from a frame on for a player that plays `old`: nodes that are the same in both play on.
  ///
  /// - Returns: a score that begins at `frame`, and the nodes that play on, by id.
  public func continuing(_ old: TrackScore, at frame: Int) -> (score: TrackScore, kept: Set<String>) {
    var score = cut(from: frame)
    let before = Dictionary(grouping: old.settings, by: \.node), after = Dictionary(grouping: settings, by: \.node)
    let known = Dictionary(old.nodes.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    var kept: Set<String> = []
    for node in nodes where node.start < frame && node.end > frame {
      guard let same = known[node.id], same.node == node.node, same.start == node.start, same.end > frame else {
        continue
      }
      let past = (before[node.id] ?? []).prefix { $0.frame < frame },
        own = (after[node.id] ?? []).prefix { $0.frame < frame }
      if Array(past) == Array(own) { kept.insert(node.id) }
    }
    // Their automation goes on by itself; what comes later is set.
    score.settings.removeAll { kept.contains($0.node) }
    for var setting in settings where setting.frame >= frame && kept.contains(setting.node) {
      setting.frame -= frame
      score.settings.append(setting)
    }
    score.sortSettings()
    return (score, kept)
  }
}
