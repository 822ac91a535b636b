import CModuleList
import DSP
import Synchronization

/// Everything that is known of one module: what the whole program derives from.
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
  /// What takes long to make of a sound that it names.
  public let preparation: (@Sendable (SoundBuffer) -> Void)?
  /// What the state is made of, in words: where two builds of a module say the same, one can go on with the other's.
  public let layout: @Sendable () -> String
  /// Grows when the module is put in the place of an older one of its name.
  public internal(set) var generation = 0

  public var name: String { about.name }
  public func input(named name: String) -> Int? { inputs.firstIndex { $0.name == name } }
  public func output(named name: String) -> Int? { outputs.firstIndex { $0.name == name } }
  /// The input that a cable without a port name ends at: the first plain audio input, else the first input.
  public var mainInput: Int? {
    inputs.firstIndex { $0.type == .signal } ?? inputs.firstIndex { $0.isPatchable }
  }
}

public struct OutputSpec: Sendable, Equatable {
  public let name: String
  public let summary: String
  public let range: ClosedRange<Float>?
}

/// What a module file puts into the linker section "weft_modules".
public typealias ModuleRegistration = @convention(c) (UnsafeMutableRawPointer) -> Void

/// The modules of this program, validated, by name. Read by any thread; others are added by the control thread.
public final class Registry: @unchecked Sendable {
  /// Where modules of others are found.
  public struct Finder {
    /// The names of those that are there.
    public var names: () -> [String]
    /// Loads the one of that name, where there is one; why it is refused.
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
  /// [control] Where modules that are named and not there are looked for.
  public var finder: Finder?
  private var reasons: [String: String] = [:]

  public init() {}

  public var modules: [String: ModuleDescriptor] { content.withLock { $0.modules } }
  /// One line for each module that was refused, with the rule that it breaks.
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

  /// [control] Takes what a library registers.
  ///
  /// - Parameter replacing: whether a module may take the place of one of its name.
  /// - Returns: the names of the modules that were taken.
  public func register(_ entries: UnsafeBufferPointer<ModuleRegistration?>, replacing: Bool) -> [String] {
    content.withLock { ($0.added, $0.isReplacing) = ([], replacing) }
    let opaque = Unmanaged.passUnretained(self).toOpaque()
    for entry in entries { entry?(opaque) }
    return content.withLock { content in
      content.isReplacing = false
      return content.added
    }
  }

  /// [control] The module of that name, loaded where it is not there yet.
  public func find(_ name: String) -> ModuleDescriptor? {
    if let module = self[name] { return module }
    reasons[name] = finder?.load(name)
    return self[name]
  }

  /// [control] Why the module of that name is there and was not taken; nil where none is there.
  public func refusal(of name: String) -> String? { reasons[name] }

  public static func from(_ opaque: UnsafeMutableRawPointer) -> Registry {
    Unmanaged<Registry>.fromOpaque(opaque).takeUnretainedValue()
  }

  /// The names of all modules, those that would be loaded included, sorted.
  public var names: [String] { Set(modules.keys).union(finder?.names() ?? []).sorted() }
  public subscript(name: String) -> ModuleDescriptor? { content.withLock { $0.modules[name] } }

  /// Called from the registration line of a module file, where both types are concrete: the kernels
  /// are specialised here.
  @inlinable @inline(__always)
  public func add<A: Module, B: Module>(_ one: A.Type, _ eight: B.Type) where A.L == Float, B.L == Voices {
    insert(A.self, mono: kernelFactory(A.self), poly: kernelFactory(B.self), packing: A.about.isPure ? .pure : .none)
  }

  /// The same for a module of which eight nodes can be rendered in one step.
  @inlinable @inline(__always)
  public func add<A: PackedModule, B: Module>(_ one: A.Type, _ eight: B.Type) where A.Eight == B {
    insert(A.self, mono: kernelFactory(A.self), poly: kernelFactory(B.self), packing: packing(A.self))
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

  /// Takes the module if it keeps every rule, else records why not.
  @usableFromInline func insert<M: Module>(
    _ type: M.Type, mono: @escaping KernelFactory, poly: @escaping KernelFactory, packing: Packing
  ) {
    var module = ModuleDescriptor(
      about: M.about, inputs: Self.inputs(of: M.In.self), outputs: Self.outputs(of: M.Out.self), mono: mono, poly: poly,
      packing: packing, preparation: M.preparation, layout: { stateLayout(of: M.self) })
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
