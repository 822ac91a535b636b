import Control
import Engine
import Hosts
import ModuleKit
import PatchKit
import SoundFiles

/// Loading of the sound files named by patches, for a session.
enum Sounds {
  /// - Parameters:
  ///   - patch: a patch named by the user, whose files may be anywhere.
  ///   - onFailure: called once for each unreadable file, after the user has been informed.
  @discardableResult
  static func wire(
    _ session: Session, samples: String?, trusting patch: Patch?, onFailure: @escaping () -> Void = {}
  ) throws -> SoundLibrary {
    let library = try SoundLibrary(samples: samples, root: session.files.root)
    library.trusted = patch?.fileNames(in: session.registry) ?? []
    if let head = HeadResponses.installed { library.trusted.insert(head) }
    session.plans.sounds = { (name, rate) throws(PatchError) in try library.load(name, rate: rate) }
    session.sampleNames = { library.names }
    session.requireSound = { name throws(PatchError) in try library.check(name.name) }
    session.onUnreadable = { error in
      Console.fail((error.place.path.map { $0 + ": " } ?? "") + error.sentence + "; it stays silent")
      onFailure()
    }
    return library
  }

  /// Reads sounds on another thread from now on, so that commands are answered meanwhile.
  static func readBeside(_ session: Session, _ library: SoundLibrary, _ loop: ControlLoop) {
    session.soundQueue.reader = Reader(library, session.registry, loop)
  }

  private final class Reader: SoundReader {
    private let library: SoundLibrary
    private let registry: Registry
    private let loop: ControlLoop

    init(_ library: SoundLibrary, _ registry: Registry, _ loop: ControlLoop) {
      (self.library, self.registry, self.loop) = (library, registry, loop)
    }

    var keepsOld: Bool {
      get { library.keepsOld }
      set { library.keepsOld = newValue }
    }
    func missing(_ sounds: Set<SoundName>) -> Set<SoundName> {
      sounds.filter { library.isMissing($0.name, rate: $0.rate, module: $0.module, cut: $0.cut) }
    }
    func read(_ sounds: Set<SoundName>, then: @escaping () -> Void) {
      library.read(sounds.map(wanted), post: { [loop] in loop.post($0) }, done: then)
    }
    private func wanted(_ sound: SoundName) -> SoundLibrary.Wanted {
      let module = sound.module.flatMap { registry[$0] }
      return SoundLibrary.Wanted(
        sound.name, rate: sound.rate,
        preparation: module?.preparation.map { SoundLibrary.Preparation(module: module!.name, cut: sound.cut, $0) })
    }
    func release() { library.release() }
  }
}
