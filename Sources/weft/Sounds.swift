import Control
import Hosts
import PatchKit

/// The sound files that patches name, for a session.
enum Sounds {
  /// - Parameter onFailure: told once for each that cannot be read, after the user.
  static func wire(_ session: Session, samples: String?, onFailure: @escaping () -> Void = {}) throws {
    let library = try SoundLibrary(samples: samples)
    session.plans.sounds = { (name, rate) throws(PatchError) in try library.load(name, rate: rate) }
    session.sampleNames = { library.names }
    session.onUnreadable = { error in
      Console.fail((error.place.path.map { $0 + ": " } ?? "") + error.sentence + "; it stays silent")
      onFailure()
    }
  }
}
