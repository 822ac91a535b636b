import Glibc
import ModuleKit
import PatchKit
import TestSupport
import Testing

/// Files that are long, deep, cut or broken: refused, quickly and with a place.
@Suite(.serialized) struct PatchFileLimitTests {
  let r = testRegistry

  func read(_ bytes: [UInt8]) -> Result<Patch, PatchErrors> {
    do {
      return .success(try PatchFile.read(bytes, file: "p", in: r))
    } catch {
      return .failure(error)
    }
  }

  @Test func truncatedFilesAreRefused() {
    let bytes = Array(exampleText.utf8)
    for length in 0..<bytes.count - 2 {
      guard case .failure(let errors) = read(Array(bytes[..<length])) else {
        Issue.record("\(length) bytes were taken for a patch")
        continue
      }
      #expect(errors.errors.count == 1 && errors.errors[0].place.line != nil, "\(length): \(errors)")
    }
  }

  @Test func aHundredThousandMutations() {
    let bytes = Array(exampleText.utf8)
    let pieces = [
      "\"", "{", "}", "[", "]", ",", ":", "\\", "/", "/*", "//", "\n", "1e9", "null", "\u{0}", "osc", "-", "\\u",
    ]
    .map { Array($0.utf8) }
    var random = SeededRandom(state: 19)
    var taken = 0
    let time = processorTime {
      for _ in 0..<100_000 {
        var mutant = bytes
        for _ in 0..<Int.random(in: 1...4, using: &random) {
          let at = Int.random(in: 0..<mutant.count, using: &random)
          switch Int.random(in: 0..<5, using: &random) {
          case 0: mutant[at] = UInt8.random(in: 0...255, using: &random)
          case 1: mutant.remove(at: at)
          case 2: mutant.insert(contentsOf: pieces.randomElement(using: &random)!, at: at)
          case 3:
            let other = Int.random(in: 0..<mutant.count, using: &random)
            mutant.insert(contentsOf: Array(mutant[min(at, other)..<max(at, other)]), at: at)
          default: mutant.removeSubrange(at..<min(mutant.count, at + Int.random(in: 0...20, using: &random)))
          }
          if mutant.isEmpty { mutant = bytes }
        }
        switch read(mutant) {
        case .success(let patch):
          taken += 1
          if !patch.problems(in: r).isEmpty { Issue.record("\(String(decoding: mutant, as: UTF8.self))") }
        case .failure(let errors):
          let lines = errors.errors.dropLast(errors.errors.count > 100 ? 1 : 0)
          if lines.isEmpty || lines.contains(where: { $0.place.line == nil || $0.place.column == nil }) {
            Issue.record("\(errors) for \(String(decoding: mutant, as: UTF8.self))")
          }
        }
      }
    }
    #expect(taken > 1_000)
    #expect(time < .seconds(300), "\(time)")
  }

  @Test func deepNestingIsRefused() {
    for piece in ["[", "{\"a\":", "[{\"a\":"] {
      let text = "{\"weft\": 1, \"nodes\": " + String(repeating: piece, count: 100_000)
      guard case .failure(let errors) = read(Array(text.utf8)) else { return #expect(Bool(false)) }
      #expect(errors.errors.map(\.message) == ["nested deeper than 64"] && errors.errors[0].code == .limit)
    }
  }

  func big(nodes: Int, cables: Int, amount: String = "0.5") -> [UInt8] {
    var text = "{ \"weft\": 1, \"nodes\": {\n"
    for i in 0..<nodes {
      text += "\"node\(i)\": { \"type\": \"filt\", \"params\": { \"cutoff\": \(100 + i), \"hard\": true } },\n"
    }
    text += "}, \"cables\": [\n"
    for i in 0..<cables { text += "[\"node\(i % nodes)\", \"node\((i + 1 + i / nodes) % nodes)/in\", \(amount)],\n" }
    return Array((text + "]}").utf8)
  }

  @Test func theLargestPatchReadsQuickly() throws {
    let bytes = big(nodes: 4_096, cables: 65_536)
    var patch = Patch(), text = ""
    let reading = try processorTime { patch = try read(bytes).get() }
    let writing = processorTime { text = PatchFile.text(of: patch, in: r) }
    #expect(patch.nodes.count == 4_096 && patch.cables.count == 65_536)
    #expect(reading < .seconds(20) && writing < .seconds(20), "\(reading) \(writing)")
    #expect(try read(Array(text.utf8)).get() == patch)
    print("largest patch: read \(reading), written \(writing)")
  }

  @Test func sixtyMegabytesOfValuesTakeLittleMemory() {
    let text = "{\"weft\": 1, \"cables\": [" + String(repeating: "1,", count: 30_000_000) + "]}"
    guard case .failure(let errors) = read(Array(text.utf8)) else { return #expect(Bool(false)) }
    #expect(errors.errors.map(\.message) == ["more than 1000000 values: no patch has so many"])
  }

  @Test func filesBeyondTheLimitsGiveOneError() {
    guard case .failure(let nodes) = read(big(nodes: 100_000, cables: 1)) else { return #expect(Bool(false)) }
    #expect(nodes.description == "p:1:14: error: nodes: 100000 nodes; a patch has at most 4096")
    guard case .failure(let cables) = read(big(nodes: 1_000, cables: 100_000)) else { return #expect(Bool(false)) }
    #expect(cables.description == "p:1002:4: error: cables: 100000 cables; a patch has at most 65536")
  }

  @Test func manyErrorsAreRefusedQuickly() {
    let bytes = big(nodes: 4_096, cables: 65_536)
    let wrong = Array(String(decoding: bytes, as: UTF8.self).replacing("/in", with: "z").utf8)
    let time = processorTime {
      guard case .failure(let errors) = read(wrong) else { return #expect(Bool(false)) }
      #expect(errors.errors.count == 101)
      #expect(errors.errors.last?.message == "the first 100 errors are listed; there may be more")
      #expect(errors.errors[0].suggestions.count == 3)
    }
    print("100 errors among 4,096 names: \(time)")
    #expect(time < .seconds(20), "\(time)")
  }

  @Test func aHugeFileIsRefusedByItsSize() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/huge.weft"
    let file = open(path, O_WRONLY | O_CREAT, 0o600)
    ftruncate(file, 100_000_000)
    close(file)
    let read = bytesRead {
      #expect { try PatchFile.read(path: path, in: r) } throws: {
        "\($0)" == "\(path): error: it is longer than 64 MiB"
      }
    }
    #expect(read ?? 0 < 65 << 20, "\(read ?? 0) bytes were read")
    #expect {
      try PatchFile.read(path: "/dev/zero", in: r, acceptsPipes: true)
    } throws: {
      "\($0)".contains("longer than 64 MiB")
    }
    #expect { try PatchFile.read(path: "/dev/zero", in: r) } throws: { "\($0)".contains("not a plain file") }
  }
}
