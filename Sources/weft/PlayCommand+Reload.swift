import Control
import Engine
import Glibc
import PatchKit

/// Hot reload of the patch file and of modules.
extension PlayCommand {
  /// Watches a folder of module sources: builds missing modules, and saved ones.
  func develop() throws(PatchError) {
    guard let folder = arguments.text("dev") else { return }
    let development = try ModuleDevelopment(folder, registry, loop: loop)
    self.development = development
    development.whenRefused = { [unowned self] error in
      Console.write(error.description + (error.message.hasSuffix("\n") ? "" : "\n"), to: STDERR_FILENO)
      Console.say("\(error.place.file ?? folder): the old code plays on")
      session.report(error, from: "--dev")
    }
    development.buildMissing()
    development.whenLoaded = { [unowned self] names in
      do throws(PatchErrors) {
        for line in try session.commits.activate(modules: names) { Console.warn("the new code has no \(line)") }
      } catch { Console.fail("\(error); the old code plays on") }
    }
  }

  /// Reads the saved file and commits the difference; on an error the old patch continues to play.
  func reload(_ path: String) {
    do throws(PatchErrors) {
      let patch = try PatchFile.read(path: path, in: registry, allowMissing: arguments.has("allow-missing"))
      let before = session.currentDraft
      sounds?.trusted.formUnion(patch.fileNames(in: registry))
      // Keep snapshots stored while playing, which are not in the file yet.
      var merged = patch
      merged.snapshots.merge(before.snapshots) { inFile, _ in inFile }
      session.setDraft(merged, from: path)
      commit { [unowned self] failure in
        if let failure {
          let error = PatchError(.syntax, "\(failure); the old patch plays on", at: Place(file: path))
          session.report(error, from: "--watch")
          session.setDraft(before)
          Console.fail("\(path): \(failure); the old patch plays on")
        } else {
          Console.say("\(path): committed")
        }
      }
    } catch {
      Console.write(error.description + "\n", to: STDERR_FILENO)
      if let first = error.errors.first { session.report(first, from: "--watch") }
      Console.say("\(path): the old patch plays on")
    }
  }
}
