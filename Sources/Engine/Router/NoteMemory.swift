// [control] The memory of the voices of one node that takes notes.
import DSP
import ModuleKit

/// Owns a `VoiceAllocator`. Instances of one node at different widths share it, so that no note is lost between them.
final class VoiceMemory {
  let allocator: UnsafeMutablePointer<VoiceAllocator>
  private let groups: UnsafeMutablePointer<UnsafeMutablePointer<NoteGroup>?>
  private let voices: UnsafeMutablePointer<UnsafeMutablePointer<NoteVoice>?>
  private let held: UnsafeMutablePointer<HeldNote>
  private let channels = MidiChannels()

  init(sampleRate: Float) {
    groups = .allocate(capacity: Engine.groupLimit)
    groups.initialize(repeating: nil, count: Engine.groupLimit)
    voices = .allocate(capacity: Engine.groupLimit)
    voices.initialize(repeating: nil, count: Engine.groupLimit)
    held = .allocate(capacity: VoiceAllocator.heldLimit)
    held.initialize(repeating: HeldNote(), count: VoiceAllocator.heldLimit)
    allocator = .allocate(capacity: 1)
    allocator.initialize(
      to: VoiceAllocator(
        groups: groups, voices: voices, held: held, channels: channels, sampleRate: sampleRate))
  }

  deinit {
    for group in 0..<Engine.groupLimit {
      groups[group]?.deallocate()
      voices[group]?.deallocate()
    }
    groups.deallocate()
    voices.deallocate()
    held.deallocate()
    channels.deallocate()
    allocator.deallocate()
  }

  /// The notes that are held, in the order in which they were struck, as events that strike them again. Only while
  /// nothing renders.
  var heldNotes: [NoteEvent] {
    let allocator = allocator.pointee
    var notes = (0..<allocator.reach).map { allocator.voice($0).pointee }.filter { $0.stage == .held && !$0.isSolo }
      .sorted { $0.order < $1.order }.map(\.note)
    notes += (0..<allocator.heldCount).map { allocator.held[$0] }.filter(\.isDown)
    return notes.map {
      NoteEvent(.on, id: $0.id, key: $0.key, value: $0.velocity, channel: $0.channel, isNamed: $0.isNamed)
    }
  }

  /// The notes of eight voices, made when they are first asked for. The audio thread looks at a group only after a
  /// plan that needs it has been published.
  func group(_ index: Int) -> UnsafeMutablePointer<NoteGroup> {
    if let group = groups[index] { return group }
    let group = CacheLine.room(of: NoteGroup.self)
    group.initialize(to: NoteGroup())
    let members = UnsafeMutablePointer<NoteVoice>.allocate(capacity: Voices.count)
    members.initialize(repeating: NoteVoice(), count: Voices.count)
    groups[index] = group
    voices[index] = members
    return group
  }
}
