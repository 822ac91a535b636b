/// One timed command of a score.
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

/// An argument, of an OSC type.
public enum ScoreArgument: Equatable, Sendable {
  case int(Int32)
  case float(Float)
  case string(String)
  case bool(Bool)
}

/// The reader of scores: `TIME ADDRESS ARGUMENTS…`, a command a line, `#` before a comment.
///
/// Numbers, `true`, `false` and words need no quotes; a quoted text is always a string, with
/// the escapes `\"`, `\\`, `\n` and `\t`.
public enum Score {
  /// Reads a file, a pipe, or (`-`) standard input: only at the start of a program.
  ///
  /// - Throws: every error at once, each with line and column.
  public static func read(path: String) throws(PatchErrors) -> [ScoreLine] {
    let bytes: [UInt8]
    do {
      bytes = try TextFile.read(path, acceptsPipes: true)
    } catch {
      throw PatchErrors([error])
    }
    return try read(bytes, file: path)
  }

  /// The lines sorted by time, then by their order in the file.
  public static func read(_ bytes: [UInt8], file: String? = nil) throws(PatchErrors) -> [ScoreLine] {
    let bytes = TextFile.normalized(bytes)
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
    // The library's sort is not guaranteed to be stable: compare the places of lines with equal times.
    lines.sort { ($0.time, $0.line) < ($1.time, $1.line) }
    return lines
  }
}
