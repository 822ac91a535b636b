// [control] A patch as a plug-in: the ports are its macros, and the audio thread sets its parameters.
import Engine
import LV2Bundle
import ModuleKit
import PatchKit

final class PatchInstance: PluginInstance {
  /// Replaced only while nothing renders.
  private var playing: PluginEngine

  init(_ setting: PluginSetting) throws(PatchErrors) {
    playing = try PluginEngine(
      setting.patch, ports: setting.ports, sampleRate: setting.sampleRate, registry: setting.registry)
    super.init(setting, playing.engine)
  }

  override func activate() {
    guard engine.frame > 0 else { return }
    // The patch was valid: its sounds may be gone by now, and then it plays on as it is.
    do throws(PatchErrors) { try start(current) } catch { playing.plans.tick() }
  }

  override func play(_ patch: Patch) throws(PatchErrors) {
    try start(patch)
    memory.set(ports, to: patch)
  }

  private func start(_ patch: Patch) throws(PatchErrors) {
    playing = try PluginEngine(patch, ports: ports, sampleRate: sampleRate, registry: registry)
    engine = playing.engine
  }

  override var current: Patch {
    var now = playing.patch
    let values = memory.values(ports.controls.count)
    for (control, position) in values.sorted(by: { $0.order < $1.order }).map({ ($0.control, $0.position) }) {
      guard let name = ports.controls[control].macro, let index = now.macros.firstIndex(where: { $0.name == name }),
        abs(now.macros[index].value - position) > PortMemory.least
      else { continue }
      for (param, value) in now.values(of: now.macros[index], at: position, in: registry) {
        _ = try? now.setParam(param.node, param.port, value, in: registry)
      }
      now.macros[index].value = position
    }
    return now
  }

  // MARK: Audio thread

  override var latency: Int { playing.latency }

  /// Sets the parameters of the macros whose ports have another value than before.
  override func readControls() {
    let playing = playing
    for i in 0..<ports.controls.count {
      guard let position = memory.wanted(i, ports.firstControl + i),
        abs(position - memory.position(i)) > PortMemory.least
      else { continue }
      let routes = playing.routes.routes[i]
      guard routes.count <= playing.plans.eventRoom else { continue }
      for route in routes {
        _ = playing.plans.setParameter(node: route.serial, port: route.port, to: route.value(at: position))
      }
      memory.set(i, to: position)
    }
  }

  override func set(_ clock: SessionClock, at frame: Int) { _ = playing.plans.setClock(clock, at: frame) }
}
