/// One command of the command line: the source of its parsing, help, completions and manual.
package struct CommandSpec: Sendable {
  package var name: String
  package var summary: String
  /// Sentences below the option list, one paragraph each.
  package var details: [String] = []
  package var arguments: [ArgumentSpec] = []
  package var options: [OptionSpec] = []
  package var examples: [String] = []

  /// Options of every command.
  package static let common = [
    OptionSpec(name: "help", letter: "h", summary: "Show this help"),
    OptionSpec(name: "quiet", letter: "q", summary: "Print nothing but results and errors"),
  ]

  package init(
    name: String, summary: String, details: [String] = [], arguments: [ArgumentSpec] = [], options: [OptionSpec] = [],
    examples: [String] = []
  ) {
    (self.name, self.summary, self.details) = (name, summary, details)
    (self.arguments, self.options, self.examples) = (arguments, options, examples)
  }

  package func option(named name: String) -> OptionSpec? { allOptions.first { $0.name == name } }
  /// The command's own options and the common ones.
  package var allOptions: [OptionSpec] { options + CommandSpec.common }
}

/// A positional argument.
package struct ArgumentSpec: Sendable {
  /// The name as shown in the help, in capitals.
  package var name: String
  package var summary: String
  package var isRequired = true
  package var repeats = false
  package var completion = Completion.nothing

  package init(
    name: String, summary: String, isRequired: Bool = true, repeats: Bool = false, completion: Completion = .nothing
  ) {
    (self.name, self.summary, self.isRequired) = (name, summary, isRequired)
    (self.repeats, self.completion) = (repeats, completion)
  }
}

package struct OptionSpec: Sendable {
  /// The name without dashes.
  package var name: String
  package var letter: Character?
  /// The value's description; nil for a switch.
  package var value: ValueSpec?
  package var summary: String

  package init(name: String, letter: Character? = nil, value: ValueSpec? = nil, summary: String) {
    (self.name, self.letter, self.value, self.summary) = (name, letter, value, summary)
  }
}

/// The value of an option: its placeholder and its rule.
package struct ValueSpec: Sendable {
  package var name: String
  package var rule: Rule
  /// The default as shown in the help; commands read it with `Arguments.text`, `count` and `number`.
  package var defaultText: String?
  /// The value of the option alone, where it may stand alone.
  package var implied: String?
  /// True for a word that is the option's value, where it may stand alone.
  package var accepts: @Sendable (String) -> Bool

  package init(
    name: String, rule: Rule, defaultText: String? = nil, implied: String? = nil,
    accepts: @escaping @Sendable (String) -> Bool = { _ in true }
  ) {
    (self.name, self.rule, self.defaultText) = (name, rule, defaultText)
    (self.implied, self.accepts) = (implied, accepts)
  }

  package enum Rule: Sendable {
    case text
    case whole(ClosedRange<Int>)
    case number(ClosedRange<Double>)
    case choice([String])
    /// A file whose name ends in one of these; empty: any.
    case file([String])
  }
}

/// The shell completions of a word.
package enum Completion: Sendable {
  case nothing
  case choices([String])
  case files([String])
  /// The names of the linked modules, from `weft modules --names`.
  case modules
  /// Patch files, and the names that `weft patches --names` lists.
  case patches
  /// The words of an OSC command, from `weft send --complete`: addresses, and what a running weft has.
  case osc
}

extension ValueSpec {
  package var completion: Completion {
    switch rule {
    case .choice(let names): .choices(names)
    case .file(let endings): .files(endings)
    case .text, .whole, .number: .nothing
    }
  }

  /// The error in `text`; nil if it is legal.
  package func problem(with text: String) -> String? {
    switch rule {
    case .text, .file: return text.isEmpty ? "needs a \(name)" : nil
    case .whole(let range):
      if let number = Int(text), range.contains(number) { return nil }
      return "takes a whole number from \(range.lowerBound) to \(range.upperBound), not '\(text)'"
    case .number(let range):
      if let number = Double(text), range.contains(number) { return nil }
      return "takes a number from \(range.lowerBound.shortText) to \(range.upperBound.shortText), not '\(text)'"
    case .choice(let names):
      return names.contains(text) ? nil : "takes \(listed(names, "or")), not '\(text)'"
    }
  }
}

/// `a, b or c`.
package func listed(_ words: [String], _ conjunction: String) -> String {
  words.count < 2 ? words.joined() : words.dropLast().joined(separator: ", ") + " \(conjunction) " + words.last!
}
