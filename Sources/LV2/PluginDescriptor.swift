// [control] The functions of a plug-in that hosts call, as C pointers.
import CLV2
import Glibc
import LV2Bundle
import PatchKit

/// Descriptors of plug-ins, by bundle. A descriptor is never freed: hosts keep pointers to it.
package enum PluginDescriptor {
  /// The descriptor of the plug-in in a bundle.
  ///
  /// - Returns: nil, after a line on standard error, where it is no bundle of weft.
  package static func make(bundle: String) -> UnsafePointer<LV2_Descriptor>? {
    do throws(PatchError) {
      let identity = try PluginIdentity(bundle: bundle)
      let descriptor = UnsafeMutablePointer<LV2_Descriptor>.allocate(capacity: 1)
      descriptor.initialize(
        to: LV2_Descriptor(
          URI: strdup(identity.uri), instantiate: instantiatePlugin, connect_port: connectPort,
          activate: activatePlugin, run: runPlugin, deactivate: nil, cleanup: cleanUpPlugin,
          extension_data: pluginExtension))
      return UnsafePointer(descriptor)
    } catch {
      report(error.description)
      return nil
    }
  }

  /// Writes a line to standard error, whole.
  static func report(_ text: String) {
    let line = Array("weft-lv2: \(text)\n".utf8)
    _ = write(2, line, line.count)
  }

  /// The data of a feature of the host.
  static func feature(
    _ uri: String, in features: UnsafePointer<UnsafePointer<LV2_Feature>?>?
  ) -> UnsafeMutableRawPointer? {
    var next = features
    while let feature = next?.pointee {
      if let name = feature.pointee.URI, strcmp(name, uri) == 0 { return feature.pointee.data }
      next = next! + 1
    }
    return nil
  }

  static func map(in features: UnsafePointer<UnsafePointer<LV2_Feature>?>?) -> LV2_URID_Map? {
    feature("http://lv2plug.in/ns/ext/urid#map", in: features)?.assumingMemoryBound(to: LV2_URID_Map.self).pointee
  }
}

private func instantiatePlugin(
  _: UnsafePointer<LV2_Descriptor>?, rate: Double, bundle: UnsafePointer<CChar>?,
  features: UnsafePointer<UnsafePointer<LV2_Feature>?>?
) -> LV2_Handle? {
  guard let bundle else { return nil }
  guard let map = PluginDescriptor.map(in: features), map.map != nil else {
    PluginDescriptor.report("the host has no urid:map, which it must have")
    return nil
  }
  do throws(PatchErrors) {
    let folder = String(cString: bundle)
    let instance = try PluginInstance.make(
      bundle: folder.hasSuffix("/") ? String(folder.dropLast()) : folder, sampleRate: rate, map: map)
    return Unmanaged.passRetained(instance).toOpaque()
  } catch {
    PluginDescriptor.report(error.description)
    return nil
  }
}

private func connectPort(_ handle: LV2_Handle?, port: UInt32, data: UnsafeMutableRawPointer?) {
  guard let handle else { return }
  Unmanaged<PluginInstance>.fromOpaque(handle)._withUnsafeGuaranteedRef {
    if Int(port) < $0.memory.count { $0.memory.ports[Int(port)] = data }
  }
}

private func activatePlugin(_ handle: LV2_Handle?) {
  guard let handle else { return }
  Unmanaged<PluginInstance>.fromOpaque(handle).takeUnretainedValue().activate()
}

private func runPlugin(_ handle: LV2_Handle?, frames: UInt32) {
  guard let handle else { return }
  Unmanaged<PluginInstance>.fromOpaque(handle)._withUnsafeGuaranteedRef { $0.run(Int(frames)) }
}

private func cleanUpPlugin(_ handle: LV2_Handle?) {
  guard let handle else { return }
  let instance = Unmanaged<PluginInstance>.fromOpaque(handle).takeRetainedValue()
  instance.close()
}

private func pluginExtension(_ uri: UnsafePointer<CChar>?) -> UnsafeRawPointer? {
  guard let uri, strcmp(uri, "http://lv2plug.in/ns/ext/state#interface") == 0 else { return nil }
  return UnsafeRawPointer(stateInterface)
}

nonisolated(unsafe) private let stateInterface: UnsafePointer<LV2_State_Interface> = {
  let interface = UnsafeMutablePointer<LV2_State_Interface>.allocate(capacity: 1)
  interface.initialize(to: LV2_State_Interface(save: saveState, restore: restoreState))
  return UnsafePointer(interface)
}()

private func saveState(
  _ handle: LV2_Handle?, store: LV2_State_Store_Function?, target: LV2_State_Handle?, flags: UInt32,
  features: UnsafePointer<UnsafePointer<LV2_Feature>?>?
) -> LV2_State_Status {
  guard let handle, let store else { return LV2_STATE_ERR_UNKNOWN }
  let instance = Unmanaged<PluginInstance>.fromOpaque(handle).takeUnretainedValue()
  return instance.save(store, target, instance.setting.map)
}

private func restoreState(
  _ handle: LV2_Handle?, retrieve: LV2_State_Retrieve_Function?, source: LV2_State_Handle?, flags: UInt32,
  features: UnsafePointer<UnsafePointer<LV2_Feature>?>?
) -> LV2_State_Status {
  guard let handle, let retrieve else { return LV2_STATE_ERR_UNKNOWN }
  let instance = Unmanaged<PluginInstance>.fromOpaque(handle).takeUnretainedValue()
  do throws(PatchErrors) {
    try instance.restore(retrieve, source, instance.setting.map)
    return LV2_STATE_SUCCESS
  } catch {
    PluginDescriptor.report("the saved state: \(error.description)")
    return LV2_STATE_ERR_UNKNOWN
  }
}
