import PatchKit
import Testing
import Weft

/// Audio inputs, faults and threads of the engine as a library.
@Suite struct InstrumentInputTests {
  /// The patch's input, made twice as loud.
  private static let effect = """
    { "weft": 2, "nodes": { "in": { "type": "input" }, "loud": { "type": "gain", "params": { "gain": 2 } },
      "out": { "type": "output" } }, "cables": [["in", "loud"], ["loud", "out"]] }
    """

  @Test func audioInputsReachThePatch() throws {
    let instrument = try Instrument(patch: Self.effect, inputs: 2)
    #expect(instrument.sound.inputChannels == 2)
    let given = (0..<1_000).map { Float($0) / 4_000 }
    var left = [Float](repeating: .nan, count: 1_000), right = left
    given.withUnsafeBufferPointer { given in
      let inputs = [given.baseAddress, given.baseAddress]
      left.withUnsafeMutableBufferPointer { left in
        right.withUnsafeMutableBufferPointer { right in
          instrument.sound.process(
            inputs: inputs, left: left.baseAddress!, right: right.baseAddress!, frames: 1_000)
        }
      }
    }
    // The patch fades in.
    #expect(left[480...] == given.map { 2 * $0 }[480...] && right == left)
  }

  @Test func numbersOfInputsAreChecked() {
    #expect(throws: PatchErrors.self) { try Instrument(patch: Self.effect) }
    #expect(throws: PatchErrors.self) { try Instrument(inputs: 65) }
    #expect(throws: PatchErrors.self) { try Instrument(inputs: -1) }
  }

  @Test func faultsAreReportedWithTheirNode() throws {
    let instrument = try Instrument(patch: Self.effect, inputs: 1)
    var faults: [InstrumentFault] = []
    instrument.onFault = { faults.append($0) }
    let given = [Float](repeating: .nan, count: 256)
    var samples = [Float](repeating: 0, count: 512)
    for _ in 0..<4 {
      given.withUnsafeBufferPointer { given in
        samples.withUnsafeMutableBufferPointer { samples in
          let base = samples.baseAddress!
          instrument.sound.process(inputs: [given.baseAddress], left: base, right: base + 256, frames: 256)
        }
      }
    }
    #expect(faults.isEmpty, "only poll reports")
    instrument.poll()
    #expect(faults.contains { $0.kind == .notFinite && $0.node != nil }, "\(faults)")
    #expect(samples.allSatisfy { $0.isFinite })
    faults = []
    instrument.poll()
    #expect(faults.isEmpty, "each once")
  }

  @Test func twoThreadsAtOnceEndTheProgram() async {
    await #expect(processExitsWith: .failure) {
      let instrument = try Instrument()
      // A call within a call stands for a second thread.
      instrument.onFault = { _ in instrument.noteOff(voice: 1) }
      var samples = [Float](repeating: 0, count: 512)
      instrument.masterVolume = 16
      for voice in 1...32 { instrument.noteOn(voice: voice, frequency: 100, amplitude: 1) }
      for _ in 0..<100 {
        samples.withUnsafeMutableBufferPointer { samples in
          instrument.sound.process(left: samples.baseAddress!, right: samples.baseAddress! + 256, frames: 256)
        }
      }
      instrument.poll()
    }
  }
}
