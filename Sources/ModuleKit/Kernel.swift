import DSP

/// [audio] A kernel with its type erased: state, inputs, outputs, context.
///
/// Made where the concrete module type is named, so that it is specialised, and without captured context, so that a
/// call retains nothing.
public typealias Process =
  @Sendable (
    UnsafeMutableRawPointer, UnsafePointer<UnsafeMutablePointer<SignalCell>>,
    UnsafePointer<UnsafeMutablePointer<SignalCell>>, UnsafePointer<RenderContext>
  ) -> Void

/// The state of one node and group, and its render function. Owned by the control side.
public final class Kernel {
  public let state: UnsafeMutableRawPointer
  /// The state before the first frame; copying it over `state` is a reset.
  public let initial: UnsafeMutableRawPointer
  public let stateBytes: Int
  public let process: Process
  public let memory: NodeMemory
  /// [control] The parts of the state; nil where reflection fails.
  let parts: () -> [StatePart]?
  /// Owner of the state, if that is another kernel's.
  private var owner: Kernel?

  /// Newer code on the state of an older kernel of the same layout.
  ///
  /// - Returns: nil where the code needs other memory.
  public convenience init?(_ code: Kernel, on old: Kernel) {
    guard code.stateBytes == old.stateBytes, code.memory.sizes == old.memory.sizes else { return nil }
    self.init(
      state: old.state, initial: old.initial, stateBytes: old.stateBytes, memory: old.memory, process: code.process,
      parts: code.parts)
    owner = old.owner ?? old
  }

  @usableFromInline
  init(
    state: UnsafeMutableRawPointer, initial: UnsafeMutableRawPointer, stateBytes: Int, memory: NodeMemory,
    process: @escaping Process, parts: @escaping () -> [StatePart]?
  ) {
    self.state = state
    self.initial = initial
    self.stateBytes = stateBytes
    self.memory = memory
    self.process = process
    self.parts = parts
  }

  deinit {
    if owner != nil { return }
    state.deallocate()
    initial.deallocate()
  }
}

/// Makes a kernel: sample rate, first voice, seed, the notes of its voices if it is a note module, and its sounds.
public typealias KernelFactory =
  @Sendable (
    _ sampleRate: Float, _ firstVoice: Int, _ seed: UInt64, _ notes: UnsafeMutablePointer<NoteGroup>?,
    _ sounds: NodeSounds
  ) -> Kernel

@inlinable @inline(__always)
func kernelFactory<M: Module>(_ type: M.Type) -> KernelFactory {
  { sampleRate, firstVoice, seed, notes, sounds in
    let memory = NodeMemory()
    let setup = ModuleSetup(
      sampleRate: sampleRate, firstVoice: firstVoice, seed: seed, notes: notes, sounds: sounds, memory: memory)
    let size = MemoryLayout<M>.stride
    let state = CacheLine.allocate(size), initial = CacheLine.allocate(size)
    initial.initializeMemory(as: M.self, to: M(setup))
    state.copyMemory(from: initial, byteCount: size)
    return Kernel(
      state: state, initial: initial, stateBytes: size, memory: memory,
      process: { state, inputs, outputs, context in
        state.assumingMemoryBound(to: M.self).pointee
          .process(ModuleIO<M>(inputs: inputs, outputs: outputs, context: context))
      },
      parts: { stateParts(of: initial.load(as: M.self)) })
  }
}
