import DSP
import ModuleKit
import TestSupport
import Testing

/// Kernels specialised by the compiler for a lane type, against generic code that looks its types up at run time.
///
/// Compared with a reference module that is measured in alternation: a slower machine, or a shared one, is slower for
/// both. Generic code is found by its time where a kernel does as much as an oscillator of a few partials; smaller ones
/// break the real-time rules, which is another law.
@Suite struct SpecialisationTests {
  static let reference = "svf"
  /// Usual cost in multiples of the reference, for modules more expensive than most.
  private static let usual = ["reverb": 13.0, "distortion": 10, "notches": 10, "additive": 6, "delay": 5, "super": 3]
  /// Ten times the usual cost: modules without an entry cost at most about twice the reference.
  private static func bound(_ name: String) -> Double { 10 * (usual[name] ?? 2) }

  private func relativeCost(of module: ModuleDescriptor) -> Double {
    let scene = Scene(choices: [:], motion: .gentle)
    let costs = leastCosts(of: [scene.rig(module, lanes: 8), scene.rig(Self.reference, lanes: 8)])
    return costs[0] / costs[1]
  }

  @Test(arguments: LawTests.names) func everyModuleIsSpecialised(name: String) {
    let cost = relativeCost(of: KernelRig.registry[name]!), bound = Self.bound(name)
    #expect(cost < bound, "\(cost) times the reference, at most \(bound)")
  }

  /// Proof that the check works: the same code passes where it is specialised, and is found where it is not.
  @Test func unspecialisedKernelIsFound() {
    let registry = Registry()
    registry.add(Partials<Float>.self, Partials<Voices>.self)
    registry.add(GenericPartials<Float>.self, GenericPartials<Voices>.self)
    let costs = ["partials", "generic_partials"].map { relativeCost(of: registry[$0]!) }
    print("partials: specialised \(costs[0]), generic \(costs[1]) times the reference")
    #expect(costs[0] < Self.bound("partials") && costs[1] > Self.bound("generic_partials"))
  }
}

private enum PartialsIn: Int, InputPort {
  case `in`
  var spec: ParamSpec { .audio("The phase in cycles") }
}
private enum PartialsOut: Int, OutputPort {
  case out
  var summary: String { "The sum" }
}

/// The sum of eight partials.
private struct Partials<L: Lane>: Module {
  typealias In = PartialsIn
  typealias Out = PartialsOut
  static var about: ModuleAbout { ModuleAbout("partials", .mixing, "Eight sines") }
  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    let x = io.input(.in), out = io.output(.out)
    for i in 0..<io.frames {
      var sum = L(0)
      for k in 1...8 { sum = sum + L.sine(cycles: x[i] * L(Float(k))) }
      out[i] = sum
    }
  }
}

/// The same, never specialised.
private struct GenericPartials<L: Lane>: Module {
  typealias In = PartialsIn
  typealias Out = PartialsOut
  static var about: ModuleAbout { ModuleAbout("generic_partials", .mixing, "Eight sines, generic code") }
  init(_ setup: ModuleSetup) {}

  @inline(never) @_semantics("optimize.sil.specialize.generic.never")
  mutating func process(_ io: ModuleIO<Self>) {
    let x = io.input(.in), out = io.output(.out)
    for i in 0..<io.frames {
      var sum = L(0)
      for k in 1...8 { sum = sum + L.sine(cycles: x[i] * L(Float(k))) }
      out[i] = sum
    }
  }
}
