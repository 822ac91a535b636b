import Control
import Engine
import Glibc
import PatchKit

/// Files that are read again whenever they are saved.
extension PlayCommand {
  /// Modules whose files lie in a folder: built where they are missing, and whenever they are saved.
  func develop() throws(PatchError) {
    guard let folder = arguments.text("dev") else { return }
    let development = try ModuleDevelopment(folder, registry, loop: loop)
    self.development = development
    development.whenRefused = { [unowned self] error in
      Console.write(error.description + (error.message.hasSuffix("\n") ? "" : "\n"), to: STDERR_FILENO)
      Console.say("\(error.place.file ?? folder): the old code plays on")
      session.moduleRefused(error)
    }
    development.buildMissing()
    development.whenLoaded = { [unowned self] names in
      do throws(PatchErrors) {
        for line in try session.modulesChanged(names) { Console.warn("the new code has no \(line)") }
      } catch { Console.fail("\(error); the old code plays on") }
    }
  }

  /// The file was saved: the difference is committed, or the old patch plays on.
  func reload(_ path: String) {
    do throws(PatchErrors) {
      let patch = try PatchFile.read(path: path, in: registry, allowMissing: arguments.has("allow-missing"))
      let before = session.currentDraft
      sounds?.trusted.formUnion(patch.fileNames(in: registry))
      // Snapshots that were kept while it played are not in the file yet.
      var merged = patch
      merged.snapshots.merge(before.snapshots) { inFile, _ in inFile }
      session.setDraft(merged)
      commit { [unowned self] failure in
        if let failure {
          session.report(PatchError(.syntax, "\(failure); the old patch plays on", at: Place(file: path)))
          session.setDraft(before)
          Console.fail("\(path): \(failure); the old patch plays on")
        } else {
          Console.say("\(path): committed")
        }
      }
    } catch {
      Console.write(error.description + "\n", to: STDERR_FILENO)
      if let first = error.errors.first { session.report(first) }
      Console.say("\(path): the old patch plays on")
    }
  }
}
