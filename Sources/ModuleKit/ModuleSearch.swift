/// Search for modules by the words that people use: names, other names, choices, ports and summaries.
public struct ModuleSearch: Sendable {
  /// A module, and the word by which it was found.
  public struct Match: Sendable {
    public var module: ModuleDescriptor
    public var word: String
  }

  private let modules: [ModuleDescriptor]

  public init(_ modules: [ModuleDescriptor]) { self.modules = modules }

  /// The modules for a request of one or more words, best first; empty where nothing matches.
  public func matches(for request: String) -> [Match] {
    let whole = ModuleSearch.plain(request)
    if whole.isEmpty { return [] }
    let found = ranked(whole)
    let words = request.split(separator: " ").map { ModuleSearch.plain(String($0)) }.filter { !$0.isEmpty }
    guard found.isEmpty, words.count > 1 else { return found }
    // No name is the whole request: the modules that every word finds, else those that most find.
    var counts: [String: (count: Int, match: Match)] = [:], order: [String] = []
    for word in words {
      for match in ranked(word) {
        if counts[match.module.name] == nil { order.append(match.module.name) }
        counts[match.module.name, default: (0, match)].count += 1
      }
    }
    let most = counts.values.map(\.count).max() ?? 0
    return order.compactMap { counts[$0] }.filter { $0.count == most }.map(\.match)
  }

  /// The modules that bear a name elsewhere.
  public func named(_ word: String) -> [String] {
    let word = ModuleSearch.plain(word)
    return modules.filter { $0.about.otherNames.all.contains { ModuleSearch.plain($0) == word } }.map(\.name)
  }

  /// Every name that a search finds, for suggestions: the modules' own before the same names elsewhere.
  public var vocabulary: [String] {
    var seen: Set<String> = []
    return (modules.map(\.name) + modules.flatMap(\.about.otherNames.all))
      .filter { seen.insert(ModuleSearch.plain($0)).inserted }
  }

  private func ranked(_ word: String) -> [Match] {
    var found: [(rank: Int, order: Int, match: Match)] = []
    for module in modules {
      guard let (rank, order, name) = best(word, in: module) else { continue }
      found.append((rank, order, Match(module: module, word: name)))
    }
    // Matches inside a text only where no name matches.
    let least = found.map(\.rank).min() ?? 0
    return found.filter { $0.rank <= max(least, 1) }.sorted {
      ($0.rank, $0.order, $0.match.module.name) < ($1.rank, $1.order, $1.match.module.name)
    }.map(\.match)
  }

  /// The best name of a module for a word, with its place among the module's names. The rank is 0 for a name, 1 for a
  /// choice of a parameter, 2 for the start of a name, 3 for a word of its texts.
  private func best(_ word: String, in module: ModuleDescriptor) -> (rank: Int, order: Int, name: String)? {
    let names = [module.name] + module.about.otherNames.all
    func first(where test: (String) -> Bool) -> Int? { names.firstIndex { test(ModuleSearch.plain($0)) } }
    if let at = first(where: { $0 == word }) { return (0, at, names[at]) }
    let choices = module.inputs.flatMap { input -> [String] in
      if case .choice(let names) = input.type { return names.map { "\(input.name) \($0)" } }
      return []
    }
    if let choice = choices.first(where: { ModuleSearch.plain(String($0.split(separator: " ").last ?? "")) == word }) {
      return (1, 0, choice)
    }
    guard word.utf8.count > 2 else { return nil }
    // The start of a word: `reverbb` is not the start of `reverb building block`.
    func starts(_ name: String) -> Bool { name.split(separator: " ").contains { plainPrefix($0, word) } }
    if let at = names.firstIndex(where: starts) { return (2, at, names[at]) }
    let texts = [module.about.summary] + module.inputs.map(\.summary) + module.outputs.map(\.summary)
    for text in texts where text.split(whereSeparator: { !$0.isLetter }).contains(where: { plainPrefix($0, word) }) {
      return (3, 0, text)
    }
    return nil
  }

  private func plainPrefix(_ text: Substring, _ word: String) -> Bool {
    ModuleSearch.plain(String(text)).hasPrefix(word)
  }

  /// Small letters and digits only: `Low-Pass`, `low pass` and `lowpass~` are one name.
  static func plain(_ text: String) -> String {
    String(
      decoding: text.utf8.compactMap { byte -> UInt8? in
        switch byte {
        case 0x41...0x5a: byte | 0x20
        case 0x61...0x7a, 0x30...0x39: byte
        default: nil
        }
      }, as: UTF8.self)
  }
}
