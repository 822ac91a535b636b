import Control
import Glibc
import Testing

/// `/tuner`, and measuring of modules.
@Suite struct TunerTests {
  private func notified(_ source: String, _ target: String = "eye") throws -> [Double] {
    let rig = SessionRig()
    for line in [
      "/patch/create osc \(source)", "/patch/create eye tuner", "/patch/create out output", "/patch/connect osc eye",
      "/patch/connect eye out", "/patch/commit",
    ] { rig.send(line) }
    rig.render(9_600)
    #expect(rig.send("/tuner \(target) on 10").last?.address == "/done")
    rig.render(24_000)
    let message = try #require(rig.replies.last { $0.address == "/notify/tuner" })
    #expect(message.arguments[0].text == target)
    return message.arguments.dropFirst().compactMap(\.number)
  }

  @Test(arguments: ["sine frequency 441", "saw frequency 82.4", "pulse frequency 1318.5", "triangle frequency 3500"])
  func tunerReportsThePitch(source: String) throws {
    let values = try notified(source + " gain 0.3"), hertz = Double(source.split(separator: " ")[2])!
    #expect(values.count == 3 && abs(1_200 * log2(values[0] / hertz)) < 3, "\(values)")
    #expect(abs(values[1] - (69 + 12 * log2(hertz / 440))) < 0.03 && values[2] > 0.9, "\(values)")
    #expect(abs(1_200 * log2(try notified(source + " gain 0.3", "out")[0] / hertz)) < 3)
  }

  @Test func tunerReportsNoClearPitchForNoise() throws {
    let values = try notified("noise gain 0.5")
    #expect(values[0] == 0 || values[2] < 0.6, "\(values)")
    #expect(try notified("constant value 0") == [0, 0, 0])
  }

  @Test(arguments: ["/scope", "/spectrum", "/meter"]) func meterModulesInAChainAreObserved(command: String) {
    let rig = SessionRig(), module = command.dropFirst()
    for line in [
      "/patch/create osc sine gain 0.5", "/patch/create eye \(module)", "/patch/create out output",
      "/patch/connect osc eye", "/patch/connect eye out", "/patch/commit",
    ] { rig.send(line) }
    rig.render(9_600)
    #expect(rig.send("\(command) eye on 10").last?.address == "/done")
    #expect(abs(rig.render(24_000).max()! - 0.5) < 1e-3)
    #expect(rig.replies.contains { $0.address == "/notify" + command })
  }
}
