/// One command of a score: what is sent when.
public struct ScoreLine: Equatable, Sendable {
  /// Seconds from the start.
  public var time: Double
  public var address: String
  public var arguments: [ScoreArgument]
  /// The line of the score, from 1.
  public var line: Int

  public init(time: Double, address: String, arguments: [ScoreArgument] = [], line: Int) {
    self.time = time
    self.address = address
    self.arguments = arguments
    self.line = line
  }
}

/// An argument, of the kinds that OSC has too.
public enum ScoreArgument: Equatable, Sendable {
  case int(Int32)
  case float(Float)
  case string(String)
  case bool(Bool)
}

/// The reader of scores: `TIME ADDRESS ARGUMENTS…`, a command a line, `#` before a comment.
///
/// Numbers, `true`, `false` and words are as they look; a text in quotes is always a string, with
/// `\"`, `\\`, `\n` and `\t` for what it cannot hold.
public enum Score {
  /// - Throws: every error at once, each with line and column.
  public static func read(path: String) throws(PatchErrors) -> [ScoreLine] {
    let bytes: [UInt8]
    do {
      bytes = try TextFile.read(path)
    } catch {
      throw PatchErrors([error])
    }
    return try read(bytes, file: path)
  }

  /// The lines by time; those of one time in their order in the file.
  public static func read(_ bytes: [UInt8], file: String? = nil) throws(PatchErrors) -> [ScoreLine] {
    var lines: [ScoreLine] = []
    var errors = ErrorList()
    var number = 0
    for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) where !errors.isFull {
      number += 1
      do {
        var reader = ScoreLineReader(line.last == UInt8(ascii: "\r") ? line.dropLast() : line)
        if let command = try reader.read(line: number) { lines.append(command) }
      } catch {
        var error = error
        error.place.file = file
        error.place.line = number
        errors.add(error)
      }
    }
    if !errors.errors.isEmpty { throw PatchErrors(errors.errors) }
    // By place in the file where the times are equal: the library's sort does not promise it.
    lines.sort { ($0.time, $0.line) < ($1.time, $1.line) }
    return lines
  }
}
