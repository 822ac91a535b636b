import PatchKit

/// The headers and opcodes of an SFZ file and of those that it includes.
///
/// - Source: the SFZ format, version 1 (Cakewalk, 2004), with `#include` and `#define` of version 2.
struct SFZParser {
  /// A value, and the place where it is.
  struct Value {
    var text: String
    var place: String
  }
  /// A region: its opcodes and those of its group, master and global headers.
  struct Region {
    var opcodes: [String: Value] = [:]
    var place: String
  }
  static let mostRegions = 100_000
  private static let mostFiles = 1_000, deepest = 32

  private(set) var regions: [Region] = []
  private(set) var problems: SFZProblems
  private(set) var defaultPath = ""
  /// The opcodes of the headers in force, outermost first: global, master, group, region.
  private var levels = [[String: Value]](repeating: [:], count: 4)
  /// The header in force: an index of a level; nil: one whose opcodes are not played.
  private var level: Int?
  private var isControl = false
  private var regionPlace: String?
  private var definitions: [(name: String, text: String)] = []
  private var files = 0
  private var ignoredHeaders: Set<String> = []

  /// - Parameters:
  ///   - read: the text of a file by its name.
  init(_ name: String, problems: SFZProblems, read: (String) throws(PatchError) -> [UInt8]) throws(PatchError) {
    self.problems = problems
    try parse(try read(name), of: name, within: [name], read: read)
    endRegion()
  }

  private mutating func parse(
    _ bytes: [UInt8], of file: String, within open: [String], read: (String) throws(PatchError) -> [UInt8]
  ) throws(PatchError) {
    var isComment = false
    for (i, bytes) in TextFile.normalized(bytes).split(separator: 0x0a, omittingEmptySubsequences: false).enumerated() {
      let place = open.count == 1 ? "line \(i + 1)" : "\(file), line \(i + 1)"
      let line = SFZParser.withoutComments(bytes, &isComment)
      guard let first = line.first else { continue }
      if first == 0x23 {
        try directive(line, place, within: open, read: read)
      } else {
        words(line, place)
      }
    }
  }

  /// The bytes of a line outside comments, without blanks at its ends.
  private static func withoutComments(_ line: ArraySlice<UInt8>, _ isComment: inout Bool) -> ArraySlice<UInt8> {
    var kept: [UInt8] = [], i = line.startIndex
    if !isComment && !line.contains(0x2f) {
      kept = Array(line)
      i = line.endIndex
    }
    while i < line.endIndex {
      let next = i + 1 < line.endIndex ? line[i + 1] : 0
      if isComment {
        if line[i] == 0x2a && next == 0x2f {
          isComment = false
          i += 1
        }
      } else if line[i] == 0x2f && next == 0x2a {
        isComment = true
        i += 1
      } else if line[i] == 0x2f && next == 0x2f {
        break
      } else {
        kept.append(line[i])
      }
      i += 1
    }
    func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
    var rest = kept[...]
    while let byte = rest.first, isBlank(byte) { rest.removeFirst() }
    while let byte = rest.last, isBlank(byte) { rest.removeLast() }
    return rest
  }

  /// `#include "file"`, `#define $NAME text`.
  private mutating func directive(
    _ line: ArraySlice<UInt8>, _ place: String, within open: [String], read: (String) throws(PatchError) -> [UInt8]
  ) throws(PatchError) {
    let text = String(decoding: line, as: UTF8.self)
    let words = text.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
    if words[0] == "#define", words.count >= 3, words[1].hasPrefix("$") {
      definitions.removeAll { $0.name == words[1] }
      definitions.append((words[1], words[2...].joined(separator: " ")))
      // A longer name before its beginning.
      definitions.sort { $0.name.utf8.count > $1.name.utf8.count }
      return
    }
    let quoted = text.split(separator: "\"", omittingEmptySubsequences: false)
    guard words[0].hasPrefix("#include"), quoted.count >= 3 else {
      return problems.add("\(words[0]) is unknown", at: place)
    }
    let name = expanded(String(quoted[1])).replacingText("\\", with: "/")
    if open.contains(name) {
      return problems.add(
        "#include \"\(name)\" is a cycle (\((open + [name]).joined(separator: " → "))): refused", at: place)
    }
    files += 1
    if open.count > SFZParser.deepest || files > SFZParser.mostFiles {
      return problems.add("#include \"\(name)\": too many files", at: place)
    }
    let bytes: [UInt8]
    do throws(PatchError) { bytes = try read(name) } catch {
      return problems.add("#include \"\(name)\": \(error.message)", at: place)
    }
    try parse(bytes, of: name, within: open + [name], read: read)
  }

  private func expanded(_ text: String) -> String {
    guard !definitions.isEmpty, text.utf8.contains(0x24) else { return text }
    return definitions.reduce(text) { $0.replacingText($1.name, with: $1.text) }
  }

  /// Headers and opcodes of a line; a value goes on to the next opcode or header.
  private mutating func words(_ line: ArraySlice<UInt8>, _ place: String) {
    var i = line.startIndex, name: String?, from = i, to = i
    func text(_ range: Range<Int>) -> String { String(decoding: line[range], as: UTF8.self) }
    while i < line.endIndex {
      if line[i] == 0x20 || line[i] == 0x09 {
        i += 1
        continue
      }
      let start = i
      if line[i] == 0x3c, let close = line[i...].firstIndex(of: 0x3e) {
        if let name { set(name, text(from..<to), place) }
        name = nil
        header(text(start + 1..<close), place)
        i = close + 1
        continue
      }
      while i < line.endIndex, line[i] != 0x20, line[i] != 0x09, line[i] != 0x3c || i == start { i += 1 }
      if let equals = line[start..<i].firstIndex(of: 0x3d), equals > start, isName(line[start..<equals]) {
        if let name { set(name, text(from..<to), place) }
        name = text(start..<equals)
        from = equals + 1
      } else if name == nil {
        problems.add("\"\(text(start..<i))\" is neither a header nor an opcode", at: place)
      }
      to = i
    }
    if let name { set(name, text(from..<to), place) }
  }

  private func isName(_ bytes: ArraySlice<UInt8>) -> Bool {
    bytes.allSatisfy {
      (0x61...0x7a).contains($0) || (0x41...0x5a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5f || $0 == 0x24
    }
  }

  private mutating func header(_ name: String, _ place: String) {
    endRegion()
    isControl = name == "control"
    level = ["global": 0, "master": 1, "group": 2, "region": 3][name]
    guard let level else {
      if !isControl && ignoredHeaders.insert(name).inserted { problems.add("<\(name)> is ignored", at: place) }
      return
    }
    for inner in level..<4 { levels[inner] = [:] }
    if level == 3 { regionPlace = place }
  }

  private mutating func endRegion() {
    guard let place = regionPlace else { return }
    regionPlace = nil
    if regions.count == SFZParser.mostRegions {
      return problems.add(
        "more than \(SFZParser.mostRegions) regions: this one and those after it are left out", at: place)
    }
    if regions.count > SFZParser.mostRegions { return }
    var region = Region(opcodes: levels[0], place: place)
    for level in levels.dropFirst() { region.opcodes.merge(level) { $1 } }
    regions.append(region)
  }

  private mutating func set(_ name: String, _ text: String, _ place: String) {
    let name = expanded(name), text = expanded(text)
    if isControl {
      if name == "default_path" { defaultPath = text } else { problems.addUnknown("<control> \(name)", at: place) }
    } else if let level {
      levels[level][name] = Value(text: text, place: place)
    } else if ignoredHeaders.isEmpty {
      problems.add("\(name) is before the first header", at: place)
    }
  }
}

/// The problems of an SFZ file: the first ones, and the number of the others.
struct SFZProblems {
  private static let most = 50
  private(set) var list: [String] = []
  private var more = 0
  private var unknown: [String: (place: String, count: Int)] = [:]
  private var unknownOrder: [String] = []

  mutating func add(_ text: String, at place: String) {
    if list.count < SFZProblems.most { list.append("\(place): \(text)") } else { more += 1 }
  }

  /// Counts an opcode that is not played.
  mutating func addUnknown(_ name: String, at place: String) {
    if unknown[name] == nil { unknownOrder.append(name) }
    unknown[name, default: (place, 0)].count += 1
  }

  /// All of them, each unknown opcode once.
  var all: [String] {
    let opcodes = unknownOrder.prefix(SFZProblems.most).map { name in
      let found = unknown[name]!
      return "\(found.place): unknown opcode \(name)" + (found.count > 1 ? ", and \(found.count - 1) times more" : "")
    }
    return list + (more > 0 ? ["and \(more) problems more"] : []) + opcodes
  }
}
