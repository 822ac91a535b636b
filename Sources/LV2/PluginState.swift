// [control] The state of an instance: the whole patch with its macros.
import CLV2
import LV2Bundle
import ModuleKit
import PatchKit

extension PluginInstance {
  /// Stores the patch. The host may render meanwhile.
  func save(_ store: LV2_State_Store_Function, _ handle: LV2_State_Handle?, _ map: LV2_URID_Map) -> LV2_State_Status {
    let text = PatchFile.text(of: current, in: registry, folder: setting.bundle)
    let flags = LV2_STATE_IS_POD.rawValue | LV2_STATE_IS_PORTABLE.rawValue
    return text.withCString { bytes in
      store(handle, map.map(map.handle, PluginState.patch), bytes, text.utf8.count + 1, types.string, flags)
    }
  }

  /// Plays the patch of a state, or a snapshot of the bundle's patch. Nothing renders meanwhile.
  ///
  /// - Throws: what is wrong with it; the sound is unchanged then.
  func restore(
    _ retrieve: LV2_State_Retrieve_Function, _ handle: LV2_State_Handle?, _ map: LV2_URID_Map
  ) throws(PatchErrors) {
    let file = setting.bundle + "/" + PluginIdentity.patchFile
    var restored = setting.patch
    if let text = text(PluginState.patch, retrieve, handle, map) {
      restored = try PatchFile.read(Array(text.utf8), file: file, in: registry)
    } else if let name = text(PluginState.snapshot, retrieve, handle, map) {
      guard let snapshot = setting.patch.snapshots[name] else {
        throw PatchErrors([PatchError(.noSuchSnapshot, "there is no snapshot \(name)", at: Place(file: file))])
      }
      restored = setting.patch.recalled(snapshot, in: registry)
    }
    try play(restored)
  }

  private func text(
    _ key: String, _ retrieve: LV2_State_Retrieve_Function, _ handle: LV2_State_Handle?, _ map: LV2_URID_Map
  ) -> String? {
    var size = 0, type: UInt32 = 0, flags: UInt32 = 0
    guard let value = retrieve(handle, map.map(map.handle, key), &size, &type, &flags), type == types.string, size > 0
    else { return nil }
    let bytes = UnsafeRawBufferPointer(start: value, count: size)
    return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }
}

extension Patch {
  /// The patch with the parameters and macros of a snapshot; nodes that the snapshot lacks are unchanged.
  func recalled(_ snapshot: Snapshot, in registry: Registry) -> Patch {
    var patch = self
    for (id, node) in snapshot.nodes where patch.nodes[id]?.type == node.type { patch.nodes[id]!.params = node.params }
    for i in patch.macros.indices {
      if let value = snapshot.macros[patch.macros[i].name] { patch.macros[i].value = value }
    }
    return patch
  }
}
