// [control] What would have to be read for a patch to sound.
import ModuleKit
import PatchKit

extension PlanPublisher {
  /// Reads the sounds that nodes name; called by `commit`.
  public var sounds: SoundSource {
    get { builder.sounds }
    set { builder.sounds = newValue }
  }
  /// Sounds that are being read: nodes that name them are silent in what is committed meanwhile.
  public var awaitedSounds: Set<SoundName> {
    get { builder.awaited }
    set { builder.awaited = newValue }
  }
  /// The sounds that a commit of this patch would read.
  public func sounds(namedBy patch: Patch) -> Set<SoundName> { builder.sounds(of: patch) }
  /// Reads a sound that an input names.
  public func load(_ name: SoundName, _ spec: ParamSpec) throws(PatchError) -> SoundBuffer {
    try builder.load(name, spec)
  }
  /// The sound that a value of an input names; nil where it names none.
  public func sound(_ spec: ParamSpec, _ value: ParamValue, of module: ModuleDescriptor) -> SoundName? {
    builder.sound(spec, value, of: module)
  }
}
