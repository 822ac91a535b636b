import ModuleKit
import PatchKit

/// Committed patch and draft at a sequence number: what a journal continues.
public struct JournalState: Equatable, Sendable {
  public var patch: PatchCopy
  public var seq: Int
}

/// The text of a snapshot: a JSON object that holds two patch files, or `null` for a draft equal to the committed patch.
enum JournalSnapshot {
  private static let patchKey = ",\"patch\":\n", draftKey = ",\"draft\":\n"
  /// Bytes of the longest first line.
  private static let longestHead = 256

  static func text(_ state: JournalState, in registry: Registry) -> [UInt8] {
    let patch = PatchFile.text(of: state.patch.committed, in: registry)
    let isDirty = state.patch.draft != state.patch.committed
    let draft = isDirty ? PatchFile.text(of: state.patch.draft, in: registry) : "null\n"
    let head =
      "{\"weft\":\(JournalHead.version),\"seq\":\(state.seq),\"revision\":\(state.patch.revision),"
      + "\"bytes\":[\(patch.utf8.count),\(draft.utf8.count)]"
    var check: UInt32 = 0
    return JournalLine.seal(head + patchKey + patch + draftKey + draft, after: &check)
  }

  /// - Throws: `.newerVersion`; `.malformed`: it is damaged; the errors of a patch that does not read.
  static func read(_ bytes: [UInt8], in registry: Registry) throws(PatchError) -> JournalState {
    var check: UInt32 = 0
    let head = bytes.prefix(longestHead), newline = UInt8(ascii: "\n")
    guard let end = head.firstIndex(of: newline),
      let fields = JSONLine.object(bytes[..<(end + 1 - patchKey.utf8.count)]), let version = fields["weft"]?.integer
    else { throw damaged }
    guard version <= JournalHead.version else { throw newer }
    guard bytes.last == newline, let body = JournalLine.opened(bytes.dropLast(), after: &check),
      let seq = fields["seq"]?.integer, let revision = fields["revision"]?.integer,
      case .array(let lengths)? = fields["bytes"], lengths.count == 2, let first = lengths[0].integer,
      let second = lengths[1].integer, first >= 0, second >= 0,
      body.count == end + 1 + first + draftKey.utf8.count + second
    else { throw damaged }
    let middle = end + 1 + first
    let patch = try JournalSnapshot.patch(body[(end + 1)..<middle], in: registry)
    let draft = body[(middle + draftKey.utf8.count)...]
    let isClean = draft.elementsEqual("null\n".utf8)
    return JournalState(
      patch: PatchCopy(
        draft: isClean ? patch : try JournalSnapshot.patch(draft, in: registry), committed: patch, revision: revision),
      seq: seq)
  }

  private static func patch(_ text: ArraySlice<UInt8>, in registry: Registry) throws(PatchError) -> Patch {
    do throws(PatchErrors) {
      return try PatchFile.read(Array(text), in: registry, allowMissing: true)
    } catch { throw error.asOne }
  }

  static let damaged = PatchError(.malformed, "it is damaged")
  static let newer = PatchError(.newerVersion, "it was written by a newer version of weft")
}
