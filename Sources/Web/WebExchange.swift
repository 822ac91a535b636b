import Control
import PatchKit

/// The commands of one HTTP request, and their replies until all have been answered.
final class WebExchange {
  private struct Answer {
    var address: String
    var items: [[OSCArgument]] = []
    var results: [OSCArgument]?
    var error: (code: String, message: String, suggestions: [String])?
  }
  private var answers: [Answer]
  private let messages: [OSCMessage]
  private let prefix: String
  private let isBundle: Bool
  private var respond: ((WebResponse) -> Void)?
  private var missing: Int

  init(_ messages: [OSCMessage], id: Int, isBundle: Bool, respond: @escaping (WebResponse) -> Void) {
    (self.messages, self.isBundle, self.respond) = (messages, isBundle, respond)
    prefix = "#web\(id)-"
    answers = messages.map { Answer(address: $0.address) }
    missing = messages.count
  }

  func perform(on session: Session, as client: OSCClient) {
    let packets = messages.enumerated().map { i, message in
      OSCPacket.message(OSCMessage(message.address, message.arguments + [.string("\(prefix)\(i)")]))
    }
    let packet = isBundle ? OSCPacket.bundle(timeTag: OSCTime.immediately, packets) : packets[0]
    session.perform(packet, from: Requester(id: client) { self.receive($0) })
  }

  private func receive(_ message: OSCMessage) {
    guard respond != nil, let tag = message.arguments.last?.text, tag.hasPrefix(prefix),
      let index = Int(tag.dropFirst(prefix.utf8.count)), answers.indices.contains(index)
    else { return }
    var arguments = Array(message.arguments.dropLast())
    switch message.address {
    case "/done" where arguments.first?.text == answers[index].address:
      answers[index].results = Array(arguments.dropFirst())
      missing -= 1
    case "/synced":
      answers[index].results = arguments
      missing -= 1
    case "/fail":
      arguments.removeFirst()
      let texts = arguments.compactMap(\.text)
      answers[index].error = (texts.first ?? "", texts.dropFirst().first ?? "", Array(texts.dropFirst(2)))
      missing -= 1
    default: answers[index].items.append(arguments)
    }
    if missing == 0 { finish() }
  }

  private func finish() {
    let failure = answers.lazy.compactMap(\.error).first
    let status = failure.map { WebResponse.status(of: $0.code) } ?? 200
    let texts = answers.map(text)
    respond?(.json(isBundle ? "[" + texts.joined(separator: ",") + "]" : texts[0], status: status))
    respond = nil
  }

  private func text(_ answer: Answer) -> String {
    if let error = answer.error {
      return "{\"error\":\(WebJSON.error(error.code, error.message, error.suggestions))}"
    }
    let items = answer.items.map { WebJSON.array($0) }.joined(separator: ",")
    return "{\"done\":\(WebJSON.array(answer.results ?? []))" + (items.isEmpty ? "" : ",\"items\":[\(items)]") + "}"
  }
}
