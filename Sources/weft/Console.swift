import Glibc

/// Standard output for data, standard error for messages.
enum Console {
  nonisolated(unsafe) static var isQuiet = false

  static let errorIsTerminal = isatty(STDERR_FILENO) == 1 && !["dumb", nil].contains(variable("TERM"))
  static let colours = errorIsTerminal && variable("NO_COLOR") == nil

  static func variable(_ name: String) -> String? {
    guard let value = getenv(name), value.pointee != 0 else { return nil }
    return String(cString: value)
  }

  /// weft's folder below an XDG base directory: `$variable/weft`, else below the home directory.
  static func folder(_ name: String, else home: String) -> String {
    if let base = variable(name), base.hasPrefix("/") { return base + "/weft" }
    return self.home + "/" + home + "/weft"
  }

  /// `HOME`, else what the system has for this user: never a folder that others can write in.
  private static let home: String = {
    if let home = variable("HOME"), home.hasPrefix("/") { return home }
    guard let entry = getpwuid(getuid()), entry.pointee.pw_dir.pointee != 0 else { return "/nonexistent" }
    return String(cString: entry.pointee.pw_dir)
  }()

  /// Creates a folder and its parents, accessible only by this user.
  ///
  /// - Returns: why it is not there, or cannot be written in; nil where it can.
  @discardableResult static func makeFolder(_ folder: String) -> String? {
    var path = ""
    for part in folder.split(separator: "/") {
      path += "/" + part
      if mkdir(path, 0o700) != 0 && errno != EEXIST && access(path, F_OK) != 0 {
        return "\(path): \(String(cString: strerror(errno)))"
      }
    }
    return access(folder, W_OK | X_OK) == 0 ? nil : String(cString: strerror(errno))
  }

  /// Columns of a text for people: those of the terminal, at most 100.
  static let columns = min(100, max(columns(of: STDOUT_FILENO) ?? columns(of: STDERR_FILENO) ?? 100, 30))
  /// True if standard output is a terminal with so few columns that tables need another form.
  static let isNarrow = (columns(of: STDOUT_FILENO) ?? 100) < 100
  /// Columns of the terminal that shows progress; 100 where it does not tell.
  static var errorColumns: Int { columns(of: STDERR_FILENO) ?? 100 }

  private static func columns(of file: Int32) -> Int? {
    var size = winsize()
    guard isatty(file) == 1, ioctl(file, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }

  /// Writes data; a closed pipe (`| head`) ends the command silently.
  static func out(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }
  /// Prints a message for the user.
  static func say(_ text: String) { if !isQuiet { write(text + "\n", to: STDERR_FILENO) } }
  static func warn(_ text: String) { write(coloured("warning: ", "33") + text + "\n", to: STDERR_FILENO) }
  static func fail(_ text: String) {
    write(coloured("\(CommandLineTable.program): ", "31") + text + "\n", to: STDERR_FILENO)
  }

  static func coloured(_ text: String, _ code: String) -> String {
    colours ? "\u{1b}[\(code)m\(text)\u{1b}[0m" : text
  }

  /// Writes standard error in the background from now on: for programs that must not wait for its reader.
  static func writeInBackground() { writer = ConsoleWriter(STDERR_FILENO) }
  nonisolated(unsafe) private static var writer: ConsoleWriter?

  /// Waits shortly until standard error is written.
  static func flush() { writer?.flush(seconds: 0.2) }

  static func write(_ text: String, to file: Int32) {
    var text = PlainText.isNeeded && isatty(file) == 1 ? PlainText.ascii(text) : text
    if file == STDERR_FILENO, let writer { return writer.write(text) }
    text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while !rest.isEmpty {
        let count = Glibc.write(file, rest.baseAddress!, rest.count)
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else {
          if file == STDOUT_FILENO { _exit(ExitCode.failed.rawValue) }
          return
        }
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      }
    }
  }
}
