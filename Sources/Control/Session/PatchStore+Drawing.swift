import PatchKit

extension Patch {
  /// True if it has the node or the macro of a MIDI mapping.
  func has(_ port: PortAddress) -> Bool {
    if let name = port.macro { return macros.contains { $0.name == name } }
    return nodes[port.node] != nil
  }
}

/// Inaudible edits of both draft and committed patch: places, labels, frames, macros.
extension PatchStore {
  /// Edits a node in the draft, the committed patch and the commits that wait for sounds.
  func editNode(_ id: String, by client: Int, _ edit: (_ id: String) -> PatchEdit) {
    guard let serial = draft.serials[id] ?? committed.serials[id] else { return }
    self.edit(
      draft: draft.id(of: serial, near: id).map(edit), committed: committed.id(of: serial, near: id).map(edit),
      waiting: { $0.id(of: serial, near: id).map(edit) }, by: client)
  }

  func setFrames(_ frames: [Frame], by client: Int) {
    edit(draft: .frames(frames), committed: .frames(frames), waiting: { _ in .frames(frames) }, by: client)
  }

  /// Sets the macros; in the committed patch and the waiting commits without targets that they lack.
  func setMacros(_ macros: [Macro], by client: Int) {
    let serials = draft.serials
    func edit(of other: Draft) -> PatchEdit {
      let moved = macros.map { macro in
        var moved = macro
        moved.targets = macro.targets.compactMap { target in
          guard let serial = serials[target.param.node], let id = other.id(of: serial, near: target.param.node) else {
            return nil
          }
          var target = target
          target.param.node = id
          return target
        }
        return moved
      }
      return .macros(moved)
    }
    self.edit(draft: .macros(macros), committed: edit(of: committed), waiting: { edit(of: $0) }, by: client)
  }

  /// Sets the value of a macro in every patch that has it.
  func setMacro(_ name: String, to value: Float, by client: Int) {
    func edit(of patch: Patch) -> PatchEdit? {
      patch.macros.contains { $0.name == name } ? .macroValue(name, value) : nil
    }
    self.edit(
      draft: edit(of: draft.patch), committed: edit(of: committed.patch), waiting: { edit(of: $0.patch) }, by: client)
  }
}

extension Session {
  /// Applies an inaudible edit; all of one bundle are one step of the history, together with the bundle's commit.
  func editDrawing(_ edit: () throws(PatchError) -> Void) throws(PatchError) {
    if transaction?.isDrawing != true {
      collectControllerValues()
      store.recordParameters()
    }
    try edit()
    guard let transaction else { return store.recordParameters() }
    if transaction.isDrawing { return }
    transaction.isDrawing = true
    transaction.add { [unowned self] in store.recordParameters() }
  }
}
