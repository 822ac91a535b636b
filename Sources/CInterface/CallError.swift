import Control
import PatchKit

/// An error of a call, as its caller sees it.
struct CallError {
  var code: String
  var message: String
  var place = ""
  var suggestions: [String] = []

  init(_ error: PatchError) {
    (code, message, suggestions) = (error.code.rawValue, error.message, error.suggestions)
    place = [
      error.place.file, error.place.line.map { "\($0)" }, error.place.column.map { "\($0)" }, error.place.path,
    ].compactMap { $0 }.joined(separator: ":")
  }

  /// The error that a reply reports; nil: it reports none.
  init?(reply: OSCMessage) {
    guard reply.address == "/fail", reply.arguments.count >= 3 else { return nil }
    (code, message) = (reply.arguments[1].description, reply.arguments[2].description)
    place = reply.arguments[0].description
    suggestions = reply.arguments[3...].compactMap(\.text).filter { !$0.hasPrefix("#") }
  }
}
