import PatchKit

/// The arguments after a command's name, checked against its `CommandSpec`.
package struct Arguments {
  package let command: CommandSpec
  package private(set) var positional: [String] = []
  private var values: [String: String] = [:]
  private var switches: Set<String> = []

  /// Reads `--name value`, `--name=value`, `-o value`, `-ovalue`, clustered letters and `--`.
  package init(_ words: some Sequence<String>, for command: CommandSpec) throws(UsageError) {
    self.command = command
    var rest = Array(words)[...]
    var onlyPositional = false
    while let word = rest.popFirst() {
      if onlyPositional || word == "-" || !word.hasPrefix("-") || Self.isNegativeNumber(word) {
        positional.append(word)
      } else if word == "--" {
        onlyPositional = true
      } else if word.hasPrefix("--") {
        try parseLong(word.dropFirst(2), &rest)
      } else {
        try parseLetters(word.dropFirst(), &rest)
      }
    }
    if !has("help") { try checkCount() }
  }

  /// More allowed words than these are not listed in an error.
  private static let mostListed = 24

  package func has(_ name: String) -> Bool { switches.contains(known(name).name) }
  /// The option's value, or its default.
  package func text(_ name: String) -> String? { values[name] ?? known(name).value?.defaultText }
  /// True for an option that was given a value.
  package func isGiven(_ name: String) -> Bool { values[known(name).name] != nil }
  package func count(_ name: String) -> Int { Int(text(name) ?? "")! }
  package func optionalNumber(_ name: String) -> Double? { text(name).flatMap { Double($0) } }
  package func number(_ name: String) -> Double { Double(text(name) ?? "")! }

  private func known(_ name: String) -> OptionSpec {
    guard let option = command.option(named: name) else { fatalError("\(command.name) has no option \(name)") }
    return option
  }

  private mutating func parseLong(_ word: Substring, _ rest: inout ArraySlice<String>) throws(UsageError) {
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts[0])
    guard let option = command.option(named: name) else {
      let near = Nearest.names(to: name, among: command.allOptions.map(\.name)).map { "--" + $0 }
      throw UsageError("no option --\(name)", suggestions: near, command: command)
    }
    try set(option, "--" + name, parts.count > 1 ? String(parts[1]) : nil, &rest)
  }

  private mutating func parseLetters(_ word: Substring, _ rest: inout ArraySlice<String>) throws(UsageError) {
    var letters = word
    while let letter = letters.popFirst() {
      guard let option = command.allOptions.first(where: { $0.letter == letter }) else {
        throw UsageError("no option -\(letter)", command: command)
      }
      if option.value != nil, !letters.isEmpty {
        try set(option, "-\(letter)", String(letters), &rest)
        return
      }
      try set(option, "-\(letter)", nil, &rest)
    }
  }

  private mutating func set(
    _ option: OptionSpec, _ shown: String, _ attached: String?, _ rest: inout ArraySlice<String>
  ) throws(UsageError) {
    guard let value = option.value else {
      if attached != nil { throw UsageError("\(shown) takes no value", command: command) }
      switches.insert(option.name)
      return
    }
    if attached == nil, let implied = value.implied, rest.first.map(value.accepts) != true {
      values[option.name] = implied
      return
    }
    guard let text = attached ?? rest.popFirst() else {
      throw UsageError("\(shown) needs a value: \(shown) \(value.name)", command: command)
    }
    if let problem = value.problem(with: text) {
      var near: [String] = []
      if case .choice(let names) = value.rule { near = Nearest.names(to: text, among: names) }
      throw UsageError("\(shown) \(problem)", suggestions: near, command: command)
    }
    values[option.name] = text
  }

  private func checkCount() throws(UsageError) {
    let required = command.arguments.filter(\.isRequired)
    if positional.count < required.count {
      throw UsageError("\(required[positional.count].name) is missing", command: command)
    }
    if positional.count > command.arguments.count, command.arguments.last?.repeats != true {
      throw UsageError("'\(positional[command.arguments.count])' is one word too many", command: command)
    }
    for (argument, text) in zip(command.arguments, positional) {
      if case .choices(let names) = argument.completion, !names.contains(text) {
        throw UsageError(
          names.count > Arguments.mostListed
            ? "no \(argument.name) '\(text)'" : "\(argument.name) is \(listed(names, "or")), not '\(text)'",
          suggestions: Nearest.names(to: text, among: names),
          command: command)
      }
    }
  }

  private static func isNegativeNumber(_ word: String) -> Bool { word.hasPrefix("-") && Double(word) != nil }
}

/// A command line that the table does not allow.
package struct UsageError: Error {
  package var message: String
  package var suggestions: [String]
  package var command: CommandSpec?

  package init(_ message: String, suggestions: [String] = [], command: CommandSpec? = nil) {
    self.message = message
    self.suggestions = suggestions
    self.command = command
  }

  package var sentence: String {
    suggestions.isEmpty ? message : message + "; did you mean \(listed(suggestions, "or"))?"
  }
}
