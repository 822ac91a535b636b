import CRealtime
import PatchKit

/// A commit that is not audible yet.
struct PendingCommit {
  let call: Call
  let revision: Int
  /// The number of the last edit in it.
  let seq: Int
  let client: Int
  /// Nanoseconds of the monotonic clock.
  let started: UInt64
  /// The other clients with edits in it.
  let authors: [Int]
  /// One line per change.
  let changes: [String]
  /// Warnings: parts of the patch that compile, but sound differently than written.
  let warnings: [PatchError]

  /// Maximum bytes of the changes in a notification, which must fit a datagram.
  private static let mostText = 1_000

  private var milliseconds: OSCArgument { .float(Float(Double(weft_nanoseconds() - started) / 1e6)) }

  /// Revision, milliseconds, the other authors, the warnings.
  var results: [OSCArgument] {
    [.int32(Int32(truncatingIfNeeded: revision)), milliseconds]
      + authors.map { .int32(Int32(truncatingIfNeeded: $0)) } + warnings.map { .string($0.description) }
  }

  /// Revision, sequence number, client, milliseconds, changes.
  var notification: [OSCArgument] {
    var shown: [OSCArgument] = [], room = PendingCommit.mostText
    for line in changes {
      let line = line.pieces(of: PendingCommit.mostText).first ?? ""
      room -= line.utf8.count
      if room < 0 { break }
      shown.append(.string(line))
    }
    if shown.count < changes.count { shown.append(.string("and \(changes.count - shown.count) more")) }
    return [
      .int32(Int32(truncatingIfNeeded: revision)), .int32(Int32(truncatingIfNeeded: seq)),
      .int32(Int32(truncatingIfNeeded: client)), milliseconds,
    ] + shown
  }
}

extension PatchErrors {
  /// The errors as one: the first, with the others listed in its message.
  var asOne: PatchError {
    guard var first = errors.first else { return PatchError(.syntax, "the patch is not valid") }
    guard errors.count > 1 else { return first }
    first.message = errors.map(\.description).joined(separator: "\n")
    first.place = Place()
    return first
  }
}
