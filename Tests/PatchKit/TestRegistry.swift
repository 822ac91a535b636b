import DSP
import ModuleKit

// Modules with every kind of port, so that the rules are tested without the catalogue.

/// A registry of test modules: `tone`, `filt`, `loop`, `sink`.
let testRegistry: Registry = {
  let registry = Registry()
  registry.add(Tone<Float>.self, Tone<Voices>.self)
  registry.add(Filt<Float>.self, Filt<Voices>.self)
  registry.add(Loop<Float>.self, Loop<Voices>.self)
  registry.add(Sink<Float>.self, Sink<Voices>.self)
  precondition(registry.refusals.isEmpty, "\(registry.refusals)")
  return registry
}()

struct Tone<L: Lane>: Module {
  enum In: Int, InputPort {
    case frequency, gain, phase, shape, steps, sync
    var spec: ParamSpec {
      switch self {
      case .frequency: .frequency()
      case .gain: .gain()
      case .phase: .amount("Shift", default: 0, range: -1...1, unit: .cycles)
      case .shape: .choice("Wave", ["sine", "saw", "square"], default: "sine", aliases: ["pulse": "square"])
      case .steps: .count("Steps", default: 4, range: 1...16)
      case .sync: .gate()
      }
    }
  }
  enum Out: Int, OutputPort {
    case out, side
    var summary: String { "Tone" }
  }
  static var about: ModuleAbout { ModuleAbout("tone", .oscillators, "Test tone") }
  init(_ setup: ModuleSetup) {}
  mutating func process(_ io: ModuleIO<Self>) {}
}

struct Filt<L: Lane>: Module {
  enum In: Int, InputPort {
    case cutoff, `in`, q, hard
    var spec: ParamSpec {
      switch self {
      case .cutoff: .cutoff()
      case .in: .audio("What is filtered")
      case .q: .resonance(range: 0...10)
      case .hard: .toggle("Clips")
      }
    }
  }
  enum Out: Int, OutputPort {
    case out
    var summary: String { "Filtered" }
  }
  static var about: ModuleAbout { ModuleAbout("filt", .filters, "Test filter") }
  init(_ setup: ModuleSetup) {}
  mutating func process(_ io: ModuleIO<Self>) {}
}

struct Loop<L: Lane>: Module {
  enum In: Int, InputPort {
    case `in`
    var spec: ParamSpec { .audio("What is delayed") }
  }
  enum Out: Int, OutputPort {
    case out
    var summary: String { "One quantum later" }
  }
  static var about: ModuleAbout { ModuleAbout("loop", .effects, "Test loop", latency: .always) }
  init(_ setup: ModuleSetup) {}
  mutating func process(_ io: ModuleIO<Self>) {}
}

struct Sink<L: Lane>: Module {
  enum In: Int, InputPort {
    case `in`
    var spec: ParamSpec { .audio("What is heard") }
  }
  typealias Out = NoOutputs
  static var about: ModuleAbout { ModuleAbout("sink", .mixing, "Test sink", voicing: .sums) }
  init(_ setup: ModuleSetup) {}
  mutating func process(_ io: ModuleIO<Self>) {}
}
