import Engine
import PatchKit

/// The edits of a bundle during their check: no effect and no reply before all of them are valid.
final class Transaction {
  /// Deferred effects (parameter events, plans, replies), in order, for when all edits are valid.
  fileprivate var effects: [() -> Void] = []
  /// True if it edits places, labels, frames or macros, which are one step of the history together.
  var isDrawing = false
  /// Parameter events among them.
  var events = 0
  /// Maximum number of edits after expansion of patterns: a transaction is not divided into slices.
  static let limit = 16_384

  func add(_ effect: @escaping () -> Void) { effects.append(effect) }

  /// The error of every edit of an aborted transaction.
  static func abort(_ call: Call, _ error: PatchError) -> PatchError {
    PatchError(
      .aborted, "\(call.address): \(error.code.rawValue): \(error.described)", suggestions: error.suggestions)
  }
}

extension Session {
  /// Performs an irreversible effect: at once, or after the current transaction has been checked.
  func perform(effect: @escaping () -> Void) {
    if let transaction { transaction.add(effect) } else { effect() }
  }

  /// Performs the messages of a bundle: its edits together or not at all, all others in any case, in order.
  ///
  /// Each commit ends a transaction; after a failed one, later ones abort too. A nested bundle with its own time is its
  /// own transaction.
  func perform(_ packets: [OSCPacket], from requester: Requester, at frame: Int?) {
    if files.writing.isBusy,
      files.writing.hold(
        requester.id,
        reads: packets.contains { if case .message(let message) = $0 { Session.readsFiles(message) } else { false } },
        { [unowned self] in perform(packets, from: requester, at: frame) })
    {
      return
    }
    recordRequest(of: requester.id)
    let requester = awaitingJournal(requester)
    var messages: [OSCMessage] = [], timed: [OSCPacket] = []
    flatten(packets, &messages, &timed)
    var failure: PatchError?, segment: [(message: OSCMessage, isEdit: Bool)] = [], budget = OSCMatcher.Budget()
    for message in messages {
      let command = try? CommandTable.find(message.address).command
      let isEdit = command?.edits(message) ?? Session.isOfPatch(message.address)
      segment.append((message, isEdit))
      guard command?.isCommit == true else { continue }
      perform(segment, from: requester, at: frame, &budget, &failure)
      segment = []
    }
    perform(segment, from: requester, at: frame, &budget, &failure)
    for packet in timed { perform(packet, from: requester) }
  }

  private func flatten(_ packets: [OSCPacket], _ messages: inout [OSCMessage], _ timed: inout [OSCPacket]) {
    for packet in packets {
      switch packet {
      case .message(let message): messages.append(message)
      case .bundle(OSCTime.immediately, let packets): flatten(packets, &messages, &timed)
      case .bundle: timed.append(packet)
      }
    }
  }

  /// True for an unknown address that looks like an edit of the patch.
  private static func isOfPatch(_ address: String) -> Bool {
    ["/patch/", "/mod/", "/snap/", "/macro/", "/preset/", "/midi/"].contains { address.hasPrefix($0) }
  }

  private func perform(
    _ segment: [(message: OSCMessage, isEdit: Bool)], from requester: Requester, at frame: Int?,
    _ budget: inout OSCMatcher.Budget, _ failure: inout PatchError?
  ) {
    // A pattern counts as several edits.
    let edits = segment.reduce(0) { $0 + (!$1.isEdit ? 0 : OSCPattern.isPattern($1.message.address) ? 2 : 1) }
    if edits == 0 || edits == 1 && failure == nil {
      // A single edit needs no transaction.
      for item in segment {
        let call = Call(item.message, from: requester, at: frame)
        guard item.isEdit else {
          performMatching(item.message, from: requester, at: frame, &budget)
          continue
        }
        do throws(PatchError) { try run(call) } catch {
          fail(call, error)
          failure = Transaction.abort(call, error)
        }
      }
      return
    }
    collectControllerValues()
    let transaction = Transaction(), before = store.begin()
    let answers = Requester(
      id: requester.id, replyLimit: requester.replyLimit, expires: requester.expires
    ) { [unowned self] reply in perform { requester.send(reply) } }
    self.transaction = transaction
    var count = 0
    for item in segment where failure == nil || !item.isEdit {
      guard item.isEdit else {
        transaction.add { [unowned self] in performMatching(item.message, from: requester, at: frame) }
        continue
      }
      let call = Call(item.message, from: answers, at: frame)
      do throws(PatchError) {
        for message in try matches(of: item.message, &budget) {
          count += 1
          if count > Transaction.limit {
            throw PatchError(.limit, "a bundle may make at most \(Transaction.limit) edits")
          }
          do throws(PatchError) { try run(Call(message, from: answers, at: frame)) } catch {
            failure = Transaction.abort(Call(message, from: answers, at: frame), error)
            break
          }
        }
      } catch {
        failure = Transaction.abort(call, error)
      }
    }
    self.transaction = nil
    guard let failure else {
      store.end()
      endRequest()
      for effect in transaction.effects { effect() }
      return
    }
    store.end(restoring: before)
    for item in segment {
      if item.isEdit {
        fail(Call(item.message, from: requester, at: frame), failure)
      } else {
        performMatching(item.message, from: requester, at: frame)
      }
    }
  }
}
