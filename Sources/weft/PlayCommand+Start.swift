import Control
import Engine
import PatchKit

/// The patch that a run starts with.
extension PlayCommand {
  typealias Given = Result<Patch, PatchErrors>

  /// Reads the patch file of the command line.
  ///
  /// - Throws: its errors, unless `--resume` may do without it.
  func readGiven(_ path: String) throws(PatchErrors) -> Given {
    let given = Given { () throws(PatchErrors) in
      try PatchFile.read(
        path: path, in: registry, allowMissing: arguments.has("allow-missing"), acceptsPipes: true)
    }
    if !arguments.has("resume") { _ = try given.get() }
    return given
  }

  /// Finishes the recordings of killed programs, on another thread: a long one is decoded.
  func rescueRecordings() {
    WorkQueue().add { [loop] in
      let (paths, errors) = RecordingList.rescue()
      loop.post {
        for path in paths { Console.say("Finished the recording of a run that was killed: \(path)") }
        for error in errors { Console.warn("a recording of a run that was killed: \(error.description)") }
      }
    }
  }

  /// Starts with what the run before left, or with the given patch, and keeps every edit from now on.
  func begin(_ given: Given?, from path: String?) throws {
    let journal = Journal(stateFolder, of: session) { [loop] in loop.post($0) }
    journal.onChange = { [unowned self] problem in
      guard let problem else { return Console.say("Edits are kept again.") }
      let error = PatchError(problem.code, "edits are not kept: \(problem.message)", at: problem.place)
      Console.warn("\(problem.place.file ?? stateFolder): \(error.message)")
      session.report(error, from: "--resume")
    }
    do throws(PatchError) { try journal.lock() } catch {
      Console.warn(
        "\(stateFolder): \(error.message); edits are not kept for --resume"
          + (error.code == .busy ? "" : ": set XDG_STATE_HOME to a folder that can be written"))
    }
    let isResumed = arguments.has("resume") && resume(journal)
    if !isResumed, let patch = try given?.get() {
      if let failure = start(patch, from: path) { throw CommandFailure(.patch, failure) }
      if let reason = SilenceWarning(registry: registry).silence(of: patch) { Console.warn(reason) }
    }
    if isResumed, case .failure(let errors)? = given {
      Console.warn("the patch file is not needed (--resume), but has errors: \(errors)")
    }
    journal.begin(resumed: isResumed)
  }

  /// `ADDRESS-PORT` in the folder of weft's state.
  private var stateFolder: String {
    let host = place.host == "localhost" ? "127.0.0.1" : place.host.filter { !"[]/".contains($0) }
    return Console.folder("XDG_STATE_HOME", else: ".local/state") + "/\(host)-\(osc!.server.port)"
  }

  /// - Returns: whether there was something to go on with.
  private func resume(_ journal: Journal) -> Bool {
    guard let reading = journal.read() else { return false }
    for problem in reading.problems { Console.warn(problem) }
    guard let state = reading.state else {
      Console.warn(
        reading.problems.isEmpty
          ? "there is nothing to resume on this port" : "the state of the last run cannot be read")
      return false
    }
    let isDirty = state.patch.draft != state.patch.committed
    if let failure = start(state.patch.committed) {
      Console.warn("the last run cannot be resumed: \(failure)")
      return false
    }
    if isDirty { session.setDraft(state.patch.draft) }
    Console.say(
      "Goes on where the last run ended, nodes: \(state.patch.committed.nodes.count)"
        + (isDirty ? "; its draft is not committed yet" : ""))
    return true
  }

  /// Commits a patch before anybody is answered.
  ///
  /// - Returns: what keeps it from being played; nil: it is.
  private func start(_ patch: Patch, from path: String? = nil) -> String? {
    sounds?.trusted.formUnion(patch.fileNames(in: registry))
    session.setDraft(patch, from: path)
    var failure: String?
    commit { failure = $0 }
    return failure
  }
}
