// [audio] A compiled patch as the audio thread runs it: flat arrays, no lookups.
import DSP
import ModuleKit
import Synchronization

/// A compiled patch. Built whole by the control side, then run, and returned, by the audio thread.
struct Plan {
  /// Grows with every plan.
  var id: Int
  var steps: UnsafeMutableBufferPointer<Step>
  /// The steps in stretches that rest together.
  var runs: UnsafeMutableBufferPointer<StepRun>
  /// What threads take from one another; none: one thread does everything.
  var tasks: UnsafeMutableBufferPointer<TaskRuns>
  var sites: UnsafeMutableBufferPointer<FaultSite>
  /// Nanoseconds that each site has cost, with the engine's own steps before it, while that is measured.
  var costs: UnsafeMutablePointer<Atomic<Int>>
  /// The peak of each output of each site, while levels are measured.
  var peaks: UnsafeMutablePointer<OutputLevels.Peak>
  /// Cables whose gain changes when this plan starts.
  var rampChanges: UnsafeMutableBufferPointer<RampChange>
  /// Every cable whose gain may be moving while this plan runs.
  var ramping: UnsafeMutableBufferPointer<UnsafeMutablePointer<Ramp>>
  /// How long the changes take.
  var rampFrames: Int
  /// Parameters that the edit set, applied when the plan starts.
  var parameterChanges: UnsafeMutableBufferPointer<ParameterChange>
  /// Nodes of one voice that go on in lanes from its start on.
  var handover: HandoverMemory
  /// The nodes by serial: open addressing, a power of two of places.
  var nodes: UnsafeMutableBufferPointer<NodeEntry>
  /// Parameters on their way; as long as the plan has parameters.
  var moving: UnsafeMutableBufferPointer<UnsafeMutablePointer<Parameter>>
  /// The nodes that take notes.
  var allocators: UnsafeMutableBufferPointer<AllocatorEntry>
  /// Octaves from A4 of each key; empty: equal temperament.
  var tuning: UnsafeMutableBufferPointer<Float>
  /// The parameters that controllers of MIDI turn.
  var controls: UnsafeMutableBufferPointer<MappedParameter>
  /// The last quanta of late inputs.
  var feedbackBuffers: UnsafeMutableBufferPointer<UnsafeMutableRawBufferPointer>
  /// Nodes feed themselves through others.
  var hasLoops: Bool
  var voices: Int
  /// Voice groups that its steps render.
  var groups: Int
  /// The frame at which to start; `Event.now` for the next period.
  var startFrame: Int
  /// Among events and other commits.
  var order: Int

  // Kept by the audio thread:
  /// What goes on in lanes has been copied as far as that can be done ahead.
  var isPrepared = false
  var movingCount = 0
  /// The frame at which every ramp has arrived.
  var rampEnd = 0
  var isSettled = false
  /// No voice sounds any more that the plan does not have.
  var areExtraVoicesIdle = false
  /// The still steps have run since anything that they read has moved.
  var hasRunConstants = false

  /// The parameters of one instance of a node; without an instance, of the one that stays.
  func parameters(of node: Int, instance: Int?) -> UnsafeMutableBufferPointer<Parameter>? {
    let mask = nodes.count - 1
    var at = NodeEntry.place(of: node) & mask
    while nodes[at].serial != NodeEntry.empty {
      if nodes[at].serial == node, instance == nil || nodes[at].instance == instance { return nodes[at].parameters }
      at = (at + 1) & mask
    }
    return nil
  }

  /// Whether an instance of a node is in this plan, or the one that has gone on in its lanes.
  func has(_ instance: Int, of node: Int) -> Bool {
    let mask = nodes.count - 1
    var at = NodeEntry.place(of: node) & mask
    while nodes[at].serial != NodeEntry.empty {
      if nodes[at].serial == node, nodes[at].instance == instance || nodes[at].former == instance { return true }
      at = (at + 1) & mask
    }
    return false
  }

  /// Whether a node of this plan owns the parameter.
  func owns(_ parameter: UnsafeMutablePointer<Parameter>) -> Bool {
    parameters(of: parameter.pointee.node, instance: parameter.pointee.instance) != nil
  }

  /// No voice plays or sounds.
  var isIdle: Bool {
    for entry in allocators where !entry.allocator.pointee.isIdle { return false }
    return true
  }

  /// Whether it starts at a frame; what can be done ahead is waited for, but where the frame was asked for.
  func isDue(at now: Int) -> Bool { startFrame <= now && (isPrepared || startFrame != Event.now) }

  /// Forgets what is on its way round loops.
  func clearLoops() {
    for ring in feedbackBuffers { ring.baseAddress!.initializeMemory(as: UInt8.self, repeating: 0, count: ring.count) }
  }

  /// Turns a parameter: at once, or listed as moving.
  mutating func set(
    _ parameter: UnsafeMutablePointer<Parameter>, _ value: Float, buffer: UnsafeMutableRawPointer?,
    over frames: Int = 0,
    curve: AutomationCurve = .natural
  ) {
    hasRunConstants = false
    parameter.pointee.set(value, buffer: buffer, over: frames, curve: curve)
    list(parameter)
  }

  mutating func list(_ parameter: UnsafeMutablePointer<Parameter>) {
    guard parameter.pointee.isMoving, !parameter.pointee.isListed else { return }
    parameter.pointee.isListed = true
    moving[movingCount] = parameter
    movingCount += 1
  }

  /// Renders the moving parameters' next chunk and drops those that have come to rest.
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
  var ramp: UnsafeMutablePointer<Ramp>
  var target: Float
}

struct ParameterChange {
  var parameter: UnsafeMutablePointer<Parameter>
  var value: Float
  var buffer: UnsafeMutableRawPointer?
}

/// One node that takes notes.
struct AllocatorEntry {
  /// The serial of the node.
  var node: Int
  var allocator: UnsafeMutablePointer<VoiceAllocator>
  var parameters: UnsafeMutablePointer<Parameter>
  var tailFrames: Int
  /// Its voices are rendered in lanes, and weighed where they are summed.
  var isSummed: Bool
  /// It only fades or rings out: its notes end.
  var isLeaving: Bool
}

struct NodeEntry {
  static let empty = -1
  var serial: Int
  /// Of all instances ever, see `NodeInstance.number`.
  var instance: Int
  /// The instance of one voice that has gone on in this one's lanes; the notes of the two are the same.
  var former: Int?
  var parameters: UnsafeMutableBufferPointer<Parameter>

  /// Fibonacci hashing: serials are consecutive.
  static func place(of serial: Int) -> Int {
    Int(truncatingIfNeeded: (UInt(bitPattern: serial) &* 0x9e37_79b9_7f4a_7c15) >> 32)
  }
}
