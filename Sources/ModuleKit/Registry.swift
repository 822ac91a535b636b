import CModuleList
import DSP

/// Everything that is known of one module: what the whole program derives from.
public struct ModuleDescriptor: Sendable {
  public let about: ModuleAbout
  public let inputs: [ParamSpec]
  public let outputs: [OutputSpec]
  /// One voice.
  public let mono: KernelFactory
  /// Eight voices in lanes.
  public let poly: KernelFactory

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
}

/// What a module file puts into the linker section "weft_modules".
public typealias ModuleRegistration = @convention(c) (UnsafeMutableRawPointer) -> Void

/// The modules of this program, validated, by name. Filled once, then only read: hence `Sendable`.
public final class Registry: @unchecked Sendable {
  public private(set) var modules: [String: ModuleDescriptor] = [:]
  /// One line for each module that was refused, with the rule that it breaks.
  public private(set) var refusals: [String] = []

  public init() {}

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

  public static func from(_ opaque: UnsafeMutableRawPointer) -> Registry {
    Unmanaged<Registry>.fromOpaque(opaque).takeUnretainedValue()
  }

  /// The names of all modules, sorted.
  public var names: [String] { modules.keys.sorted() }
  public subscript(name: String) -> ModuleDescriptor? { modules[name] }

  /// Called from the registration line of a module file, where both types are concrete: the kernels
  /// are specialised here.
  @inlinable @inline(__always)
  public func add<A: Module, B: Module>(_ one: A.Type, _ eight: B.Type) where A.L == Float, B.L == Voices {
    insert(
      about: A.about, inputs: Self.inputs(of: A.In.self), outputs: Self.outputs(of: A.Out.self),
      mono: kernelFactory(A.self), poly: kernelFactory(B.self))
  }

  @usableFromInline static func inputs<P: InputPort>(of list: P.Type) -> [ParamSpec] {
    list.allCases.map { port in
      var spec = port.spec
      spec.name = "\(port)"
      return spec
    }
  }

  @usableFromInline static func outputs<P: OutputPort>(of list: P.Type) -> [OutputSpec] {
    list.allCases.map { OutputSpec(name: "\($0)", summary: $0.summary) }
  }

  /// Takes the module if it keeps every rule, else records why not.
  @usableFromInline func insert(
    about: ModuleAbout, inputs: [ParamSpec], outputs: [OutputSpec], mono: @escaping KernelFactory,
    poly: @escaping KernelFactory
  ) {
    let module = ModuleDescriptor(about: about, inputs: inputs, outputs: outputs, mono: mono, poly: poly)
    var broken = module.brokenRules
    if modules[module.name] != nil { broken.append("its name is taken") }
    if broken.isEmpty {
      modules[module.name] = module
    } else {
      refusals.append("module \(module.name): " + broken.joined(separator: "; "))
    }
  }
}
