// [control] The sounds that nodes name.
import ModuleKit
import PatchKit

extension GraphBuilder {
  /// The sound named by a value of an input; nil for no sound, or a built-in one.
  func sound(_ spec: ParamSpec, _ value: ParamValue?, of module: ModuleDescriptor) -> SoundName? {
    guard case .file(let builtIn, let isResampled) = spec.type, case .text(let name)? = value, !name.isEmpty,
      !builtIn.contains(name)
    else { return nil }
    return SoundName(
      name, rate: isResampled ? Double(sampleRate) : nil, module: module.preparation == nil ? nil : module.name)
  }

  /// All sounds named by a patch.
  func sounds(of patch: Patch) -> Set<SoundName> {
    var names: Set<SoundName> = []
    for node in patch.nodes.values where !node.params.isEmpty {
      guard let module = registry[node.type] else { continue }
      for spec in module.inputs where spec.isFile {
        if let name = sound(spec, node.params[spec.name], of: module) { names.insert(name) }
      }
    }
    return names
  }

  /// Reads the sounds that nodes name, except those being read already; returns the errors.
  func loadSounds(of patch: Patch, to flat: inout FlatPatch) -> [PatchError] {
    var unreadable: [PatchError] = []
    for i in flat.nodes.indices where flat.nodes[i].descriptor.inputs.contains(where: \.isFile) {
      let node = flat.nodes[i]
      for (port, spec) in node.descriptor.inputs.enumerated() {
        guard let name = sound(spec, patch.nodes[node.id]?.params[spec.name], of: node.descriptor),
          !awaited.contains(name)
        else { continue }
        do throws(PatchError) {
          flat.nodes[i].sounds[port] = try load(name, spec)
        } catch {
          var error = error
          error.place.path = "\(node.id)/\(spec.name)"
          unreadable.append(error)
        }
      }
    }
    return unreadable
  }

  /// Reads a sound named by an input; a name without a file may be a built-in one.
  func load(_ name: SoundName, _ spec: ParamSpec) throws(PatchError) -> SoundBuffer {
    do throws(PatchError) {
      return try sounds(name.name, name.rate)
    } catch {
      guard case .file(let builtIn, _) = spec.type else { throw error }
      var error = error
      error.suggestions = Nearest.names(to: name.name, among: builtIn) + error.suggestions
      throw error
    }
  }

  /// Returns whether a built-in sound, if one is named, is unchanged: it is made with the node.
  static func isSettled(_ old: NodeInstance, _ node: FlatPatch.Node) -> Bool {
    node.descriptor.inputs.indices.allSatisfy {
      !node.descriptor.inputs[$0].isFile || old.values[$0] == node.values[$0]
    }
  }
}

/// Reads a sound by its name: a path, or a name that the host knows; resampled to a rate, or unchanged where that is
/// nil.
///
/// The same name returns the same object while a node uses it and the file does not change.
public typealias SoundSource = (_ name: String, _ rate: Double?) throws(PatchError) -> SoundBuffer

/// A sound as a node names it: its name, its rate, and the module that must prepare it.
public struct SoundName: Hashable, Sendable {
  public var name: String
  public var rate: Double?
  public var module: String?

  public init(_ name: String, rate: Double?, module: String? = nil) {
    self.name = name
    self.rate = rate
    self.module = module
  }
}

/// For hosts without files.
public func noSounds(_ name: String, _ rate: Double?) throws(PatchError) -> SoundBuffer {
  throw PatchError(.unreadable, "\(name) cannot be read: this program reads no sound files")
}

extension PlanPublisher {
  /// The source of named sounds; called by `commit`.
  public var sounds: SoundSource {
    get { builder.sounds }
    set { builder.sounds = newValue }
  }
  /// Sounds that are being read: nodes that name them are silent in commits until then.
  public var awaitedSounds: Set<SoundName> {
    get { builder.awaited }
    set { builder.awaited = newValue }
  }
  /// The sounds that a commit of this patch would read.
  public func sounds(namedBy patch: Patch) -> Set<SoundName> { builder.sounds(of: patch) }
  /// Reads a sound named by an input.
  public func load(_ name: SoundName, _ spec: ParamSpec) throws(PatchError) -> SoundBuffer {
    try builder.load(name, spec)
  }
  /// The sound named by a value of an input; nil where it names none.
  public func sound(_ spec: ParamSpec, _ value: ParamValue, of module: ModuleDescriptor) -> SoundName? {
    builder.sound(spec, value, of: module)
  }
}
