import Control
import PatchKit

/// A complete response.
struct WebResponse {
  var status = 200
  var type = "application/json"
  /// `Name: value` lines.
  var headers = ""
  var body: [UInt8] = []

  static func json(_ text: String, status: Int = 200, headers: String = "") -> WebResponse {
    WebResponse(status: status, headers: headers, body: Array((text + "\n").utf8))
  }

  /// An error with its code and suggestions.
  static func failure(_ code: String, _ message: String, _ suggestions: [String] = [], status: Int) -> WebResponse {
    json("{\"error\":\(WebJSON.error(code, message, suggestions))}", status: status)
  }

  static func failure(_ error: PatchError) -> WebResponse {
    failure(error.code.rawValue, error.message, error.suggestions, status: status(of: error.code.rawValue))
  }

  /// 404 for missing things, 409 for conflicts with other clients or the current state, else 400.
  static func status(of code: String) -> Int {
    if code.hasPrefix("no-such-") { return 404 }
    let conflicts: Set = ["duplicate", "stale", "busy", "aborted", "nothing-to-do", "late", "no-audio"]
    return conflicts.contains(code) ? 409 : 400
  }
}
