import ModuleKit
import PatchKit

/// The only writer of the draft, the committed patch, the drafts of commits that wait for sounds, and the history.
///
/// Every change is a `ResolvedEdit`, numbered and reported by `onEdit`. Confined to the control thread.
final class PatchStore {
  /// All state that an edit may change; a value, so that a transaction can be checked and discarded.
  struct State {
    var draft = Draft()
    var committed = Draft()
    /// The drafts of commits that wait for sounds, by number of the work.
    var waiting: [Int: Draft] = [:]
    var history = History()
    /// Incremented by every commit.
    var revision = 0
    /// The sequence number of the last resolved edit.
    var seq = 0
    /// The sequence number of the last edit that changed the nodes of the committed patch.
    var committedSeq = 0
    /// The number of the last edit that the file of the draft has; it is kept by a commit, which changes no content.
    var savedSeq = 0
    var lastSerial = 0
    /// Author and number of the last draft edit, and the number of the last one by another author.
    var lastDraftEdit = (client: Clients.own, seq: 0), otherDraftEdit = 0
  }
  private(set) var state = State()

  /// Called for every resolved edit, in order.
  var onEdit: (_ seq: Int, _ client: Int, _ edit: ResolvedEdit) -> Void = { _, _, _ in }

  var draft: Draft { state.draft }
  var committed: Draft { state.committed }
  var history: History { state.history }
  var revision: Int { state.revision }
  var seq: Int { state.seq }
  var committedSeq: Int { state.committedSeq }

  // MARK: Transactions

  /// The unreported edits of the current transaction; nil without one.
  private var unreported: [(seq: Int, client: Int, edit: ResolvedEdit)]?

  /// Begins a transaction; its edits are reported when it ends.
  func begin() -> State {
    unreported = []
    return state
  }

  /// Ends a transaction and reports its edits.
  func end() {
    let edits = unreported ?? []
    unreported = nil
    for (seq, client, edit) in edits { onEdit(seq, client, edit) }
  }

  /// Ends a transaction and discards its edits.
  func end(restoring before: State) {
    unreported = nil
    state = before
  }

  /// Applies several edits, or none if one of them fails.
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
  /// - Throws: if it does not fit the draft, which is then unchanged.
  func edit(_ edit: PatchEdit, by client: Int) throws(PatchError) {
    // Two parts of one stored property are not accessed at a time.
    var serial = state.lastSerial
    try state.draft.apply(edit, &serial)
    state.lastSerial = serial
    report(.draft(edit), client)
  }

  /// Removes a node of the draft.
  ///
  /// - Parameter rings: true to let it ring out after the commit.
  func delete(_ id: String, rings: Bool, by client: Int) throws(PatchError) {
    let serial = draft.serials[id]
    try edit(.delete(id), by: client)
    if rings, let serial { state.draft.ringing.insert(serial) }
  }

  /// Sets a parameter of a node in the draft, the committed patch and the commits that wait for sounds.
  ///
  /// - Parameters:
  ///   - id: its id in the draft; in the committed patch, if the draft has no such node.
  ///   - value: in the form stored in a patch.
  func setParam(_ id: String, _ param: String, to value: ParamValue?, by client: Int) {
    guard let serial = draft.serials[id] ?? committed.serials[id] else { return }
    setParam(of: serial, near: id, param, to: value, by: client)
  }

  /// Sets a parameter of the node with a serial; `id` is tried first.
  func setParam(of serial: Int, near id: String, _ param: String, to value: ParamValue?, by client: Int) {
    let drafted = state.draft.id(of: serial, near: id), sounding = state.committed.id(of: serial, near: id)
    for number in state.waiting.keys {
      guard let id = state.waiting[number]!.id(of: serial, near: id) else { continue }
      state.waiting[number]!.patch.nodes[id]!.params[param] = value
    }
    editBoth({ .param(PortAddress($0, param), value) }, drafted, sounding, by: client)
  }

  /// Maps a controller to a parameter of the draft, or (nil) removes the mapping; also in the committed patch, if
  /// `sounding` is the node's id there.
  func setControl(_ control: MidiControl?, of port: PortAddress, sounding: String?, by client: Int) {
    for number in state.waiting.keys {
      let isThere = state.waiting[number]!.patch.has(port)
      state.waiting[number]!.patch.controls[port] = isThere ? control : nil
    }
    let drafted = draft.patch.has(port) || control == nil ? port.node : nil
    editBoth({ .control(PortAddress($0, port.port), control) }, drafted, sounding, by: client)
  }

  /// Stores a snapshot in all patches, or (nil) removes it. Undo does not revert that.
  func setSnapshot(_ name: String, to snapshot: Snapshot?, by client: Int) {
    for number in state.waiting.keys { state.waiting[number]!.patch.snapshots[name] = snapshot }
    editBoth({ _ in .snapshot(name, snapshot) }, "", "", by: client)
    state.history.keep(state.committed.patch.snapshots)
  }

  /// Applies one edit to both patches if the node has the same id in both, else one to each; nil: the node is absent.
  private func editBoth(_ edit: (_ id: String) -> PatchEdit, _ drafted: String?, _ sounding: String?, by client: Int) {
    let inDraft = drafted.map(edit), inCommitted = sounding.map(edit)
    self.edit(draft: inDraft, committed: inCommitted, by: client)
  }

  /// Applies one edit to the draft and one to the committed patch, which are one where they are equal; in the commits
  /// that wait, what `waiting` makes for them.
  func edit(
    draft: PatchEdit?, committed: PatchEdit?, waiting: (Draft) -> PatchEdit? = { _ in nil }, by client: Int
  ) {
    for number in state.waiting.keys {
      if let edit = waiting(state.waiting[number]!) { try? state.waiting[number]!.patch.apply(edit) }
    }
    // These edits fail only for an absent node.
    if let draft { try? state.draft.patch.apply(draft) }
    if let committed { try? state.committed.patch.apply(committed) }
    if let draft, draft == committed { return report(.both(draft), client) }
    if let draft { report(.draft(draft), client) }
    if let committed { report(.committed(committed), client) }
  }

  // MARK: Whole patches

  /// True if the draft differs from the committed patch.
  var isDirty: Bool { state.draft.patch != state.committed.patch }

  /// Replaces the draft, including serials. A dirty draft is stored in the history.
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

  /// Replaces the draft with a patch. A node with the id and type of an existing node keeps that node's state.
  func replaceDraft(with patch: Patch, by client: Int) {
    replaceDraft(with: state.draft.adopting(patch, &state.lastSerial), by: client)
  }

  /// Replaces both patches by ones with the same nodes, after a module's parameters have changed.
  func adapt(draft: Patch, committed: Patch) {
    let inDraft = state.draft.patch.edits(to: draft), inCommitted = state.committed.patch.edits(to: committed)
    (state.draft.patch, state.committed.patch) = (draft, committed)
    for edit in inDraft { report(.draft(edit), Clients.own) }
    for edit in inCommitted { report(.committed(edit), Clients.own) }
    state.committedSeq = state.seq
  }

  // MARK: File

  /// The file of the draft: last loaded or saved.
  var file: String? { state.draft.file }
  /// True if the draft has edits that its file lacks.
  var isUnsaved: Bool { state.savedSeq != state.seq }

  /// Registers that the draft has been loaded from a file.
  func didLoad(_ path: String) {
    state.draft.file = path
    state.savedSeq = state.seq
  }

  /// Makes a file that of the committed patch, and of the draft unless that has been loaded from another one since.
  ///
  /// - Returns: the file before.
  @discardableResult
  func setFile(_ path: String?) -> String? {
    let before = state.committed.file
    if state.draft.file == before { state.draft.file = path }
    state.committed.file = path
    state.history.keep(file: path)
    return before
  }
  /// Registers that the committed patch has been written as it was at the edit `seq`.
  func didSave(at seq: Int) {
    if !isDirty || state.seq != seq { state.savedSeq = seq }
  }
  /// Registers that there is nothing to save.
  func didClear() { state.savedSeq = state.seq }

  // MARK: Commits

  /// The draft of a commit that waits for its sounds.
  func waiting(_ number: Int) -> Draft? { state.waiting[number] }
  func beginWaiting(_ number: Int) { state.waiting[number] = state.draft }
  func endWaiting(_ number: Int) { state.waiting[number] = nil }

  /// Replaces the committed patch with a compiled draft: a step of the history.
  ///
  /// - Parameter joinsDrawing: true if places, labels, frames or macros edited before it belong to the same step.
  func commit(_ asked: Draft, joinsDrawing: Bool = false, by client: Int) {
    if !joinsDrawing { recordParameters() }
    setCommitted(asked, by: client)
    state.history.record(committed, revision: state.revision)
  }

  /// Replaces draft and committed patch with a state of the history, `count` steps away.
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
    // The draft may have changed while the commit waited for sounds.
    let later = draft.patch.edits(to: asked.patch)
    if later.isEmpty { state.draft.authors = [] }
    for edit in later { report(.committed(edit), client) }
    state.committedSeq = state.seq
  }

  /// Records parameters changed since the last commit as a step of the history.
  func recordParameters() { state.history.record(committed) }

  /// Records the last edit of the committed patch as a step of the history, with its own revision.
  func recordCommit() {
    state.revision += 1
    state.history.record(committed, revision: state.revision)
  }

  /// True if another client has edited the draft after the edit `seq`.
  func isStale(after seq: Int, for client: Int) -> Bool {
    (client == state.lastDraftEdit.client ? state.otherDraftEdit : state.lastDraftEdit.seq) > seq
  }

  private func report(_ edit: ResolvedEdit, _ client: Int) {
    if case .commit = edit, !isUnsaved { state.savedSeq += 1 }
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
