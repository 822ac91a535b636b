import CModuleList
import DSP
import Synchronization

/// Complete description of one module: the source for the whole program.
public struct ModuleDescriptor: Sendable {
  public let about: ModuleAbout
  public let inputs: [ParamSpec]
  public let outputs: [OutputSpec]
  /// One voice.
  public let mono: KernelFactory
  /// Eight voices in lanes.
  public let poly: KernelFactory
  /// Eight nodes of one voice.
  public let packing: Packing
  /// Renders several nodes in series: `ChainStates`. Nil: not supported.
  public let chaining: Process?
  /// Prepares slow derived data of a sound that a node names.
  public let preparation: (@Sendable (SoundBuffer) -> Void)?
  /// Sentences about a sound that is not what the module expects.
  public let soundProblems: (@Sendable (SoundBuffer) -> [String])?
  /// Frames by which the outputs lag the inputs, at a sample rate and with values by input.
  public let latencyFrames: @Sendable (_ sampleRate: Float, _ value: (Int) -> Float) -> Int
  /// With values by input: true if each voice behind the node is to have a random signal of its own.
  public let isRandom: @Sendable (_ value: (Int) -> Float) -> Bool
  /// A description of the state: two builds of a module with the same one can share a state.
  public let layout: @Sendable () -> String
  /// Incremented when the module replaces an older one of its name.
  public internal(set) var generation = 0

  public var name: String { about.name }
  public func input(named name: String) -> Int? { inputs.firstIndex { $0.name == name } }
  public func output(named name: String) -> Int? { outputs.firstIndex { $0.name == name } }
  /// The input of a cable without a port name: of a processor the signal, of a source the pitch, of an envelope or a
  /// sequencer the gate that comes first; nil: a cable names its port.
  public var mainInput: Int? {
    if let signal = inputs.firstIndex(where: { $0.type == .signal && !$0.isSync }) { return signal }
    let pitch = inputs.firstIndex(where: \.isPitch)
    let gate = inputs.firstIndex(where: \.isPatchable).flatMap { inputs[$0].modulation == .gate ? $0 : nil }
    return about.family.isSource ? pitch ?? gate : gate ?? pitch
  }
  /// The same in patch files of format 1: the first plain audio input, else the first input.
  public var mainInputOfFormatOne: Int? {
    let known = inputs.indices.filter { !inputs[$0].isUnknownToFormatOne }
    return known.first { inputs[$0].type == .signal } ?? known.first { inputs[$0].isPatchable }
  }
}

public struct OutputSpec: Sendable, Equatable {
  public let name: String
  public let summary: String
  public let range: ClosedRange<Float>?
}

/// Entry of a module file in the linker section "weft_modules".
public typealias ModuleRegistration = @convention(c) (UnsafeMutableRawPointer) -> Void

/// The validated modules of this program, by name. Read by any thread; modules are added by the control thread.
public final class Registry: @unchecked Sendable {
  /// Finds third-party modules.
  public struct Finder {
    /// The names of the available ones.
    public var names: () -> [String]
    /// Loads the module of that name, if available; returns the reason of a refusal.
    public var load: (_ name: String) -> String?

    public init(names: @escaping () -> [String], load: @escaping (String) -> String?) {
      self.names = names
      self.load = load
    }
  }

  private struct Content {
    var modules: [String: ModuleDescriptor] = [:]
    var refusals: [String] = []
    /// While a library is registered: the names that it adds.
    var added: [String] = []
    var isReplacing = false
  }
  private let content = Mutex(Content())
  /// [control] Finds modules that are named but not registered.
  public var finder: Finder?
  private var reasons: [String: String] = [:]

  public init() {}

  public var modules: [String: ModuleDescriptor] { content.withLock { $0.modules } }
  /// One line for each refused module, with the rule that it breaks.
  public var refusals: [String] { content.withLock { $0.refusals } }

  /// All modules that are linked into this program.
  public static func linked() -> Registry {
    let registry = Registry()
    var count = 0
    if let entries = weft_module_entries(&count) {
      let opaque = Unmanaged.passUnretained(registry).toOpaque()
      for i in 0..<count { entries[i]?(opaque) }
    }
    return registry
  }

  /// [control] Registers the modules of a library.
  ///
  /// - Parameter replacing: whether a module may replace one of its name.
  /// - Returns: the names of the registered modules.
  public func register(_ entries: UnsafeBufferPointer<ModuleRegistration?>, replacing: Bool) -> [String] {
    content.withLock { ($0.added, $0.isReplacing) = ([], replacing) }
    let opaque = Unmanaged.passUnretained(self).toOpaque()
    for entry in entries { entry?(opaque) }
    return content.withLock { content in
      content.isReplacing = false
      return content.added
    }
  }

  /// [control] The module of that name, loaded on demand.
  public func find(_ name: String) -> ModuleDescriptor? {
    if let module = self[name] { return module }
    reasons[name] = finder?.load(name)
    return self[name]
  }

  /// [control] The reason for which the available module of that name was refused; nil where there is none.
  public func refusal(of name: String) -> String? { reasons[name] }

  public static func from(_ opaque: UnsafeMutableRawPointer) -> Registry {
    Unmanaged<Registry>.fromOpaque(opaque).takeUnretainedValue()
  }

  /// The sorted names of all modules, including loadable ones.
  public var names: [String] { Set(modules.keys).union(finder?.names() ?? []).sorted() }
  public subscript(name: String) -> ModuleDescriptor? { content.withLock { $0.modules[name] } }

  /// Called from the registration line of a module file, where both types are concrete: the kernels are specialised
  /// here.
  @inlinable @inline(__always)
  public func add<A: Module, B: Module>(_ one: A.Type, _ eight: B.Type) where A.L == Float, B.L == Voices {
    insert(A.self, mono: kernelFactory(A.self), poly: kernelFactory(B.self), packing: A.about.isPure ? .pure : .none)
  }

  /// The same for a module of which eight nodes can be rendered in one step.
  @inlinable @inline(__always)
  public func add<A: PackedModule, B: Module>(_ one: A.Type, _ eight: B.Type) where A.Eight == B {
    insert(A.self, mono: kernelFactory(A.self), poly: kernelFactory(B.self), packing: packing(A.self))
  }

  /// The same for a module of which several nodes in series can be rendered in one step, too.
  @inlinable @inline(__always)
  public func add<A: PackedModule & ChainedModule, B: Module>(_ one: A.Type, _ eight: B.Type) where A.Eight == B {
    insert(
      A.self, mono: kernelFactory(A.self), poly: kernelFactory(B.self), packing: packing(A.self),
      chaining: chaining(A.self))
  }

  private static func inputs<P: InputPort>(of list: P.Type) -> [ParamSpec] {
    list.allCases.map { port in
      var spec = port.spec
      spec.name = "\(port)"
      return spec
    }
  }

  private static func outputs<P: OutputPort>(of list: P.Type) -> [OutputSpec] {
    list.allCases.map { OutputSpec(name: "\($0)", summary: $0.summary, range: $0.range) }
  }

  /// Adds the module if it keeps every rule, else records the reason.
  @usableFromInline func insert<M: Module>(
    _ type: M.Type, mono: @escaping KernelFactory, poly: @escaping KernelFactory, packing: Packing,
    chaining: Process? = nil
  ) {
    var module = ModuleDescriptor(
      about: M.about, inputs: Self.inputs(of: M.In.self), outputs: Self.outputs(of: M.Out.self), mono: mono, poly: poly,
      packing: packing, chaining: chaining, preparation: M.preparation, soundProblems: M.soundProblems,
      latencyFrames: { rate, value in M.latencyFrames(sampleRate: rate) { value($0.rawValue) } },
      isRandom: { value in M.isRandom { value($0.rawValue) } },
      layout: { stateLayout(of: M.self) })
    var broken = module.brokenRules
    content.withLock { content in
      if let old = content.modules[module.name] {
        if content.isReplacing { module.generation = old.generation + 1 } else { broken.append("its name is taken") }
      }
      if broken.isEmpty {
        content.modules[module.name] = module
        content.added.append(module.name)
      } else {
        content.refusals.append("module \(module.name): " + broken.joined(separator: "; "))
      }
    }
  }
}
