import Engine
import PatchKit

extension Session {
  /// Lead time with which a bundle is performed, seconds: enough to compile a large patch.
  public static let lookahead = 0.1

  /// Performs a packet: a message at once, a bundle's messages together at the bundle's time.
  public func perform(_ packet: OSCPacket, from requester: Requester) {
    switch packet {
    case .message(let message): performMatching(message, from: requester, at: nil)
    case .bundle(let timeTag, let packets):
      guard let time = OSCTime.now().nanoseconds(of: timeTag), let frame = frameAtNanoseconds(time) else {
        return plans.together { perform(packets, from: requester, at: nil) }
      }
      do throws(PatchError) {
        try automation.schedule(packets, at: frame, from: requester)
      } catch {
        requester.send(OSCMessage("/fail", ["#bundle", .string(error.code.rawValue), .string(error.message)]))
      }
    }
  }

  /// Performs a message; an address pattern is applied to every matching parameter.
  func performMatching(_ message: OSCMessage, from requester: Requester, at frame: Int?) {
    for message in matches(of: message) { perform(message, from: requester, at: frame) }
  }

  /// Expands a message with an address pattern: one message for every matching parameter.
  func matches(of message: OSCMessage) -> [OSCMessage] {
    guard OSCPattern.isPattern(message.address), let pattern = try? OSCPattern(message.address) else {
      return [message]
    }
    var addresses: [String] = []
    for (id, node) in draft.patch.nodes.sorted(by: { $0.key < $1.key }) {
      for input in registry[node.type]?.inputs ?? [] where input.isParameter {
        let address = "/mod/\(id)/\(input.name)"
        if pattern.matches(address) { addresses.append(address) }
      }
    }
    return addresses.isEmpty ? [message] : addresses.map { OSCMessage($0, message.arguments) }
  }
}
