import DSP

/// A module of which eight nodes of one voice can be rendered in one step, side by side in lanes.
///
/// The nodes keep their states as they are; the step takes what it needs of them and gives it back at the end of the
/// block. So a node goes into a pack, and leaves it, between any two blocks.
public protocol PackedModule: Module where L == Float {
  /// The same module in lanes.
  associatedtype Eight: Module where Eight.L == Voices

  /// The switches at the end of the state, which are of no lane, but of all eight.
  static var shared: [PartialKeyPath<Self>] { get }

  /// True if they can be rendered in one step while cables move their parameters.
  static var canBeMoved: Bool { get }

  /// True if one node is work enough for lanes while no cable moves its parameters: not where eight frames of one voice
  /// are rendered side by side.
  static var isHeavyAtRest: Bool { get }

  /// [audio] Renders `io.frames` frames of eight nodes, each in its lane, to within 10⁻⁶ of what they make one by one.
  ///
  /// As it is, it brings the states into lanes, lets `Eight` render, and takes them back: right for a state that
  /// consists of numbers of one lane each, and then of what is `shared`.
  /// - Returns: false, and nothing has happened, where they must be rendered one by one this time.
  static func processEight(_ nodes: PackedNodes<Self>, _ io: ModuleIO<Eight>) -> Bool
}

extension PackedModule {
  public static var shared: [PartialKeyPath<Self>] { [] }
  public static var canBeMoved: Bool { true }
  public static var isHeavyAtRest: Bool { true }

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

  /// The first numbers of each state, side by side in lanes.
  @inlinable @inline(__always)
  public func gather(_ count: Int, into lanes: UnsafeMutablePointer<Voices>) {
    Weave.words(count, of: packed.pointee.states, to: lanes)
  }

  /// The reverse.
  @inlinable @inline(__always)
  public func scatter(_ count: Int, from lanes: UnsafePointer<Voices>) {
    Weave.words(count, from: lanes, to: packed.pointee.states)
  }

  /// True if what all lanes share is the same in all nodes, and the state is of a form that goes into lanes.
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

  /// Puts what lane 0 has of it into all lanes.
  @inlinable @inline(__always) func share() {
    let form = packed.pointee.form
    if form.sharedMask == 0 { return }
    let word = packed.pointee.lanes.assumingMemoryBound(to: SIMD8<UInt32>.self) + form.sharedOffset / 4
    word.pointee = SIMD8(repeating: word.pointee[0])
  }
}

/// How the state of a module goes into lanes.
public struct PackedForm: Sendable {
  /// Bytes of the state in lanes.
  public let bytes: Int
  /// True if every word of the state has its place in each lane.
  public let isPlain: Bool
  /// True if there is any.
  public let hasState: Bool
  /// See `PackedModule`.
  public let canBeMoved, isHeavyAtRest: Bool
  /// The word that holds the switches, and the bytes of it that they are.
  @usableFromInline let sharedOffset: Int
  @usableFromInline let sharedMask: UInt32

  @usableFromInline init<M: PackedModule>(of type: M.Type) {
    let offsets = M.shared.map { MemoryLayout<M>.offset(of: $0)! }
    let words = (MemoryLayout<M>.size + 3) / 4, room = words * MemoryLayout<Voices>.stride
    sharedOffset = (offsets.first ?? 0) & ~3
    sharedMask = offsets.reduce(0) { $0 | 0xff << (8 * UInt32($1 & 3)) }
    hasState = words > 0
    canBeMoved = M.canBeMoved
    isHeavyAtRest = M.isHeavyAtRest
    bytes = max(room, MemoryLayout<M.Eight>.stride)
    // Switches fill the last word in part; in lanes they are followed by nothing either.
    let isLast = offsets.allSatisfy { $0 / 4 == words - 1 }
    isPlain = isLast && (MemoryLayout<M.Eight>.size + 31) & ~31 == room
  }
}

/// What the process of a pack is given as its state.
public struct PackedStates {
  /// Eight, by lane.
  public var states: UnsafeMutablePointer<UnsafeMutableRawPointer?>
  /// Room for the states in lanes.
  public var lanes: UnsafeMutableRawPointer
  public var form: PackedForm
  /// True if the last call has rendered them.
  public var areRendered = false

  public init(
    _ states: UnsafeMutablePointer<UnsafeMutableRawPointer?>, lanes: UnsafeMutableRawPointer, form: PackedForm
  ) {
    self.states = states
    self.lanes = lanes
    self.form = form
  }
}

/// How eight nodes of a module are rendered in one step.
public enum Packing: Sendable {
  /// They are not.
  case none
  /// It keeps nothing from block to block: eight nodes are what eight voices are.
  case pure
  /// Its state is `PackedStates`.
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
