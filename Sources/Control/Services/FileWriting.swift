import ModuleKit
import PatchKit

/// Patch files on their way to the disk: written by a worker, in order, so that a slow disk delays no other client.
struct FileWriting {
  /// Maximum number of files that wait.
  static let limit = 64

  /// Runs work off the control thread, and its completion on it.
  public typealias Worker = (
    _ work: @escaping @Sendable () -> PatchError?, _ done: @escaping (PatchError?) -> Void
  ) -> Void
  /// nil: files are written at once, as when rendering.
  var worker: Worker?
  /// The number of the last file.
  private(set) var last = 0
  /// The files that are not written yet, by number.
  private(set) var paths: [Int: String] = [:]
  /// Requests that wait for files of others, in order, each behind the file of that number.
  private var waiting: [(id: AnyHashable?, behind: Int, perform: () -> Void)] = []

  var isBusy: Bool { !paths.isEmpty }
  /// True if a file up to that number is not written yet.
  func isPending(upTo number: Int) -> Bool { paths.keys.contains { $0 <= number } }

  mutating func begin(_ path: String) throws(PatchError) -> Int {
    guard paths.count < FileWriting.limit else {
      throw PatchError(.busy, "\(FileWriting.limit) files are being written already", at: Place(file: path))
    }
    last += 1
    paths[last] = path
    return last
  }

  /// - Returns: the requests that waited for it.
  mutating func end(_ number: Int) -> [() -> Void] {
    paths[number] = nil
    var ready: [() -> Void] = []
    while let first = waiting.first, !isPending(upTo: first.behind) {
      ready.append(first.perform)
      waiting.removeFirst()
    }
    return ready
  }

  /// Makes a request wait that reads files, or that follows such a request of its client.
  ///
  /// - Returns: false if it may be performed at once.
  mutating func hold(_ id: AnyHashable?, reads: Bool, _ perform: @escaping () -> Void) -> Bool {
    guard isBusy, reads || id != nil && waiting.contains(where: { $0.id == id }) else { return false }
    waiting.append((id, last, perform))
    return true
  }
}

extension Session {
  /// Has files written by a worker from now on.
  ///
  /// - Parameter post: runs work on the control thread.
  public func writeFiles(on queue: WorkQueue, post: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void) {
    files.writing.worker = { work, done in
      // Called on the control thread alone.
      nonisolated(unsafe) let done = done
      queue.add {
        let failure = work()
        post { done(failure) }
      }
    }
  }

  /// Writes a patch; answers `call` when it is on the disk.
  ///
  /// - Parameters:
  ///   - path: absolute; checked.
  ///   - source: the file whose comments are kept.
  ///   - replaces: whether a file may be there.
  ///   - done: called once, before the answer.
  func write(
    _ patch: Patch, to path: String, commentsOf source: String, replaces: Bool, _ call: Call, _ results: [OSCArgument],
    then done: @escaping (_ isWritten: Bool) -> Void = { _ in }
  ) throws(PatchError) -> Outcome {
    guard let worker = files.writing.worker else {
      do throws(PatchError) {
        try PatchFile.write(patch, to: path, in: registry, commentsOf: source, replaces: replaces)
      } catch {
        done(false)
        throw error
      }
      files.didUse(path)
      done(true)
      return .done(results)
    }
    let number: Int, registry = registry
    do throws(PatchError) { number = try files.writing.begin(path) } catch {
      done(false)
      throw error
    }
    worker({
      do throws(PatchError) {
        try PatchFile.write(patch, to: path, in: registry, commentsOf: source, replaces: replaces)
        return nil
      } catch { return error }
    }) { [unowned self] failure in
      done(failure == nil)
      if let failure {
        fail(call, failure)
      } else {
        files.didUse(path)
        call.done(results)
      }
      for request in files.writing.end(number) { request() }
    }
    return .replied
  }

  /// True if a message reads files: it must not overtake a file that is being written.
  static func readsFiles(_ message: OSCMessage) -> Bool {
    ["/patch/load", "/preset/load", "/preset/list", "/midi/program"].contains(message.address)
  }
}
