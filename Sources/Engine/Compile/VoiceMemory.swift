// [control] Memory of voices and of per-note parameters.
import DSP
import ModuleKit

/// Owns a `VoiceAllocator`. Instances of one node at different widths share it, so that no note is lost between them.
final class VoiceMemory {
  let allocator: Reference<VoiceAllocator>
  private let groups: OwnedRow<Reference<NoteGroup>?>
  private let voices: OwnedRow<Reference<EightVoices>?>
  private let held: OwnedRow<HeldNote>
  private let channels = MidiChannels()

  init(sampleRate: Float) {
    groups = OwnedRow(repeating: nil, count: Engine.groupLimit)
    voices = OwnedRow(repeating: nil, count: Engine.groupLimit)
    held = OwnedRow(repeating: HeldNote(), count: VoiceAllocator.heldLimit)
    allocator = .make(
      VoiceAllocator(
        groups: groups.row(), voices: voices.row(), held: held.row(), channels: channels, sampleRate: sampleRate))
  }

  deinit {
    for group in 0..<Engine.groupLimit {
      groups[group]?.free()
      voices[group]?.free()
    }
    channels.free()
    allocator.free()
  }

  /// The held notes, in the order of their note-ons, as events that repeat them. Only while nothing renders.
  var heldNotes: [NoteEvent] {
    let allocator = allocator.pointee
    var notes = (0..<allocator.reach).map { allocator.voice($0).pointee }.filter { $0.stage == .held && !$0.isSolo }
      .sorted { $0.order < $1.order }.map(\.note)
    notes += (0..<allocator.heldCount).map { allocator.held[$0] }.filter(\.isDown)
    return notes.map {
      NoteEvent(.on, id: $0.id, key: $0.key, value: $0.velocity, channel: $0.channel, isNamed: $0.isNamed)
    }
  }

  /// The notes of eight voices, made on first use. The audio thread reads a group only after a plan that needs it has
  /// been published.
  func group(_ index: Int) -> Reference<NoteGroup> {
    if let group = groups[index] { return group }
    let group = Reference.makeInLine(NoteGroup())
    groups.row()[index] = group
    voices.row()[index] = .make(EightVoices(repeating: NoteVoice()))
    return group
  }

  /// Voices with memory, without a gap.
  var madeVoices: Int {
    ((0..<Engine.groupLimit).first { groups[$0] == nil } ?? Engine.groupLimit) * Voices.count
  }
}

/// Owns the per-note values of one parameter of one instance.
final class NoteParameter {
  /// Smoothing time of per-note values, in frames.
  let smoothFrames: Int
  /// By group. The audio thread reads a group only after a plan with it has been published.
  let groups: OwnedRow<Reference<NoteParameterGroup>?>

  init(_ spec: ParamSpec, sampleRate: Float) {
    smoothFrames = spec.smoothing == .none ? 0 : Int((spec.smoothingTime * sampleRate).rounded())
    groups = OwnedRow(repeating: nil, count: Engine.groupLimit)
  }

  deinit { for group in 0..<Engine.groupLimit { groups[group]?.free() } }

  /// The per-note values of eight voices, made on first use.
  func group(_ index: Int) -> Reference<NoteParameterGroup> {
    if let group = groups[index] { return group }
    let group = Reference.makeInLine(NoteParameterGroup())
    groups.row()[index] = group
    return group
  }
}

extension Graph {
  /// The note nodes that play a node's voices; empty for a node shared by all voices.
  func players(of node: Int) -> [Int] {
    var feeding: [Int: [Int]] = [:]
    for cable in cables where cable.source != Graph.unit && hasVoices(cable.source) && hasVoices(cable.destination) {
      feeding[cable.destination, default: []].append(cable.source)
    }
    var found: [Int] = [], open = [node], seen: Set = [node]
    while let next = open.popLast() {
      if nodes[next].instance.notes != nil { found.append(next) }
      for source in feeding[next] ?? [] where seen.insert(source).inserted { open.append(source) }
    }
    return found.sorted()
  }

  /// Returns whether each voice has its own copy of the node; in a patch of one voice, whether each would have.
  func hasVoices(_ node: Int) -> Bool {
    let instance = nodes[node].instance
    return instance.isPoly || voices == 1 && (instance.notes != nil || instance.descriptor.about.voicing == .follows)
  }
}
