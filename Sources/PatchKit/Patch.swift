import Glibc
import ModuleKit

/// A patch: nodes, parameter values, cables and voices. A value: compared, diffed, saved, undone.
public struct Patch: Equatable, Sendable {
  public var name = ""
  public var about = ""
  /// Polyphony, 1 … `Limits.voices`.
  public var voices = 1
  /// The tuning of the keys; nil: equal temperament.
  public var tuning: Tuning?
  /// The nodes by id.
  public var nodes: [String: PatchNode] = [:]
  /// The amount (gain) of each cable.
  public var cables: [Cable: Float] = [:]
  /// The MIDI mappings, by parameter.
  public var controls: [PortAddress: MidiControl] = [:]

  /// True if parallel paths of different latency are aligned; those of files of format 1 are not.
  public var compensatesLatency = true
  /// The snapshots of all parameters, by name.
  public var snapshots: [String: Snapshot] = [:]
  /// The macros, in the order in which they are shown.
  public var macros: [Macro] = []
  /// The frames of a drawing.
  public var frames: [Frame] = []
  /// Foreign keys (`x-`), as JSON text.
  public var extras: [String: String] = [:]

  public init() {}

  /// The limits of a patch; more is an error, not a crash.
  public enum Limits {
    public static let nodes = 4_096
    public static let cables = 65_536
    public static let controls = 1_024
    public static let voices = 512
    public static let snapshots = 1_000
    public static let macros = 256, macroTargets = 256, macroPoints = 64
    public static let frames = 1_024
    /// Bytes of a label, and the largest coordinate of a drawing.
    public static let labelBytes = 256, coordinate: Float = 1e6
    public static let fileBytes = 64 << 20
    /// Memory unless another limit is set: a quarter of the machine's.
    public static let memoryBytes = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE)) / 4
  }
}

/// One node: its module and the parameters that differ from their defaults.
public struct PatchNode: Equatable, Sendable {
  public var type: String
  /// The values that were set, by parameter name; others have their defaults.
  public var params: [String: ParamValue]
  /// True if the module may be missing from the registry: the node is then silent, and saved back with its parameters
  /// and cables as they were read.
  public var isPlaceholder: Bool
  /// Its place on a drawing; nil: none was given.
  public var position: NodePosition?
  /// The text that a person sees; empty: its id.
  public var label = ""
  /// Foreign keys (`x-`), as JSON text.
  public var extras: [String: String] = [:]

  public init(type: String, params: [String: ParamValue] = [:], isPlaceholder: Bool = false) {
    self.type = type
    self.params = params
    self.isPlaceholder = isPlaceholder
  }

  /// Module and parameters alone.
  public var undrawn: PatchNode { PatchNode(type: type, params: params, isPlaceholder: isPlaceholder) }
}

/// The value of a parameter: a number, the state of a switch, or the name of a choice.
public enum ParamValue: Hashable, Sendable {
  case number(Float)
  case bool(Bool)
  case text(String)
}

/// One port of one node, written `node/port`; `node` alone for the main port of a placeholder, whose
/// name is known to the missing module alone (`port` is then empty).
public struct PortAddress: Hashable, Comparable, Sendable, CustomStringConvertible {
  public var node: String
  public var port: String

  public init(_ node: String, _ port: String) {
    self.node = node
    self.port = port
  }

  public var description: String { port.isEmpty ? node : "\(node)/\(port)" }
  public static func < (a: PortAddress, b: PortAddress) -> Bool {
    a.node == b.node ? a.port < b.port : a.node < b.node
  }
}

/// A connection from an output to an input, both named in full. The patch stores its amount.
public struct Cable: Hashable, Comparable, Sendable, CustomStringConvertible {
  public var source: PortAddress
  public var destination: PortAddress

  public init(_ source: PortAddress, _ destination: PortAddress) {
    self.source = source
    self.destination = destination
  }

  public var description: String { "\(source) -> \(destination)" }
  public static func < (a: Cable, b: Cable) -> Bool {
    a.source == b.source ? a.destination < b.destination : a.source < b.source
  }
}
