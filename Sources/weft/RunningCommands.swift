import CommandParser
import Control
import Engine
import Modules
import PatchKit

/// A running weft that a command of the command line asks.
struct RunningWeft {
  private let caller: OSCCaller
  private let place: String

  init(_ arguments: Arguments) throws {
    let (host, port) = try OSCPlace.read(arguments.text("osc")!)
    place = "\(host):\(port)"
    do throws(PatchError) { caller = try OSCCaller(host: host, port: port, transport: .tcp) } catch {
      throw CommandFailure(.failed, error.sentence)
    }
  }

  /// Sends a request; the replies before its end.
  ///
  /// - Throws: the sentence of `/fail`, or that there was no answer.
  func replies(to request: OSCMessage) throws -> [OSCMessage] {
    var replies: [OSCMessage] = []
    do throws(PatchError) {
      switch try caller.call(request, timeout: 10, reply: { replies.append($0) }) {
      case .done: return replies.filter { $0.address == request.address }
      case .failed(let failure): throw PatchError(.range, failure.arguments.dropFirst(2).first?.text ?? "refused")
      case .silent: throw PatchError(.noSuchAddress, "no reply from \(place) in time")
      }
    } catch { throw CommandFailure(.failed, error.sentence) }
  }

  /// Whatever comes, until it ends.
  func each(_ body: (OSCMessage) -> Void) throws {
    do throws(PatchError) {
      while true { if let message = try caller.next(before: .max) { body(message) } }
    } catch { throw CommandFailure(.failed, error.sentence) }
  }

  /// The draft as the text of a patch file.
  func patch() throws -> String {
    try replies(to: OSCMessage("/patch/get")).map { $0.arguments.dropFirst(2).first?.text ?? "" }.joined()
  }
}

/// `weft patch`: the draft of a running weft, as a patch file.
enum PatchCommand {
  static func run(_ arguments: Arguments) throws -> ExitCode {
    let text = try RunningWeft(arguments).patch()
    Console.out(text.hasSuffix("\n") ? String(text.dropLast()) : text)
    return .done
  }
}

/// `weft why`: where the signal of a running weft ends, and what to do about it.
enum WhyCommand {
  static func run(_ arguments: Arguments) throws -> ExitCode {
    let request = OSCMessage("/why", arguments.positional.prefix(1).map { .string($0) })
    let rows = try RunningWeft(arguments).replies(to: request)
    for row in rows {
      let texts = row.arguments.compactMap(\.text)
      guard texts.count > 2 else { continue }
      Console.out("\(texts[0]): \(texts[2])" + (texts.count > 3 && !texts[3].isEmpty ? "\n  \(texts[3])" : ""))
    }
    if rows.isEmpty { Console.out("Nothing is silent: a signal reaches the outputs.") }
    return .done
  }
}
