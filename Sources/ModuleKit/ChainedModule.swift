import DSP

/// A module of which several mono nodes in series can be rendered in one step: each node's first output is the first
/// input of the next, and their other inputs are parameters without cables.
///
/// The nodes keep their states; the step reads them and writes them back. So a node can enter or leave a chain between
/// any two blocks.
public protocol ChainedModule: Module where L == Float {
  /// [audio] Renders a block of the chain.
  ///
  /// - Returns: false, without an effect on the sound, where this block must be rendered node by node.
  static func processChain(_ chain: NodeChain<Self>) -> Bool
}

/// Nodes in series.
public struct NodeChain<M: ChainedModule> {
  @usableFromInline let states: UnsafeMutablePointer<ChainStates>
  @usableFromInline let context: UnsafePointer<RenderContext>

  @inlinable @inline(__always)
  init(_ states: UnsafeMutablePointer<ChainStates>, _ context: UnsafePointer<RenderContext>) {
    (self.states, self.context) = (states, context)
  }

  @inlinable @inline(__always) public var count: Int { states.pointee.count }
  @inlinable @inline(__always) public subscript(node: Int) -> UnsafeMutablePointer<M> {
    states.pointee.nodes[node]!.assumingMemoryBound(to: M.self)
  }
  /// The states, one pointer per node.
  @inlinable @inline(__always) public var nodes: UnsafeMutablePointer<UnsafeMutableRawPointer?> {
    states.pointee.nodes
  }
  /// Inputs and outputs of one node.
  @inlinable @inline(__always) public func io(_ node: Int) -> ModuleIO<M> {
    ModuleIO(inputs: states.pointee.inputs[node], outputs: states.pointee.outputs[node], context: context)
  }
  /// The parameters are those of the last block, which this chain has rendered.
  @inlinable @inline(__always) public var isSteady: Bool {
    states.pointee.isRendered && context.pointee.isSteady && states.pointee.nextFrame == context.pointee.frame
  }
  /// The outputs of all nodes are read, not only that of the last one.
  @inlinable @inline(__always) public var needsAllOutputs: Bool {
    states.pointee.needsAllOutputs || context.pointee.isShown
  }
  /// Room for as many pointers as there are nodes.
  @inlinable @inline(__always) public var places: UnsafeMutablePointer<UnsafeMutablePointer<Float>?> {
    states.pointee.places
  }
}

/// State argument of a chain's process.
public struct ChainStates {
  /// The states, inputs and outputs of the nodes, first node first.
  public var nodes: UnsafeMutablePointer<UnsafeMutableRawPointer?>
  public var inputs: UnsafePointer<UnsafePointer<UnsafeMutablePointer<SignalCell>>>
  public var outputs: UnsafePointer<UnsafePointer<UnsafeMutablePointer<SignalCell>>>
  public var places: UnsafeMutablePointer<UnsafeMutablePointer<Float>?>
  public var count: Int
  public var needsAllOutputs: Bool
  /// True if the last call rendered the chain; false if it declined. Then the frame after that block.
  public var isRendered = false, nextFrame = -1

  public init(
    nodes: UnsafeMutablePointer<UnsafeMutableRawPointer?>,
    inputs: UnsafePointer<UnsafePointer<UnsafeMutablePointer<SignalCell>>>,
    outputs: UnsafePointer<UnsafePointer<UnsafeMutablePointer<SignalCell>>>,
    places: UnsafeMutablePointer<UnsafeMutablePointer<Float>?>, count: Int, needsAllOutputs: Bool
  ) {
    (self.nodes, self.inputs, self.outputs, self.places) = (nodes, inputs, outputs, places)
    (self.count, self.needsAllOutputs) = (count, needsAllOutputs)
  }
}

@inlinable @inline(__always)
func chaining<M: ChainedModule>(_ type: M.Type) -> Process {
  { state, _, _, context in
    let states = state.assumingMemoryBound(to: ChainStates.self)
    states.pointee.isRendered = M.processChain(NodeChain<M>(states, context))
    states.pointee.nextFrame = context.pointee.frame &+ context.pointee.frames
  }
}
