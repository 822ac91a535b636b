import Foundation
import TestSupport
import Testing

/// The README's own code blocks, in the order of the page, against a program that plays on a JACK server.
@Suite struct ReadmeTests {
  private static let checkout = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  @Test func everyCommandOfTheReadmeRunsAndShowsTheRepliesOfThePage() throws {
    let page = try ReadmePage(Self.checkout.appending(path: "README.md").path)
    let shell = try ReadmeShell(checkout: Self.checkout)
    var count = 0
    for block in page.blocks where block.language == "" || block.language == "sh" {
      for command in ReadmePage.commands(of: block) {
        let place: Comment = "README.md:\(command.line): \(command.words)"
        count += 1
        if command.words.hasPrefix("make ") || command.words.hasPrefix("sudo make ") {
          let makefile = try String(contentsOf: Self.checkout.appending(path: "Makefile"), encoding: .utf8)
          let target = command.words.split(separator: "make ").last!.split(separator: " ")[0]
          #expect(makefile.contains("\n\(target):"), place)
          continue
        }
        // Libraries with modules need the symbols that a plain build does not export.
        if !hasMakeFlags, command.words.contains("module build") || command.words.contains("--dev") { continue }
        let run = try shell.run(command)
        let said: Comment = "README.md:\(command.line): \(command.words)\n\(run.output)\(run.errors)"
        if command.shown.isEmpty {
          #expect(run.status == 0, said)
        } else {
          let real = run.output.split(separator: "\n").map(String.init)
          #expect(real.count == command.shown.count, said)
          for (shown, real) in zip(command.shown, real) { #expect(ReadmePage.areAlike(shown, real), said) }
        }
      }
    }
    #expect(count > 30)
    shell.end()
  }

  @Test func packedStepOfTheReadmeIsWhatPlanShows() throws {
    let page = try ReadmePage(Self.checkout.appending(path: "README.md").path)
    let block = try #require(page.blocks.first { $0.text.contains("biquad × 8") })
    let nodes = (1...8).map { #""osc\#($0)": { "type": "saw" }, "peak\#($0)": { "type": "biquad" }"# }
    let cables = (1...8).map { #"["osc\#($0)", "peak\#($0)"]"# }
    let folder = try TemporaryFolder()
    try """
    { "weft": 1, "nodes": { \(nodes.joined(separator: ", ")) }, "cables": [\(cables.joined(separator: ", "))] }
    """.write(toFile: folder.path + "/chains.json", atomically: true, encoding: .utf8)
    let run = try WeftProcess.run("plan", folder.path + "/chains.json")
    #expect(run.output.contains(block.text), "\(run.output)\(run.errors)")
  }

  /// The engine in a program: compiled as it stands, linked with the library, run.
  @Test func instrumentExampleOfTheReadmeRuns() throws {
    let page = try ReadmePage(Self.checkout.appending(path: "README.md").path)
    let block = try #require(page.blocks.first { $0.language == "swift" && $0.text.contains("Instrument(") })
    let folder = try TemporaryFolder()
    try "import Weft\n\(block.text)\n".write(
      toFile: folder.path + "/main.swift", atomically: true, encoding: .utf8)
    let run = try WeftProcess.run(
      ["-euc", Self.build, "bash", WeftProcess.program.deletingLastPathComponent().path, folder.path],
      folder: Self.checkout, program: URL(fileURLWithPath: "/bin/bash"))
    #expect(run.status == 0, "\(run.output)\(run.errors)")
  }

  private static let build = """
    objects=$(grep -v '/Garden.build/' $1/weft-garden.product/Objects.LinkFileList)
    maps=$(for map in $1/*.build/module.modulemap Sources/C{KissFFT,SndFile,Sofa,Soxr}/module.modulemap; do
      echo "-Xcc -fmodule-map-file=$map"; done)
    swiftc -swift-version 6 $2/main.swift -I $1/Modules $maps $objects -lkissfft-float -lsndfile -lsoxr -lmysofa -o $2/example
    $2/example
    """

  /// The module of the README is built as its page shows it.
  @Test(.enabled(if: hasMakeFlags, "built without make: the program exports no symbols"))
  func moduleExampleOfTheReadmeBuilds() throws {
    let page = try ReadmePage(Self.checkout.appending(path: "README.md").path)
    let block = try #require(page.blocks.first { $0.language == "swift" && $0.text.contains("process(_ io:") })
    let folder = try TemporaryFolder()
    try block.text.write(toFile: folder.path + "/Fold.swift", atomically: true, encoding: .utf8)
    let run = try WeftProcess.run("module", "build", folder.path + "/Fold.swift", "-o", folder.path)
    #expect(run.status == 0 && run.output == folder.path + "/fold.so\n", "\(run.errors)")
  }
}
