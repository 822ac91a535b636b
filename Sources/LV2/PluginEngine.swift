// [control] A patch that plays in a plug-in.
import Engine
import LV2Bundle
import ModuleKit
import Modules
import PatchKit
import SoundFiles

/// An engine with one patch, and the parameters that the control ports drive.
final class PluginEngine {
  let engine: Engine
  let plans: PlanPublisher
  let patch: Patch
  let routes: MacroRoutes
  /// Frames by which the patch delays the sound.
  let latency: Int

  /// - Parameter ports: of the bundle; a patch of a saved session may have other macros.
  /// - Throws: every error of the patch, and the sounds that cannot be read.
  init(_ patch: Patch, ports: PluginPorts, sampleRate: Double, registry: Registry) throws(PatchErrors) {
    self.patch = patch
    var serials: [String: Int] = [:]
    for (i, id) in patch.nodes.keys.sorted().enumerated() { serials[id] = i + 1 }
    engine = Engine(sampleRate: sampleRate, inputChannels: ports.inputs, outputChannels: ports.outputs)
    plans = PlanPublisher(engine: engine, registry: registry)
    routes = MacroRoutes(ports.controls.map(\.macro), of: patch, serials: serials, in: registry)
    latency = patch.latencyFrames(in: registry, sampleRate: sampleRate)
    var unreadable: [PatchError] = []
    do throws(PatchError) {
      let library = try SoundLibrary()
      plans.sounds = { (name, rate) throws(PatchError) in try library.load(name, rate: rate) }
    } catch { throw PatchErrors([error]) }
    plans.onUnreadable = { unreadable.append($0) }
    try plans.commit(IdentifiedPatch(patch: patch, serials: serials), ramp: 0, ticket: 1)
    plans.prepareParameters()
    plans.onUnreadable = { _ in }
    guard unreadable.isEmpty else { throw PatchErrors(unreadable) }
    // The first plan starts here: what memory it needs is there before the host's first period.
    let nowhere = UnsafeMutablePointer<UnsafeMutablePointer<Float>?>.allocate(capacity: max(ports.outputs, 1))
    nowhere.initialize(repeating: nil, count: max(ports.outputs, 1))
    engine.render(inputs: nil, outputs: nowhere, frames: 0)
    nowhere.deallocate()
    plans.tick()
  }
}
