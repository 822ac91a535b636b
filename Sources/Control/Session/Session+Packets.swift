import Engine
import PatchKit

extension Session {
  /// Seconds before its time that a bundle is performed: enough to compile a large patch.
  public static let lookahead = 0.1

  /// Does what a packet asks: a message at once, a bundle's messages together at the bundle's time.
  public func perform(_ packet: OSCPacket, from requester: Requester) {
    switch packet {
    case .message(let message): performMatching(message, from: requester, at: nil)
    case .bundle(let timeTag, let packets):
      guard let time = OSCTime.now().nanoseconds(of: timeTag), let frame = frameAtNanoseconds(time) else {
        return plans.together { packets.forEach { perform($0, from: requester) } }
      }
      do throws(PatchError) {
        try automation.schedule(packets, at: frame, from: requester)
      } catch {
        requester.send(OSCMessage("/fail", ["#bundle", .string(error.code.rawValue), .string(error.message)]))
      }
    }
  }

  func perform(_ packets: [OSCPacket], from requester: Requester, at frame: Int) {
    for packet in packets {
      if case .message(let message) = packet {
        performMatching(message, from: requester, at: frame)
      } else {
        perform(packet, from: requester)
      }
    }
  }

  /// An address with pattern characters stands for every knob that it matches.
  func performMatching(_ message: OSCMessage, from requester: Requester, at frame: Int?) {
    guard OSCPattern.isPattern(message.address) else { return perform(message, from: requester, at: frame) }
    guard let pattern = try? OSCPattern(message.address) else { return perform(message, from: requester, at: frame) }
    var addresses: [String] = []
    for (id, node) in draft.patch.nodes.sorted(by: { $0.key < $1.key }) {
      for input in registry[node.type]?.inputs ?? [] where input.hasKnob {
        let address = "/mod/\(id)/\(input.name)"
        if pattern.matches(address) { addresses.append(address) }
      }
    }
    if addresses.isEmpty { return perform(message, from: requester, at: frame) }
    for address in addresses { perform(OSCMessage(address, message.arguments), from: requester, at: frame) }
  }
}
