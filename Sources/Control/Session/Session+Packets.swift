import Engine
import PatchKit

extension Session {
  /// Lead time with which a bundle is performed, seconds: enough to compile a large patch.
  public static let lookahead = 0.1

  /// Performs a packet, deferring long work.
  ///
  /// - Returns: the deferred work.
  func begin(_ packet: OSCPacket, from requester: Requester) -> [LongWork] {
    begin { perform(packet, from: requester) }
  }
  func begin(_ body: () -> Void) -> [LongWork] {
    laterWork = []
    body()
    defer { laterWork = nil }
    return laterWork ?? []
  }

  /// Performs a scheduled command; its long listings wait for the turn of its client.
  func performScheduled(from requester: Requester, _ body: () -> Void) {
    guard let deferWork, let client = requester.id?.base as? OSCClient, laterWork == nil else { return body() }
    laterWork = []
    body()
    let work = laterWork ?? []
    laterWork = nil
    if !work.isEmpty { deferWork(work, client) }
  }

  /// Performs the scheduled commands that are due.
  func performDue() { automation.performDue() }

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
    var budget = OSCMatcher.Budget()
    performMatching(message, from: requester, at: frame, &budget)
  }

  func performMatching(
    _ message: OSCMessage, from requester: Requester, at frame: Int?, _ budget: inout OSCMatcher.Budget
  ) {
    let messages: [OSCMessage]
    do throws(PatchError) { messages = try matches(of: message, &budget) } catch {
      return fail(Call(message, from: requester, at: frame), error)
    }
    // A timed change of many parameters is heard at one frame.
    guard laterWork != nil, frame == nil, messages.count > 1 else {
      for message in messages { perform(message, from: requester, at: frame) }
      return
    }
    var next = 0
    laterWork!.append(
      LongWork { [unowned self] _ in
        perform(messages[next], from: requester, at: frame)
        next += 1
        return next < messages.count ? .more : .done
      })
  }
}
