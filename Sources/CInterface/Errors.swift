// swift-format-ignore-file: AlwaysUseLowerCamelCase
import CWeft

/// A result of the control side; nil where the session cannot be called.
func result<Result>(of session: weft_session, _ body: (Player) -> Result?) -> Result? {
  var result: Result?
  _ = SessionTable.control(session) { player in
    result = body(player)
    return WEFT_OK
  }
  return result
}

private func text(
  _ session: weft_session, _ index: Int32, _ part: (CallError) -> String?
) -> UnsafePointer<CChar>? {
  result(of: session) { player in
    guard player.errors.indices.contains(Int(index)) else { return nil }
    return part(player.errors[Int(index)]).flatMap { player.kept($0) }
  }
}

@c @implementation public func weft_error_count(_ session: weft_session) -> Int32 {
  result(of: session) { Int32(clamping: $0.errors.count) } ?? 0
}
@c @implementation public func weft_error_code(_ session: weft_session, _ index: Int32) -> UnsafePointer<CChar>? {
  text(session, index) { $0.code }
}
@c @implementation public func weft_error_message(_ session: weft_session, _ index: Int32) -> UnsafePointer<CChar>? {
  text(session, index) { $0.message }
}
@c @implementation public func weft_error_place(_ session: weft_session, _ index: Int32) -> UnsafePointer<CChar>? {
  text(session, index) { $0.place }
}
@c @implementation public func weft_error_suggestion(
  _ session: weft_session, _ index: Int32, _ number: Int32
) -> UnsafePointer<CChar>? {
  text(session, index) { $0.suggestions.indices.contains(Int(number)) ? $0.suggestions[Int(number)] : nil }
}
