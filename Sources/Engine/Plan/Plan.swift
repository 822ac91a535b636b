// [audio] A compiled patch as the audio thread runs it: flat arrays, no lookups.
import DSP
import ModuleKit
import Synchronization

/// A compiled patch. Built by the control side, run by the audio thread, then retired.
struct Plan {
  /// Grows with every plan.
  var id: Int
  var steps: Row<Step>
  /// Ranges of steps that are idle together.
  var runs: Row<StepRun>
  /// The tasks for several threads; empty: one thread does everything.
  var tasks: Row<TaskRuns>
  var sites: Row<FaultSite>
  /// Nanoseconds spent on each site, with the engine's own steps before it, while profiling.
  var costs: Row<Atomic<Int>>
  /// The peak of each output of each site, while levels are measured.
  var peaks: Row<OutputLevels.Peak>
  /// Cables whose gain changes when this plan starts.
  var rampChanges: Row<RampChange>
  /// Every cable whose gain may be moving while this plan runs.
  var ramping: Row<Reference<Ramp>>
  /// Length of the ramps.
  var rampFrames: Int
  /// Parameters set by the edit, applied when the plan starts.
  var parameterChanges: Row<ParameterChange>
  /// Nodes of one voice that continue in lanes when the plan starts.
  var handover: HandoverMemory
  /// The nodes by serial: an open-addressing hash table, its size a power of two.
  var nodes: Row<NodeEntry>
  /// Moving parameters; room for all parameters of the plan.
  var moving: Row<Reference<Parameter>>
  /// The note nodes.
  var allocators: Row<AllocatorEntry>
  /// Octaves from A4 of each key; empty: equal temperament.
  var tuning: Row<Float>
  /// The parameters mapped to MIDI controllers.
  var controls: Row<MappedParameter>
  /// The last quanta of feedback inputs.
  var feedbackBuffers: Row<RawBlock>
  /// Every step that does not depend on parameters alone is idle while the voices are.
  var restsWhenIdle: Bool
  /// Some node feeds back to itself.
  var hasLoops: Bool
  var voices: Int
  /// Voice groups rendered by its steps.
  var groups: Int
  /// The frame at which to start; `Event.now` for the next period.
  var startFrame: Int
  /// Order among events and commits.
  var order: Int

  // Kept by the audio thread:
  /// The handover has been copied as far as possible ahead.
  var isPrepared = false
  var movingCount = 0
  /// The frame at which it started; read by the control side once `Engine.activeID` says that it has.
  var startedAt = 0
  /// The frame at which every ramp has arrived.
  var rampEnd = 0
  var isSettled = false
  /// No surplus voice sounds any more.
  var areExtraVoicesIdle = false
  /// The constant steps have run since any of their parameters has moved.
  var hasRunConstants = false

  /// The parameters of one instance of a node; nil instance: of the one that stays.
  func parameters(of node: Int, instance: Int?) -> Row<Parameter>? {
    let mask = nodes.count - 1
    var at = NodeEntry.place(of: node) & mask
    while nodes[at].serial != NodeEntry.empty {
      if nodes[at].serial == node, instance == nil || nodes[at].instance == instance { return nodes[at].parameters }
      at = (at + 1) & mask
    }
    return nil
  }

  /// Returns whether an instance of a node is in this plan, or its successor in lanes.
  func has(_ instance: Int, of node: Int) -> Bool {
    let mask = nodes.count - 1
    var at = NodeEntry.place(of: node) & mask
    while nodes[at].serial != NodeEntry.empty {
      if nodes[at].serial == node, nodes[at].instance == instance || nodes[at].former == instance { return true }
      at = (at + 1) & mask
    }
    return false
  }

  /// Returns whether a node of this plan owns the parameter.
  func owns(_ parameter: Reference<Parameter>) -> Bool {
    parameters(of: parameter.pointee.node, instance: parameter.pointee.instance) != nil
  }

  /// No voice plays or sounds.
  var isIdle: Bool {
    for entry in allocators where !entry.allocator.pointee.isIdle { return false }
    return true
  }

  /// Returns whether the plan starts now; it waits for copies made ahead, unless its frame was requested.
  func isDue(at now: Int) -> Bool { startFrame <= now && (isPrepared || startFrame != Event.now) }

  /// Clears the feedback delays.
  func clearLoops() {
    for buffer in feedbackBuffers { buffer.clear() }
  }

  /// Sets a parameter: at once, or listed as moving.
  mutating func set(
    _ parameter: Reference<Parameter>, _ value: Float, buffer: RawMemory?,
    over frames: Int = 0,
    curve: AutomationCurve = .natural
  ) {
    hasRunConstants = false
    parameter.pointee.set(value, buffer: buffer, over: frames, curve: curve)
    list(parameter)
  }

  mutating func list(_ parameter: Reference<Parameter>) {
    guard parameter.pointee.isMoving, !parameter.pointee.isListed else { return }
    parameter.pointee.isListed = true
    moving[movingCount] = parameter
    movingCount += 1
  }

  /// Renders the moving parameters' next block and drops those that have become constant.
  mutating func advanceParameters(_ frames: Int) {
    var kept = 0
    for i in 0..<movingCount {
      let parameter = moving[i]
      if parameter.pointee.advance(frames) {
        moving[kept] = parameter
        kept += 1
      } else {
        parameter.pointee.isListed = false
      }
    }
    movingCount = kept
  }
}

struct RampChange {
  var ramp: Reference<Ramp>
  var target: Float
}

struct ParameterChange {
  var parameter: Reference<Parameter>
  var value: Float
  var buffer: RawMemory?
}

/// One note node.
struct AllocatorEntry {
  /// The serial of the node.
  var node: Int
  var allocator: Reference<VoiceAllocator>
  var parameters: Row<Parameter>
  var tailFrames: Int
  /// Voices with memory.
  var madeVoices: Int
  /// Its voices are rendered in lanes, and weighted where they are summed.
  var isSummed: Bool
  /// It only fades or feedbackBuffers out: its notes end.
  var isLeaving: Bool
}

struct NodeEntry {
  static let empty = -1
  var serial: Int
  /// Unique among all instances, see `NodeInstance.number`.
  var instance: Int
  /// The instance of one voice that has continued in this one's lanes; the two share their notes.
  var former: Int?
  var parameters: Row<Parameter>

  /// Fibonacci hashing: serials are consecutive.
  static func place(of serial: Int) -> Int {
    Int(truncatingIfNeeded: (UInt(bitPattern: serial) &* 0x9e37_79b9_7f4a_7c15) >> 32)
  }
}

/// The runs that make up one task.
struct TaskRuns {
  var first: Int
  var end: Int
  /// The tasks that must be done before, a bit each.
  var needs: UInt32
  /// The preferred thread.
  var home: Int
}

/// A module step that may produce non-finite samples, and the data to reset it.
struct FaultSite {
  /// The serial of the node.
  var node: Int
  /// Its voice group.
  var group: Int
  var state: RawMemory
  var initial: RawMemory
  var stateBytes: Int
  /// Memory to clear.
  var cleared: Row<RawBlock>
  var outputCount: Int
  /// Values (of 4 bytes) a frame.
  var lanes: Int
  /// Index of its first output among the peaks of the plan.
  var firstPeak = 0
  /// The number of nodes in series that this one is the first of, whose sites are adjacent.
  var chainCount = 1
  /// The node is one of a pack, whose eight sites are adjacent.
  var isPacked = false
  /// Part of a cycle: its output feeds back to it.
  var isInLoop: Bool
  var recovery: Reference<FaultRecovery>

  /// Restores the state before the first frame.
  func reset() {
    state.copy(initial, bytes: stateBytes)
    for i in 0..<cleared.count { cleared[i].clear() }
  }
}
