import Control
import PatchKit

/// The track player over HTTP: `POST /track/play` with a track or `{"path": …}`, `/track/stop`, `/track/pause`,
/// `/track/resume`, `/track/seek`; `GET /track/status`. With `--track-service` also `/play`, `/stop` and `/status`.
enum TrackRequests {
  private static let short = ["/play", "/stop", "/status"]
  private static let addresses = Set(CommandTable.all.map(\.address).filter { $0.hasPrefix("/track/") })

  /// The address of a command for a path; nil: the path is none of the player's.
  static func address(_ path: String, hasShortPaths: Bool) -> String? {
    let full = hasShortPaths && short.contains(path) ? "/track" + path : path
    return addresses.contains(full) ? full : nil
  }

  /// The command of a request with a body: a track, `{"path": …}`, `{"seconds": …}`, or a list of arguments.
  static func message(_ address: String, _ body: [UInt8]) throws(PatchError) -> OSCMessage {
    let isObject = body.first { $0 != 0x20 && $0 != 0x0a && $0 != 0x0d && $0 != 0x09 } == UInt8(ascii: "{")
    guard isObject else { return OSCMessage(address, try WebJSON.arguments(body)) }
    if case .object(_, let members) = try JSONValue(body), members.count <= 1 {
      switch (members.first?.key, members.first?.value) {
      case ("path", .string(let path)?): return OSCMessage(address, [.string(path)])
      case ("seconds", .number(let text)?): return OSCMessage(address, [.double(Double(text) ?? 0)])
      case (nil, _): return OSCMessage(address)
      default: break
      }
    }
    return OSCMessage(address, [.string(String(decoding: body, as: UTF8.self))])
  }

  /// The status as an object.
  static func status(of session: Session) -> String {
    var arguments: [OSCArgument] = []
    session.perform(
      OSCMessage("/track/status"),
      from: Requester { if $0.address == "/done" { arguments = Array($0.arguments.dropFirst()) } })
    let pairs = stride(from: 0, to: arguments.count - 1, by: 2).map {
      "\(WebJSON.text(arguments[$0])):\(WebJSON.text(arguments[$0 + 1]))"
    }
    return "{" + pairs.joined(separator: ",") + "}"
  }
}
