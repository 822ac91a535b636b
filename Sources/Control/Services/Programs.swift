import Engine
import Glibc
import PatchKit

/// The patches of a folder as MIDI programs.
public final class Programs {
  /// Programs in a bank.
  public static let perBank = 128

  /// The folder of patches for program changes; nil: program changes are ignored.
  public var folder: String?
  /// Called after a program change, with its failure if any.
  public var onChange: (_ path: String, _ failure: PatchError?) -> Void = { _, _ in }
  private unowned let session: Session

  init(_ session: Session) { self.session = session }

  /// The patch files of a folder, in the order of their names.
  ///
  /// - Throws: `.unreadable` with the system's reason.
  public static func files(in folder: String) throws(PatchError) -> [String] {
    guard let names = Folder.names(in: folder) else {
      throw PatchError(
        .unreadable, "cannot read the bank \(folder): \(String(cString: strerror(errno)))", at: Place(file: folder))
    }
    return names.filter { $0.hasSuffix(".json") && !$0.hasPrefix(".") }.sorted().map { folder + "/" + $0 }
  }

  /// Loads a patch of the folder and commits it; the two are crossfaded.
  func load(_ program: Int, bank: Int, _ call: Call) throws(PatchError) {
    guard let folder else {
      throw PatchError(.nothingToDo, "there is no bank of patches; weft play --bank names a folder")
    }
    guard (0..<Programs.perBank).contains(program), (0..<1 << 14).contains(bank) else {
      throw PatchError(.range, "a program is 0 to \(Programs.perBank - 1), a bank 0 to 16383")
    }
    let files = try Programs.files(in: folder), number = bank * Programs.perBank + program
    guard number < files.count else {
      throw PatchError(
        .range, "there is no program \(program) in bank \(bank): \(folder) holds \(files.count) patches")
    }
    let patch: Patch
    do throws(PatchErrors) {
      patch = try PatchFile.read(path: files[number], in: session.registry)
    } catch { throw error.asOne }
    try session.store.attempt { () throws(PatchError) in
      session.store.replaceDraft(with: patch, by: session.client(of: call))
      session.didLoad(files[number])
      try session.commits.commit(call, ramp: PlanPublisher.usualRamp)
    }
    onChange(files[number], nil)
  }

  /// Loads the program of a program change; ignored without a folder.
  func change(to program: Int, bank: Int) {
    guard folder != nil else { return }
    let call = Call(own: "/midi/program")
    do throws(PatchError) {
      try load(program, bank: bank, call)
    } catch {
      session.fail(call, error)
      onChange("", error)
    }
  }
}
