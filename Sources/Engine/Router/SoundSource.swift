// [control] Where the sounds come from that a patch names.
import ModuleKit
import PatchKit

/// Reads a sound by its name: a path, or a name that the host knows. At a rate, or as it is where that is nil.
///
/// The same name gives the same object for as long as a node has it and the file stays as it is.
public typealias SoundSource = (_ name: String, _ rate: Double?) throws(PatchError) -> SoundBuffer

/// A sound as a node names it: its name, the rate that it is wanted at, and the module that must prepare it.
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

/// Where there are no files.
public func noSounds(_ name: String, _ rate: Double?) throws(PatchError) -> SoundBuffer {
  throw PatchError(.unreadable, "\(name) cannot be read: this program reads no sound files")
}
