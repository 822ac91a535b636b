import CEdit
import Control
import Glibc
import PatchKit

/// An edited line with incoming replies printed above it.
final class Prompt {
  private let caller: OSCCaller
  /// The connection for completion requests, separate from the one whose replies are shown.
  private let asker: OSCCaller
  private var tree = LiveTree()
  private var isOver = false
  private let history: String

  /// libedit's callbacks have no context argument, so there is one prompt per program.
  nonisolated(unsafe) private static var current: Prompt?
  /// The offered completions, while libedit collects them.
  nonisolated(unsafe) private static var offered: [String] = []
  private static let prompt = "weft> "

  init(_ caller: OSCCaller, _ asker: OSCCaller) {
    self.caller = caller
    self.asker = asker
    let folder = Console.folder("XDG_STATE_HOME", else: ".local/state")
    Console.makeFolder(folder)
    history = folder + "/history"
  }

  /// Runs until the end of input; returns false if the server disconnected.
  func run() throws(PatchError) -> Bool {
    Prompt.current = self
    cedit_begin("weft", " ", completionOfPrompt)
    using_history()
    stifle_history(1_000)
    read_history(history)
    rl_callback_handler_install(Prompt.prompt, lineOfPrompt)
    defer {
      rl_callback_handler_remove()
      write_history(history)
      Prompt.current = nil
    }
    while !isOver {
      var ready = [
        pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0),
        pollfd(fd: caller.file, events: Int16(POLLIN), revents: 0),
      ]
      if poll(&ready, 2, -1) < 0 {
        if errno == EINTR { continue }
        return true
      }
      if ready[1].revents != 0 {
        do throws(PatchError) { try show() } catch {
          Console.write("\r\u{1b}[K", to: STDOUT_FILENO)
          Console.fail("the connection ended: " + error.sentence)
          return false
        }
      }
      if ready[0].revents != 0 { rl_callback_read_char() }
    }
    return true
  }

  /// Prints received messages above the line.
  private func show() throws(PatchError) {
    var text = ""
    while let message = try caller.next(before: ControlLoop.now + 1_000_000) { text += message.description + "\n" }
    guard !text.isEmpty else { return }
    Console.write("\r\u{1b}[K" + text, to: STDOUT_FILENO)
    rl_forced_update_display()
  }

  fileprivate static func accept(_ line: String?) {
    guard let prompt = current else { return }
    // libedit resets the terminal mode after each line.
    defer { if !prompt.isOver { rl_callback_handler_install(Prompt.prompt, lineOfPrompt) } }
    guard let line, !["quit", "exit"].contains(line.trimmed) else {
      if line == nil { Console.write("\n", to: STDOUT_FILENO) }
      prompt.isOver = true
      return
    }
    if !line.trimmed.isEmpty { add_history(line) }
    guard let message = ReplLine.message(line) else { return }
    do throws(PatchError) { try prompt.caller.send(message) } catch { Console.fail(error.sentence) }
  }

  /// The completions of the line up to `end`; a hint is shown at once.
  fileprivate static func complete(_ word: String, upTo end: Int) -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
  {
    guard let prompt = current, let line = cedit_line() else { return nil }
    prompt.refresh()
    let typed = String(decoding: String(cString: line).utf8.prefix(end), as: UTF8.self)
    let completion = LineCompletion(of: typed, in: prompt.tree)
    if completion.wantsFile { return nil }
    cedit_completion_is_over()
    cedit_append(completion.isWhole ? 32 : 0)
    if let hint = completion.hint, completion.words.count != 1 {
      Console.write("\r\n\(hint)\r\n", to: STDOUT_FILENO)
      rl_forced_update_display()
    }
    offered = completion.words
    return offered.isEmpty ? nil : rl_completion_matches(word, offeredByPrompt)
  }

  fileprivate static func offer(_ index: Int) -> UnsafeMutablePointer<CChar>? {
    index < offered.count ? strdup(offered[index]) : nil
  }

  private func refresh() {
    try? tree.refresh { (request) throws(PatchError) in
      var replies: [OSCMessage] = []
      _ = try asker.call(request, timeout: 1) { replies.append($0) }
      return replies
    }
    // Request the ports of a module when it is named: a node of it may be created next.
    let line = cedit_line().map { String(cString: $0) } ?? ""
    for word in line.split(separator: " ").map(String.init) where tree.types.contains(word) && tree.modules[word] == nil
    {
      try? tree.learn(word) { (request) throws(PatchError) in
        var replies: [OSCMessage] = []
        _ = try asker.call(request, timeout: 1) { replies.append($0) }
        return replies
      }
    }
  }
}

// Free functions: the callbacks of libedit.

private func lineOfPrompt(_ line: UnsafeMutablePointer<CChar>?) {
  Prompt.accept(line.map { String(cString: $0) })
  free(line)
}

private func completionOfPrompt(
  _ text: UnsafePointer<CChar>, _ start: Int32, _ end: Int32
) -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? {
  Prompt.complete(String(cString: text), upTo: Int(end))
}

private nonisolated(unsafe) var offeredCount = 0

private func offeredByPrompt(_ text: UnsafePointer<CChar>?, _ state: Int32) -> UnsafeMutablePointer<CChar>? {
  offeredCount = state == 0 ? 0 : offeredCount + 1
  return Prompt.offer(offeredCount)
}
