import DSP

/// A module of which eight mono nodes can be rendered in one step, in lanes.
///
/// The nodes keep their states; the step reads them and writes them back at the end of the block. So a node can enter
/// or leave a pack between any two blocks.
public protocol PackedModule: Module where L == Float {
  /// The same module in lanes.
  associatedtype Eight: Module where Eight.L == Voices

  /// The switches at the end of the state, which are shared by all eight lanes.
  static var shared: [PartialKeyPath<Self>] { get }

  /// True if packs support moving parameters.
  static var canBeMoved: Bool { get }

  /// True if one node with constant parameters is worth packing: not where eight frames of one voice are rendered in
  /// one vector.
  static var isHeavyWhenConstant: Bool { get }

  /// [audio] Renders `io.frames` frames of eight nodes, each in its lane, equal to single nodes within 10⁻⁶.
  ///
  /// The default transposes the states into lanes, renders with `Eight`, and transposes them back: correct for a state
  /// of numbers with one value per lane, followed by the `shared` switches.
  /// - Returns: false, without an effect, where this block must be rendered node by node.
  static func processEight(_ nodes: PackedNodes<Self>, _ io: ModuleIO<Eight>) -> Bool
}

extension PackedModule {
  public static var shared: [PartialKeyPath<Self>] { [] }
  public static var canBeMoved: Bool { true }
  public static var isHeavyWhenConstant: Bool { true }

  @inlinable @inline(__always)
  public static func processEight(_ nodes: PackedNodes<Self>, _ io: ModuleIO<Eight>) -> Bool {
    guard nodes.agree else { return false }
    let words = (MemoryLayout<Self>.size + 3) / 4, lanes = nodes.packed.pointee.lanes
    Weave.words(words, of: nodes.packed.pointee.states, to: lanes)
    lanes.assumingMemoryBound(to: Eight.self).pointee.process(io)
    nodes.share()
    Weave.words(words, from: lanes, to: nodes.packed.pointee.states)
    return true
  }
}

/// The states of eight nodes.
public struct PackedNodes<M: PackedModule> {
  @usableFromInline let packed: UnsafeMutablePointer<PackedStates>

  @inlinable @inline(__always) init(_ packed: UnsafeMutablePointer<PackedStates>) { self.packed = packed }

  @inlinable @inline(__always)
  public subscript(lane: Int) -> UnsafeMutablePointer<M> {
    packed.pointee.states[lane]!.assumingMemoryBound(to: M.self)
  }

  /// Transposes the first numbers of each state into lanes.
  @inlinable @inline(__always)
  public func gather(_ count: Int, into lanes: UnsafeMutablePointer<Voices>) {
    Weave.words(count, of: packed.pointee.states, to: lanes)
  }

  /// The reverse.
  @inlinable @inline(__always)
  public func scatter(_ count: Int, from lanes: UnsafePointer<Voices>) {
    Weave.words(count, from: lanes, to: packed.pointee.states)
  }

  /// True if the shared switches are equal in all nodes, and the state can be transposed.
  @inlinable @inline(__always) var agree: Bool {
    let form = packed.pointee.form, states = packed.pointee.states
    guard form.isPlain else { return false }
    if form.sharedMask == 0 { return true }
    let first = states[0]!.load(fromByteOffset: form.sharedOffset, as: UInt32.self)
    var difference: UInt32 = 0
    for lane in 1..<Voices.count {
      difference |= first ^ states[lane]!.load(fromByteOffset: form.sharedOffset, as: UInt32.self)
    }
    return difference & form.sharedMask == 0
  }

  /// Copies the shared switches of lane 0 to all lanes.
  @inlinable @inline(__always) func share() {
    let form = packed.pointee.form
    if form.sharedMask == 0 { return }
    let word = packed.pointee.lanes.assumingMemoryBound(to: SIMD8<UInt32>.self) + form.sharedOffset / 4
    word.pointee = SIMD8(repeating: word.pointee[0])
  }
}

/// Layout of the state of a module in lanes.
public struct PackedForm: Sendable {
  /// Bytes of the state in lanes.
  public let bytes: Int
  /// True if every word of the state has one value per lane.
  public let isPlain: Bool
  /// True if the module has state.
  public let hasState: Bool
  /// See `PackedModule`.
  public let canBeMoved, isHeavyWhenConstant: Bool
  /// The word with the switches, and a mask of their bytes.
  @usableFromInline let sharedOffset: Int
  @usableFromInline let sharedMask: UInt32

  @usableFromInline init<M: PackedModule>(of type: M.Type) {
    let offsets = M.shared.map { MemoryLayout<M>.offset(of: $0)! }
    let words = (MemoryLayout<M>.size + 3) / 4, room = words * MemoryLayout<Voices>.stride
    sharedOffset = (offsets.first ?? 0) & ~3
    sharedMask = offsets.reduce(0) { $0 | 0xff << (8 * UInt32($1 & 3)) }
    hasState = words > 0
    canBeMoved = M.canBeMoved
    isHeavyWhenConstant = M.isHeavyWhenConstant
    bytes = max(room, MemoryLayout<M.Eight>.stride)
    // Switches fill the last word in part; in lanes nothing follows them either.
    let isLast = offsets.allSatisfy { $0 / 4 == words - 1 }
    isPlain = isLast && (MemoryLayout<M.Eight>.size + 31) & ~31 == room
  }
}

/// State argument of a pack's process.
public struct PackedStates {
  /// The eight states, by lane.
  public var states: UnsafeMutablePointer<UnsafeMutableRawPointer?>
  /// Memory for the states in lanes.
  public var lanes: UnsafeMutableRawPointer
  public var form: PackedForm
  /// True if the last call rendered them; false if it declined.
  public var areRendered = false

  public init(
    _ states: UnsafeMutablePointer<UnsafeMutableRawPointer?>, lanes: UnsafeMutableRawPointer, form: PackedForm
  ) {
    self.states = states
    self.lanes = lanes
    self.form = form
  }
}

/// Support for rendering eight nodes of a module in one step.
public enum Packing: Sendable {
  /// Not supported.
  case none
  /// Stateless: eight nodes are rendered as eight voices.
  case pure
  /// With state: `PackedStates`.
  case eight(Process, PackedForm)
}

@inlinable @inline(__always)
func packing<M: PackedModule>(_ type: M.Type) -> Packing {
  .eight(
    { state, inputs, outputs, context in
      let packed = state.assumingMemoryBound(to: PackedStates.self)
      packed.pointee.areRendered = M.processEight(
        PackedNodes<M>(packed), ModuleIO<M.Eight>(inputs: inputs, outputs: outputs, context: context))
    }, PackedForm(of: type))
}
