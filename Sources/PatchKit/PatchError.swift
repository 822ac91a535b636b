/// Stable error codes: sent in `/fail`, printed by the commands.
public enum ErrorCode: String, Sendable, CaseIterable {
  // Unknown names
  case noSuchAddress = "no-such-address"
  case noSuchType = "no-such-type"
  case noSuchNode = "no-such-node"
  case noSuchPort = "no-such-port"
  case noSuchParam = "no-such-param"
  case noSuchCable = "no-such-cable"
  case noSuchNote = "no-such-note"
  case noSuchSnapshot = "no-such-snapshot"
  case noSuchMacro = "no-such-macro"
  // Arguments
  case argumentCount = "argument-count"
  case argumentType = "argument-type"
  case range
  case badName = "bad-name"
  case duplicate
  case notPatchable = "not-patchable"
  case cycle
  case limit
  // Files and text
  case syntax
  case newerVersion = "newer-version"
  case unreadable
  case unwritable
  case outsideRoot = "outside-root"
  // State
  case busy
  /// Another edit of its bundle failed.
  case aborted
  /// The draft has been edited in the meantime.
  case stale
  case nothingToDo = "nothing-to-do"
  case late
  case noAudio = "no-audio"
  // Sound
  case notFinite = "not-finite"
  case runaway
  case tooLoud = "too-loud"
  case overload
  case malformed
  /// A cable loop takes longer than its delay is set to.
  case longerLoop = "longer-loop"
  /// The patch is silent.
  case silent
  /// A sound file is played otherwise than it may be meant.
  case soundFile = "sound-file"
}

/// An error: code, message with the rule that is broken, place, and the nearest valid names.
public struct PatchError: Error, Equatable, Sendable, CustomStringConvertible {
  public var code: ErrorCode
  /// The problem and the rule, without the place.
  public var message: String
  public var place: Place
  /// The nearest valid names, best first.
  public var suggestions: [String]

  public init(_ code: ErrorCode, _ message: String, at place: Place = Place(), suggestions: [String] = []) {
    self.code = code
    self.message = message
    self.place = place
    self.suggestions = suggestions
  }

  /// `file:line:column: error: place: message; did you mean …?`, as compilers print it.
  public var description: String {
    var text = ""
    if let file = place.file { text += file + ":" }
    if let line = place.line { text += "\(line):" }
    if let column = place.column { text += "\(column):" }
    if !text.isEmpty { text += " error: " }
    if let path = place.path { text += path + ": " }
    return text + sentence
  }

  /// The message with its suggestions, without the place.
  public var sentence: String {
    switch suggestions.count {
    case 0: message
    case 1: message + "; did you mean \(suggestions[0])?"
    default: message + "; did you mean \(suggestions.dropLast().joined(separator: ", ")) or \(suggestions.last!)?"
    }
  }
}

/// The place of an error: in a file, in a patch, or both.
public struct Place: Equatable, Sendable {
  public var file: String?
  /// From 1.
  public var line: Int?
  /// From 1, in bytes.
  public var column: Int?
  /// The place in the patch, such as `osc1/frequency`.
  public var path: String?

  public init(file: String? = nil, line: Int? = nil, column: Int? = nil, path: String? = nil) {
    self.file = file
    self.line = line
    self.column = column
    self.path = path
  }
}

/// Every error of one patch or file.
public struct PatchErrors: Error, Equatable, Sendable, CustomStringConvertible {
  public var errors: [PatchError]
  public init(_ errors: [PatchError]) { self.errors = errors }
  public var description: String { errors.map(\.description).joined(separator: "\n") }
}
