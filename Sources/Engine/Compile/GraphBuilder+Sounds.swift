// [control] The sounds that nodes name.
import ModuleKit
import PatchKit

extension GraphBuilder {
  /// The sound named by an input; nil for no sound, or a built-in one.
  func sound(_ spec: ParamSpec, _ params: [String: ParamValue], of module: ModuleDescriptor) -> SoundName? {
    let value = params[spec.name]
    guard case .file(let builtIn, let isResampled) = spec.type, case .text(let name)? = value, !name.isEmpty,
      !builtIn.contains(name)
    else { return nil }
    var cut = 0
    if let setting = spec.cutBy, case .number(let frames)? = params[setting] { cut = Int(frames) }
    return SoundName(
      name, rate: isResampled ? Double(sampleRate) : nil, module: module.preparation == nil ? nil : module.name,
      cut: cut)
  }

  /// All sounds named by a patch.
  func sounds(of patch: Patch) -> Set<SoundName> {
    var names: Set<SoundName> = []
    for node in patch.nodes.values where !node.params.isEmpty {
      guard let module = registry[node.type] else { continue }
      for spec in module.inputs where spec.isFile {
        if let name = sound(spec, node.params, of: module), made[name.name] == nil { names.insert(name) }
      }
    }
    return names
  }

  /// Reads the sounds that nodes name, except those being read already; returns the errors.
  func loadSounds(of patch: Patch, to flat: inout FlatPatch) -> (unreadable: [PatchError], problems: [PatchError]) {
    var unreadable: [PatchError] = [], problems: [PatchError] = []
    for i in flat.nodes.indices where flat.nodes[i].descriptor.inputs.contains(where: \.isFile) {
      let node = flat.nodes[i]
      for (port, spec) in node.descriptor.inputs.enumerated() {
        guard let name = sound(spec, patch.nodes[node.id]?.params ?? [:], of: node.descriptor),
          !awaited.contains(name)
        else { continue }
        do throws(PatchError) {
          let sound = try load(name, spec)
          flat.nodes[i].sounds[port] = sound
          for problem in sound.newProblems(for: node.descriptor.name, node.descriptor.soundProblems) {
            problems.append(
              PatchError(.soundFile, "\(name.name): \(problem)", at: Place(path: "\(node.id)/\(spec.name)")))
          }
        } catch {
          var error = error
          error.place.path = "\(node.id)/\(spec.name)"
          unreadable.append(error)
        }
      }
    }
    return (unreadable, problems)
  }

  /// Reads a sound named by an input; a name without a file may be a built-in one.
  func load(_ name: SoundName, _ spec: ParamSpec) throws(PatchError) -> SoundBuffer {
    do throws(PatchError) {
      if let made = made[name.name] { return made.cut(name.cut) }
      let sound = try sounds(name.name, name.rate).cut(name.cut)
      if !sound.zones.isEmpty && !spec.takesZones {
        throw PatchError(
          .unreadable, "cannot read \(name.name): an SFZ file or a folder is for a sampler", at: Place(file: name.name))
      }
      return sound
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

/// A sound as a node names it: its name, its rate, the module that must prepare it, and its cut.
public struct SoundName: Hashable, Sendable {
  public var name: String
  public var rate: Double?
  public var module: String?
  /// Frames of a cycle by which it is cut; 0: by none.
  public var cut: Int

  public init(_ name: String, rate: Double?, module: String? = nil, cut: Int = 0) {
    self.name = name
    self.rate = rate
    self.module = module
    self.cut = cut
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
  /// Sounds in memory, by name: before those of the source.
  public var madeSounds: [String: SoundBuffer] {
    get { builder.made }
    set { builder.made = newValue }
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
  /// The sound named by an input with these parameters; nil where it names none.
  public func sound(_ spec: ParamSpec, _ params: [String: ParamValue], of module: ModuleDescriptor) -> SoundName? {
    builder.sound(spec, params, of: module)
  }
}
