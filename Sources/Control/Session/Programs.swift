import Engine
import Glibc
import PatchKit

/// The patches of a folder as programs of MIDI.
public enum Programs {
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
}

extension Session {
  /// A bank holds so many programs.
  public static let programsABank = 128

  /// Loads a patch of the bank folder and commits it: what sounds goes over into it without a click.
  func loadProgram(_ program: Int, bank: Int, _ call: Call) throws(PatchError) {
    guard let folder = bankFolder else {
      throw PatchError(.nothingToDo, "there is no bank of patches; weft play --bank names a folder")
    }
    guard (0..<Session.programsABank).contains(program), (0..<1 << 14).contains(bank) else {
      throw PatchError(.range, "a program is 0 to \(Session.programsABank - 1), a bank 0 to 16383")
    }
    let files = try Programs.files(in: folder), number = bank * Session.programsABank + program
    guard number < files.count else {
      throw PatchError(
        .range, "there is no program \(program) in bank \(bank): \(folder) holds \(files.count) patches")
    }
    let patch: Patch
    do throws(PatchErrors) {
      patch = try PatchFile.read(path: files[number], in: registry)
    } catch { throw error.asOne }
    try store.attempt { () throws(PatchError) in
      store.replaceDraft(with: patch, by: client(of: call))
      try commit(call, ramp: PlanPublisher.usualRamp)
    }
    onProgram(files[number], nil)
  }

  /// A program change came in as MIDI. Without a bank it is nobody's.
  func chooseProgram(_ program: Int, bank: Int) {
    guard bankFolder != nil else { return }
    let call = Call(own: "/midi/program")
    do throws(PatchError) {
      try loadProgram(program, bank: bank, call)
    } catch {
      fail(call, error)
      onProgram("", error)
    }
  }
}
