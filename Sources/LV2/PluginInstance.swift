// [control] One instance of a plug-in: made, prepared and saved by the host beside its audio thread.
import CLV2
import Engine
import LV2Bundle
import ModuleKit
import PatchKit

/// A bundle and the host that loads it.
struct PluginSetting {
  let bundle: String
  let identity: PluginIdentity
  let registry: Registry
  let sampleRate: Double
  let map: LV2_URID_Map
  /// The patch of the bundle.
  let patch: Patch
  let ports: PluginPorts

  /// - Throws: what is wrong with the bundle, or with the host.
  init(bundle: String, sampleRate: Double, map: LV2_URID_Map) throws(PatchErrors) {
    guard sampleRate.isFinite, (1_000...768_000).contains(sampleRate) else {
      throw PatchErrors([PatchError(.range, "a sample rate is 1000 to 768000 Hz, not \(sampleRate.shortText)")])
    }
    (self.bundle, self.sampleRate, self.map) = (bundle, sampleRate, map)
    registry = Registry.linked()
    do throws(PatchError) { identity = try PluginIdentity(bundle: bundle) } catch { throw PatchErrors([error]) }
    patch = try PatchFile.read(path: bundle + "/" + PluginIdentity.patchFile, in: registry)
    ports = PluginPorts(of: patch, in: registry, identity)
  }
}

/// One instance of a plug-in: what a patch and the generic plug-in have in common.
class PluginInstance {
  let setting: PluginSetting
  let types: PluginTypes
  let memory: PortMemory
  /// Replaced only while nothing renders.
  var engine: Engine

  /// Of the setting, where the audio thread reads them without a copy of the rest.
  final let ports: PluginPorts
  final let sampleRate: Double
  final var registry: Registry { setting.registry }

  init(_ setting: PluginSetting, _ engine: Engine) {
    (self.setting, self.engine) = (setting, engine)
    (ports, sampleRate) = (setting.ports, setting.sampleRate)
    types = PluginTypes(setting.map)
    memory = PortMemory(setting.ports, HostPosition(HostPosition.Types(setting.map)))
    memory.set(setting.ports, to: setting.patch)
  }

  static func make(bundle: String, sampleRate: Double, map: LV2_URID_Map) throws(PatchErrors) -> PluginInstance {
    let setting = try PluginSetting(bundle: bundle, sampleRate: sampleRate, map: map)
    return setting.identity.isGeneric ? try SessionInstance(setting) : try PatchInstance(setting)
  }

  /// The host is about to render: what has sounded is over.
  func activate() {}
  /// The patch with the values that the control ports have set.
  var current: Patch { setting.patch }
  /// Plays another patch. Nothing renders meanwhile.
  ///
  /// - Throws: what is wrong with it; the sound is unchanged then.
  func play(_ patch: Patch) throws(PatchErrors) {}
  /// The host frees the instance.
  func close() {}

  /// [audio] Frames by which the patch delays the sound.
  var latency: Int { 0 }
  /// [audio] Reads the control ports of a period.
  func readControls() {}
  /// [audio] Sets the clock from a frame of the engine on.
  func set(_ clock: SessionClock, at frame: Int) {}
}

/// The numbers of the host for the types of events.
struct PluginTypes {
  let midi: LV2_URID
  let string: LV2_URID

  init(_ map: LV2_URID_Map) {
    midi = map.map(map.handle, "http://lv2plug.in/ns/ext/midi#MidiEvent")
    string = map.map(map.handle, "http://lv2plug.in/ns/ext/atom#String")
  }
}
