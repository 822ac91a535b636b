import Control
import PatchKit

/// `weft watch`: prints the notifications of a running weft, one per line, until Ctrl-C.
enum WatchCommand {
  static func run(_ arguments: Arguments) throws -> ExitCode {
    let (host, port) = try OSCPlace.read(arguments.text("osc")!)
    let topics = arguments.positional
    do throws(PatchError) {
      let caller = try OSCCaller(host: host, port: port, transport: .tcp)
      var refusal: OSCMessage?
      let request = OSCMessage("/notify", ["on"] + topics.map { .string($0) })
      switch try caller.call(request, reply: { if $0.address == "/fail" { refusal = $0 } else { print($0) } }) {
      case .done: break
      case .failed: throw PatchError(.range, refusal?.arguments.dropFirst(2).first?.text ?? "refused")
      case .silent: throw PatchError(.noSuchAddress, "no reply from \(host):\(port) in time")
      }
      while true {
        if let message = try caller.next(before: .max) { print(message) }
      }
    } catch {
      throw CommandFailure(.failed, error.sentence)
    }
  }

  private static func print(_ message: OSCMessage) {
    if message.address.hasPrefix("/notify/") { Console.out(message.description) }
  }
}
