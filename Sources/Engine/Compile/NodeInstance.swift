// [control] One instance of a module, shared by plans so that no edit loses its state.
import DSP
import ModuleKit
import PatchKit
import Synchronization

/// The state of one node at one width: kernels, parameters, feedback buffers. Freed when no plan refers to it.
final class NodeInstance {
  let serial: Int
  /// Unique among all instances, also of the same node.
  let number = NodeInstance.made.add(1, ordering: .relaxed).newValue
  private static let made = Atomic<Int>(0)
  private(set) var descriptor: ModuleDescriptor
  let isPoly: Bool
  let parameters: Row<Parameter>
  /// The parameter values last set by the control side.
  var values: [Float]
  /// True if a plan with this node has been published: its parameters are then set by events only.
  var isPublished = false
  /// By voice group.
  private var sites: [KernelSite?] = []
  /// The instance of one voice that this one replaces, while that may still sound.
  private(set) weak var alone: NodeInstance?
  private(set) var former: Int?
  /// Its voices, for a note node.
  let notes: VoiceMemory?
  /// The sounds of its file inputs, by input.
  let sounds: NodeSounds
  private let sampleRate: Float
  private let seed: UInt64
  private let constantValues: RawMemory
  private var movingBuffers: [RawMemory?]
  private var feedbackBuffers: [FeedbackKey: RawMemory] = [:]
  private struct FeedbackKey: Hashable {
    let port: Int
    let group: Int
  }
  /// The parameters with per-note values, by input.
  private(set) var noteParameters: [Int: NoteParameter] = [:]

  /// Memory used on the audio thread, without the sounds.
  var byteCount: Int {
    let buffers = movingBuffers.count { $0 != nil } + feedbackBuffers.count
    return sites.reduce(0) { $0 + ($1?.byteCount ?? 0) }
      + parameters.count * (MemoryLayout<Parameter>.stride + valueBytes) + buffers * quantumFrames * valueBytes
  }

  /// Bytes per frame at this node's width.
  var valueBytes: Int { isPoly ? MemoryLayout<Voices>.stride : MemoryLayout<Float>.stride }

  /// - Parameters:
  ///   - values: one value per parameter.
  ///   - notes: the voices of the same node at another width.
  ///   - sounds: by the input that names them.
  convenience init(
    serial: Int, id: String, descriptor: ModuleDescriptor, isPoly: Bool, values: [Float], sampleRate: Float,
    notes: VoiceMemory? = nil, sounds: NodeSounds = [:]
  ) {
    self.init(
      serial: serial, seed: NodeInstance.seed(of: id), descriptor: descriptor, isPoly: isPoly, values: values,
      sampleRate: sampleRate, notes: notes, sounds: sounds)
  }

  /// Makes the same node in lanes of eight, with the parameters at the present values of the one voice.
  convenience init(lanesOf alone: NodeInstance) {
    self.init(
      serial: alone.serial, seed: alone.seed, descriptor: alone.descriptor, isPoly: true, values: alone.values,
      sampleRate: alone.sampleRate, notes: alone.notes, sounds: alone.sounds)
    self.alone = alone
    former = alone.number
    noteParameters = alone.noteParameters
    // Until it takes over, parameter events go to the other instance.
    isPublished = true
  }

  private init(
    serial: Int, seed: UInt64, descriptor: ModuleDescriptor, isPoly: Bool, values: [Float], sampleRate: Float,
    notes: VoiceMemory?, sounds: NodeSounds
  ) {
    self.sounds = sounds
    self.notes = descriptor.about.takesNotes ? notes ?? VoiceMemory(sampleRate: sampleRate) : nil
    self.serial = serial
    self.descriptor = descriptor
    self.isPoly = isPoly
    self.sampleRate = sampleRate
    self.values = values
    self.seed = seed
    let count = descriptor.inputs.count
    movingBuffers = Array(repeating: nil, count: count)
    parameters = .room(for: count)
    let bytes = isPoly ? MemoryLayout<Voices>.stride : MemoryLayout<Float>.stride
    constantValues = .zeros(bytes: max(count, 1) * bytes)
    for (i, spec) in descriptor.inputs.enumerated() {
      parameters.initialize(
        i,
        to: Parameter(
          spec, value: values[i], node: serial, instance: number, sampleRate: sampleRate, isPoly: isPoly,
          constantBase: constantValues + i * bytes))
    }
  }

  deinit {
    parameters.free()
    constantValues.free()
    for buffer in movingBuffers { buffer?.free() }
    for buffer in feedbackBuffers.values { buffer.free() }
  }

  /// True if it can be the node of that id, module and sounds, though no plan contains it yet.
  func fits(_ id: String, _ module: ModuleDescriptor, _ sounds: NodeSounds) -> Bool {
    seed == NodeInstance.seed(of: id) && descriptor.name == module.name && descriptor.generation == module.generation
      && self.sounds.mapValues(ObjectIdentifier.init) == sounds.mapValues(ObjectIdentifier.init)
  }

  /// The values that it starts with; only before a plan has it.
  func start(with values: [Float]) {
    for (port, value) in values.enumerated() where self.values[port] != value {
      parameters[port].set(value, buffer: nil)
    }
    self.values = values
  }

  /// The same id has the same noise in every run (FNV-1a).
  private static func seed(of id: String) -> UInt64 {
    id.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
  }

  /// The kernel of one voice group, made (and so warmed) on first use.
  func kernel(group: Int) -> Kernel { site(group).kernel }

  private func site(_ group: Int) -> KernelSite {
    if hasSite(group) { return sites[group]! }
    let site = makeSite(group)
    install(site, group: group)
    return site
  }

  func hasSite(_ group: Int) -> Bool { group < sites.count && sites[group] != nil }
  func missingSites(of groups: Int) -> Int { groups - sites.prefix(groups).count { $0 != nil } }
  /// Bytes of one site; the first is made where there is none.
  var siteBytes: Int { site(0).byteCount }
  func prepareNotes(group: Int) { _ = notes?.group(group) }
  /// A site that is not the node's yet. Any thread, once its notes are prepared.
  func makeSite(_ group: Int) -> KernelSite { KernelSite(kernel(of: descriptor, group)) }
  func install(_ site: KernelSite, group: Int) {
    while sites.count <= group { sites.append(nil) }
    sites[group] = site
  }

  private func kernel(of descriptor: ModuleDescriptor, _ group: Int) -> Kernel {
    let make = isPoly ? descriptor.poly : descriptor.mono
    return make(sampleRate, group * Voices.count, seed &+ UInt64(group), notes?.group(group).pointer, sounds)
  }

  /// A kernel in lanes of a stateless module, which belongs to no node.
  func pureKernel() -> Kernel { descriptor.poly(sampleRate, 0, seed, nil, [:]) }

  /// Replaces the kernels' code by a newer version of the module, for plans made from now on.
  ///
  /// - Returns: false, without an effect, where the ports or the state differ.
  func adopt(_ newer: ModuleDescriptor) -> Bool {
    guard newer.inputs.map(\.name) == descriptor.inputs.map(\.name),
      newer.inputs.map(\.type) == descriptor.inputs.map(\.type),
      newer.inputs.map(\.smoothing) == descriptor.inputs.map(\.smoothing),
      newer.outputs.map(\.name) == descriptor.outputs.map(\.name), newer.about.voicing == descriptor.about.voicing,
      newer.about.latency == descriptor.about.latency, newer.about.takesNotes == descriptor.about.takesNotes,
      newer.layout() == descriptor.layout()
    else { return false }
    var adopted: [Kernel?] = []
    for (group, site) in sites.enumerated() {
      guard let old = site?.kernel else {
        adopted.append(nil)
        continue
      }
      guard let kernel = Kernel(kernel(of: newer, group), on: old) else { return false }
      adopted.append(kernel)
    }
    for case (let site?, let kernel?) in zip(sites, adopted) { site.kernel = kernel }
    descriptor = newer
    return true
  }

  /// The data with which the audio thread resets one group.
  func faultSite(group: Int, isInLoop: Bool) -> FaultSite {
    site(group).faultSite(of: self, group: group, isInLoop: isInLoop)
  }

  /// The buffer for a moving parameter, made on first use; nil for a parameter without smoothing.
  func movingBuffer(_ port: Int) -> RawMemory? {
    guard descriptor.inputs[port].smoothing != .none else { return nil }
    if let buffer = movingBuffers[port] { return buffer }
    let buffer = RawMemory.zeros(bytes: quantumFrames * valueBytes)
    movingBuffers[port] = buffer
    return buffer
  }

  /// Adds per-note values to a parameter, from the next plan on.
  func addNoteParameter(_ port: Int) -> NoteParameter {
    let parameter = NoteParameter(descriptor.inputs[port], sampleRate: sampleRate)
    noteParameters[port] = parameter
    return parameter
  }

  /// The last quantum of a feedback input.
  func feedbackBuffer(port: Int, group: Int) -> RawMemory {
    let key = FeedbackKey(port: port, group: group)
    if let buffer = feedbackBuffers[key] { return buffer }
    let buffer = RawMemory.zeros(bytes: quantumFrames * valueBytes)
    feedbackBuffers[key] = buffer
    return buffer
  }

  /// The feedback inputs of one voice, by port.
  var delayedInputs: [(port: Int, buffer: RawMemory)] {
    feedbackBuffers.map { ($0.key.port, $0.value) }
  }

  /// The node has no outputs: its inputs are audible.
  var isSink: Bool { descriptor.outputs.isEmpty }
}
