import ModuleKit
import TestSupport
import Testing

/// The search for modules by what people call them.
@Suite struct ModuleSearchTests {
  private static let search = ModuleSearch(KernelRig.registry.modules.values.sorted { $0.name < $1.name })

  @Test(arguments: [
    ("lowpass", ["svf", "biquad", "ladder", "onepole"]), ("lpf", ["svf", "biquad", "onepole"]),
    ("low-pass filter", ["svf", "biquad"]), ("filter", ["svf", "biquad", "ladder"]), ("eq", ["biquad"]),
    ("oscillator", ["saw", "sine", "pulse", "triangle", "fm"]), ("vco", ["saw", "pulse", "wavetable"]),
    ("env", ["adsr", "ar", "decay"]), ("envelope", ["adsr", "decay"]), ("phasor~", ["saw", "lfo"]), ("osc~", ["sine"]),
    ("bitcrusher", ["distortion"]), ("overdrive", ["distortion"]), ("echo", ["delay"]), ("VCA", ["gain"]),
    ("SinOsc", ["sine"]), ("FreeVerb", ["reverb"]), ("RLPF", ["svf"]), ("S&H", ["sample-hold"]),
    ("portamento", ["slew"]),
    ("tb-303", ["acid"]), ("moog", ["ladder"]), ("supersaw", ["super"]), ("ring modulator", ["ring"]),
    ("impulse response", ["convolve"]), ("sidechain", ["compressor"]), ("arpeggiator", ["sequencer"]),
    ("HRTF", ["spatial"]),
    ("MIDI CC", ["cc"]), ("PlayBuf", ["sampler"]), ("noise~", ["noise"]), ("VCF", ["svf", "ladder"]), ("hpf", ["svf"]),
    ("crush", ["distortion"]), ("ping-pong", ["delay"]), ("Karplus-Strong", ["pluck"]),
  ])
  func searchFindsModulesByCommonNames(word: String, wanted: [String]) {
    let found = Self.search.matches(for: word).map(\.module.name)
    for name in wanted { #expect(found.contains(name), "\(word): \(found)") }
  }

  @Test func ownNameComesFirstAndNonsenseFindsNothing() {
    for name in KernelRig.registry.names { #expect(Self.search.matches(for: name).first?.module.name == name) }
    #expect(Self.search.matches(for: "zzqx").isEmpty && Self.search.matches(for: " ").isEmpty)
  }

  /// Names are listed once, without blanks around them.
  @Test(arguments: KernelRig.registry.names) func otherNamesAreDistinct(name: String) {
    let names = KernelRig.registry[name]!.about.otherNames
    for list in [names.words, names.superCollider, names.pureData, names.vcv, names.max].map(OtherNames.list) {
      #expect(Set(list).count == list.count, "\(list)")
      #expect(list.allSatisfy { !$0.isEmpty && !$0.hasPrefix(" ") && !$0.hasSuffix(" ") }, "\(list)")
    }
    #expect(!names.words.isEmpty)
  }
}
