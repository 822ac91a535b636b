import Engine
import Glibc
import PatchKit
import TestSupport
import Testing

/// The router reads a corner in every frame where the source of its cable moves at audio rate, and on the grid elsewhere.
@Suite struct AudioRateCutoffTests {
  /// 3 kHz through a filter whose corner is modulated; `modulator` makes the source of the cable.
  private func spectrum(_ filter: String, _ modulator: (EngineRig) -> String) throws -> PowerSpectrum {
    let rig = EngineRig()
    rig.create("osc", "sine", [("frequency", .number(3_000)), ("gain", .number(0.2))])
    rig.create("filt", filter, [("cutoff", .number(2_000))])
    rig.create("out", "output")
    rig.connect("osc", "filt")
    rig.connect("filt", "out/left")
    rig.connect(modulator(rig), "filt/cutoff", 0.5)
    try rig.commit()
    return PowerSpectrum(rig.render(1 << 15).suffix(1 << 14))
  }

  /// Side tones of 2 kHz are 1 and 5 kHz; a grid of 16 frames has 1 kHz instead.
  @Test(arguments: ["svf", "biquad", "ladder", "onepole", "crossover"]) func audioRateCutoffHasItsSideTones(
    filter: String
  ) throws {
    let direct = try spectrum(filter) {
      $0.create("mod", "sine", [("frequency", .number(2_000)), ("gain", .number(1))])
      return "mod"
    }
    // Through modules that pass it on.
    let passed = try spectrum(filter) {
      $0.create("mod", "sine", [("frequency", .number(2_000)), ("gain", .number(1))])
      $0.create("vca", "gain")
      $0.create("shape", "math")
      $0.connect("mod", "vca")
      $0.connect("vca", "shape")
      return "shape"
    }
    for spectrum in [direct, passed] {
      #expect(spectrum.level(at: 1_000) > spectrum.level(at: 3_000) - 30)
      #expect(spectrum.level(at: 4_000) < spectrum.level(at: 3_000) - 60)
    }
  }

  /// An LFO of 200 Hz is slow: its side tones are there, read on the grid.
  @Test func slowSourceIsReadOnTheGrid() throws {
    let slow = try spectrum("svf") {
      $0.create("mod", "lfo", [("rate", .number(200))])
      return "mod"
    }
    #expect(slow.level(at: 2_800) > slow.level(at: 3_000) - 30)
  }

  /// Eight equal filters share lanes only where their corners are slow.
  @Test func filtersWithAudioRateCutoffsAreNotPacked() throws {
    func packs(_ type: String) throws -> Int {
      let rig = EngineRig()
      rig.create("out", "output")
      for i in 0..<8 {
        rig.create("o\(i)", "saw")
        rig.create("m\(i)", type)
        rig.create("f\(i)", "svf")
        rig.connect("o\(i)", "f\(i)")
        rig.connect("m\(i)", "f\(i)/cutoff")
        rig.connect("f\(i)", "out")
      }
      return try PlanListing(rig.patch, registry: registry).steps.count { $0.work == "svf × 8" }
    }
    #expect(try packs("lfo") == 1 && packs("sine") == 0)
  }
}
