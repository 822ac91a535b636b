import PatchKit

/// The commands of a score as a player reads them: each printed when it acts, with the comments before it.
struct Narration {
  private var lines: [(time: Double, text: String)] = []
  private var next = 0

  /// - Parameter text: the score; a comment on a line of its own belongs to the command that follows.
  init(of text: String, send: String) {
    var comments: [String] = []
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard let first = words.first else { continue }
      if first.hasPrefix("#") {
        comments.append(words.dropFirst().joined(separator: " "))
      } else if let time = Double(first) {
        for comment in comments {
          lines.append((time, "\n" + Help.wrapped(comment, indent: 0, first: 0).joined(separator: "\n")))
        }
        lines.append((time, "  \(send) " + words.dropFirst().joined(separator: " ")))
        comments = []
      }
    }
  }

  /// The lines that are due, each once.
  mutating func lines(upTo time: Double) -> [String] {
    var due: [String] = []
    while next < lines.count, lines[next].time <= time {
      due.append(lines[next].text)
      next += 1
    }
    return due
  }
}
