import ModuleKit
import PatchKit

/// The draft, the committed patch, the drafts of commits that wait for sounds, and the history: their only writer.
///
/// Every change is a `ResolvedEdit`, numbered and reported by `onEdit`. Confined to the control thread.
final class PatchStore {
  /// Everything that an edit may change; a value, so that a transaction can be checked and given up.
  struct State {
    var draft = Draft()
    var committed = Draft()
    /// The drafts of commits that wait, by number of the work.
    var waiting: [Int: Draft] = [:]
    var history = History()
    /// Grows with every commit.
    var revision = 0
    /// The sequence number of the last resolved edit.
    var seq = 0
    /// That of the last edit that changed the nodes of the committed patch.
    var committedSeq = 0
    var lastSerial = 0
    /// The author and number of the last edit of the draft, and the number of the last one by anybody else.
    var lastDraftEdit = (client: Clients.own, seq: 0), otherDraftEdit = 0
  }
  private(set) var state = State()

  /// Called for every resolved edit, in their order.
  var onEdit: (_ seq: Int, _ client: Int, _ edit: ResolvedEdit) -> Void = { _, _, _ in }

  var draft: Draft { state.draft }
  var committed: Draft { state.committed }
  var history: History { state.history }
  var revision: Int { state.revision }
  var seq: Int { state.seq }
  var committedSeq: Int { state.committedSeq }

  // MARK: Transactions

  /// The edits of the transaction under way, not reported yet; nil where there is none.
  private var unreported: [(seq: Int, client: Int, edit: ResolvedEdit)]?

  /// Begins a transaction: edits are reported when it ends.
  func begin() -> State {
    unreported = []
    return state
  }

  /// Ends a transaction; its edits are valid, and reported now.
  func end() {
    let edits = unreported ?? []
    unreported = nil
    for (seq, client, edit) in edits { onEdit(seq, client, edit) }
  }

  /// Ends a transaction; its edits never happened.
  func end(restoring before: State) {
    unreported = nil
    state = before
  }

  /// Makes several edits, or none where one of them fails.
  func attempt(_ edits: () throws(PatchError) -> Void) throws(PatchError) {
    let before = state, outer = unreported
    if outer == nil { unreported = [] }
    do throws(PatchError) { try edits() } catch {
      (state, unreported) = (before, outer)
      throw error
    }
    if outer == nil { end() }
  }

  // MARK: Edits

  /// Applies one edit of the draft.
  ///
  /// - Throws: where it does not fit the draft; nothing has changed then.
  func edit(_ edit: PatchEdit, by client: Int) throws(PatchError) {
    try state.draft.apply(edit, &state.lastSerial)
    report(.draft(edit), client)
  }

  /// Removes a node of the draft.
  ///
  /// - Parameter rings: whether it rings out once that is committed.
  func delete(_ id: String, rings: Bool, by client: Int) throws(PatchError) {
    let serial = draft.serials[id]
    try edit(.delete(id), by: client)
    if rings, let serial { state.draft.ringing.insert(serial) }
  }

  /// Sets a parameter of a node, wherever it is: in the draft, the committed patch and the commits that wait.
  ///
  /// - Parameters:
  ///   - id: its id in the draft; in the committed patch, where the draft has no such node.
  ///   - value: as a patch stores it.
  func setParam(_ id: String, _ param: String, to value: ParamValue?, by client: Int) {
    guard let serial = draft.serials[id] ?? committed.serials[id] else { return }
    setParam(of: serial, near: id, param, to: value, by: client)
  }

  /// Sets a parameter of the node with a serial, whose id is probably `id`.
  func setParam(of serial: Int, near id: String, _ param: String, to value: ParamValue?, by client: Int) {
    let drafted = state.draft.id(of: serial, near: id), sounding = state.committed.id(of: serial, near: id)
    for number in state.waiting.keys {
      guard let id = state.waiting[number]!.id(of: serial, near: id) else { continue }
      state.waiting[number]!.patch.nodes[id]!.params[param] = value
    }
    editBoth({ .param(PortAddress($0, param), value) }, drafted, sounding, by: client)
  }

  /// Maps a controller to a parameter of the draft, or (nil) removes the mapping; in the committed patch too, where
  /// `sounding` is the node's id there.
  func setControl(_ control: MidiControl?, of port: PortAddress, sounding: String?, by client: Int) {
    for number in state.waiting.keys {
      let isThere = state.waiting[number]!.patch.nodes[port.node] != nil
      state.waiting[number]!.patch.controls[port] = isThere ? control : nil
    }
    let drafted = draft.patch.nodes[port.node] != nil || control == nil ? port.node : nil
    editBoth({ .control(PortAddress($0, port.port), control) }, drafted, sounding, by: client)
  }

  /// Stores a snapshot in all patches, or (nil) removes it. No step of the history undoes that.
  func setSnapshot(_ name: String, to snapshot: Snapshot?, by client: Int) {
    for number in state.waiting.keys { state.waiting[number]!.patch.snapshots[name] = snapshot }
    editBoth({ _ in .snapshot(name, snapshot) }, "", "", by: client)
    state.history.keep(state.committed.patch.snapshots)
  }

  /// One edit of both patches where the node has one id in them, else one of each; nil: the node is not there.
  private func editBoth(_ edit: (_ id: String) -> PatchEdit, _ drafted: String?, _ sounding: String?, by client: Int) {
    let inDraft = drafted.map(edit), inCommitted = sounding.map(edit)
    // These edits fail only for a node that is not there.
    if let inDraft { try? state.draft.patch.apply(inDraft) }
    if let inCommitted { try? state.committed.patch.apply(inCommitted) }
    if let inDraft, drafted == sounding { return report(.both(inDraft), client) }
    if let inDraft { report(.draft(inDraft), client) }
    if let inCommitted { report(.committed(inCommitted), client) }
  }

  // MARK: Whole patches

  /// Whether the draft differs from the committed patch.
  var isDirty: Bool { state.draft.patch != state.committed.patch }

  /// Replaces the draft, serials included. One that is not committed is kept in the history.
  ///
  /// - Returns: the edits.
  @discardableResult
  func replaceDraft(with draft: Draft, by client: Int) -> [PatchEdit] {
    if isDirty { state.history.keep(state.draft, over: state.committed) }
    let edits = state.draft.edits(to: draft)
    state.draft = draft
    for edit in edits { report(.draft(edit), client) }
    return edits
  }

  /// Makes a patch the draft. A node of the same id and type as before is the same node: it keeps its state.
  func replaceDraft(with patch: Patch, by client: Int) {
    replaceDraft(with: state.draft.adopting(patch, &state.lastSerial), by: client)
  }

  /// Replaces both patches by ones with the same nodes: modules have other parameters.
  func adapt(draft: Patch, committed: Patch) {
    let inDraft = state.draft.patch.edits(to: draft), inCommitted = state.committed.patch.edits(to: committed)
    (state.draft.patch, state.committed.patch) = (draft, committed)
    for edit in inDraft { report(.draft(edit), Clients.own) }
    for edit in inCommitted { report(.committed(edit), Clients.own) }
    state.committedSeq = state.seq
  }

  // MARK: Commits

  /// The draft of a commit that waits for its sounds.
  func waiting(_ number: Int) -> Draft? { state.waiting[number] }
  func beginWaiting(_ number: Int) { state.waiting[number] = state.draft }
  func endWaiting(_ number: Int) { state.waiting[number] = nil }

  /// Makes a draft that compiles the committed patch: a step of the history.
  func commit(_ asked: Draft, by client: Int) {
    recordParameters()
    setCommitted(asked, by: client)
    state.history.record(committed, revision: state.revision)
  }

  /// Makes a state of the history, `count` steps away, both draft and committed patch.
  ///
  /// - Returns: the edits of the draft.
  @discardableResult
  func step(by count: Int, to target: Draft, by client: Int) -> [PatchEdit] {
    let edits = replaceDraft(with: target, by: client)
    setCommitted(target, by: client)
    state.history.move(by: count, to: committed)
    return edits
  }

  private func setCommitted(_ asked: Draft, by client: Int) {
    state.draft.ringing.subtract(asked.ringing)
    state.committed = asked
    state.committed.ringing = []
    state.committed.authors = []
    state.revision += 1
    report(.commit(revision: state.revision), client)
    // A commit that waited for its sounds is older than the draft.
    let later = draft.patch.edits(to: asked.patch)
    if later.isEmpty { state.draft.authors = [] }
    for edit in later { report(.committed(edit), client) }
    state.committedSeq = state.seq
  }

  /// Makes parameters that changed since the last commit a step of the history.
  func recordParameters() { state.history.record(committed) }

  /// Makes the last edit of the committed patch a step of the history with a revision of its own.
  func recordCommit() {
    state.revision += 1
    state.history.record(committed, revision: state.revision)
  }

  /// Whether another client has edited the draft after the edit `seq`.
  func isStale(after seq: Int, for client: Int) -> Bool {
    (client == state.lastDraftEdit.client ? state.otherDraftEdit : state.lastDraftEdit.seq) > seq
  }

  private func report(_ edit: ResolvedEdit, _ client: Int) {
    state.seq += 1
    if case .draft = edit {
      if client != Clients.own { state.draft.authors.insert(client) }
      if client != state.lastDraftEdit.client { state.otherDraftEdit = state.lastDraftEdit.seq }
      state.lastDraftEdit = (client, state.seq)
    }
    if unreported == nil { return onEdit(state.seq, client, edit) }
    unreported!.append((state.seq, client, edit))
  }
}
