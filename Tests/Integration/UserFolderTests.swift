import Foundation
import TestSupport
import Testing

/// The folders of the user's files.
@Suite struct UserFolderTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  /// Plays an example of the checkout; returns the reply to a save.
  private func save(_ name: String, _ environment: [String: String]) throws -> (reply: String, messages: String) {
    let weft = try PlayingWeft(root: nil, ["Patches/bass.json"], environment: environment)
    let reply = try weft.send("/patch/save", name).output
    let messages = weft.messages
    #expect(weft.end(SIGTERM).status == 0)
    return (reply, messages)
  }

  @Test func savesOfAPatchOfTheCheckoutGoToTheDataFolderAndRepliesNameThePath() throws {
    let data = folder.path + "/data"
    let weft = try PlayingWeft(root: nil, ["Patches/bass.json"], environment: ["XDG_DATA_HOME": data])
    let replies = try [
      weft.send("/patch/save", "mine.json").output, weft.send("/record/start", "take.wav").output,
      weft.send("/record/stop").output, weft.send("/preset/save", "filter", "warm").output,
      weft.send("/patch/load", "mine.json").output,
      // The patch's own folder, to read.
      weft.send("/patch/load", "drone.json").output,
    ]
    let real = try #require(realpath(data + "/weft", nil).map { String(cString: $0) })
    #expect(replies[0] == "/done /patch/save \(real)/mine.json\n")
    #expect(replies[1] == "/done /record/start \(real)/take.wav\n")
    #expect(replies[2].hasPrefix("/done /record/stop \(real)/take.wav "))
    #expect(replies[3].contains("/presets/svf/warm.json"), "\(replies[3])")
    #expect(replies[4].hasPrefix("/done /patch/load \(real)/mine.json "))
    #expect(replies[5].contains("/Patches/drone.json "), "\(replies[5])")
    #expect(weft.end(SIGTERM).status == 0)
    // By its name, from anywhere.
    #expect(try WeftProcess.run(["check", "mine"], environment: ["XDG_DATA_HOME": data]).status == 0)
  }

  @Test func anUnwritableHomeIsReportedWithWhatToDo() throws {
    // A file: no user can make a folder in it.
    try Data().write(to: URL(fileURLWithPath: folder.path + "/file"))
    let (reply, messages) = try save("mine.json", ["HOME": folder.path + "/file", "XDG_DATA_HOME": ""])
    #expect(messages.contains("nothing can be saved or recorded: "), "\(messages)")
    #expect(reply.hasPrefix("/fail /patch/save unwritable "), "\(reply)")
    #expect(reply.contains("set XDG_DATA_HOME or HOME, or give --root"), "\(reply)")
  }

  @Test func anUnsetHomeIsTheOneOfTheUsersAccount() throws {
    let account = String(cString: getpwuid(getuid()).pointee.pw_dir)
    let run = try WeftProcess.run(["patches", "--help"], environment: ["HOME": "", "XDG_DATA_HOME": ""])
    #expect(run.status == 0)
    let list = try WeftProcess.run(["patches"], environment: ["HOME": "", "XDG_DATA_HOME": ""])
    #expect(list.errors.contains("Your own: \(account)/.local/share/weft"), "\(list.errors)")
  }
}
