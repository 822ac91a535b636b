import Control
import Hosts
import PatchKit

/// The sound files that patches name, for a session.
enum Sounds {
  /// - Parameters:
  ///   - patch: whose files may lie anywhere: the user has named it.
  ///   - onFailure: told once for each that cannot be read, after the user.
  @discardableResult
  static func wire(
    _ session: Session, samples: String?, trusting patch: Patch?, onFailure: @escaping () -> Void = {}
  ) throws -> SoundLibrary {
    let library = try SoundLibrary(samples: samples, root: session.root)
    library.trusted = patch?.fileNames(in: session.registry) ?? []
    session.plans.sounds = { (name, rate) throws(PatchError) in try library.load(name, rate: rate) }
    session.sampleNames = { library.names }
    session.onUnreadable = { error in
      Console.fail((error.place.path.map { $0 + ": " } ?? "") + error.sentence + "; it stays silent")
      onFailure()
    }
    return library
  }
}
