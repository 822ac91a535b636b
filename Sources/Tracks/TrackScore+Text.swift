import PatchKit

extension TrackScore {
  /// The commands that play the score on an empty patch, a line each: what `weft render --score` reads.
  public var text: String {
    var schedule = TrackSchedule(self), lines: [String] = []
    while let item = schedule.next(upTo: .max) {
      switch item {
      case .commit(let commit):
        let time = time(commit.frame)
        lines += commit.removed.map { "\(time) /patch/delete \($0.id)" }
        for node in commit.added {
          let params = node.node.params.sorted { $0.key < $1.key }.map { " \($0.key) \($0.value.scoreText)" }
          lines.append("\(time) /patch/create \(node.id) \(node.node.type)\(params.joined())")
        }
        for cable in commit.addedCables {
          let amount = cable.amount == 1 ? "" : " \(cable.amount)"
          lines.append("\(time) /patch/connect \(cable.cable.source) \(cable.cable.destination)\(amount)")
        }
        lines.append("\(time) /patch/commit 0")
      case .setting(let setting):
        let value = setting.value.scoreText
        let length = "\(Double(setting.length) / rate) \(setting.curve.rawValue)"
        lines.append("\(time(setting.frame)) /mod/\(setting.node)/\(setting.param) \(value) \(length)")
      }
    }
    return lines.map { $0 + "\n" }.joined()
  }

  private func time(_ frame: Int) -> String { "\(Double(frame) / rate)" }
}

extension ParamValue {
  fileprivate var scoreText: String {
    switch self {
    case .number(let number): "\(number)"
    case .bool(let isOn): "\(isOn)"
    case .text(let text): text.allSatisfy(\.isLetter) ? text : "\"\(text)\""
    }
  }
}
