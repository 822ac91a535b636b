// [control] Kernels of nodes, by voice group; those that a graph lacks are estimated first, then allocated, on another
// thread where that takes long.
import DSP
import ModuleKit
import PatchKit
import Synchronization

/// State of a node for one voice group.
final class KernelSite {
  /// Replaced when newer code takes over.
  var kernel: Kernel
  private let recovery = OwnedReference(FaultRecovery())
  /// The memory that a reset clears.
  private let cleared: OwnedRow<RawBlock>

  var byteCount: Int { 2 * kernel.stateBytes + kernel.memory.bytes + MemoryLayout<FaultRecovery>.size }

  init(_ kernel: Kernel) {
    self.kernel = kernel
    let parts = kernel.memory.cleared
    cleared = OwnedRow(count: parts.count) { RawBlock(memory: RawMemory(parts[$0].base), bytes: parts[$0].bytes) }
  }

  /// The data with which the audio thread resets it.
  func faultSite(of node: NodeInstance, group: Int, isInLoop: Bool) -> FaultSite {
    FaultSite(
      node: node.serial, group: group, state: RawMemory(kernel.state), initial: RawMemory(kernel.initial),
      stateBytes: kernel.stateBytes, cleared: cleared.row(), outputCount: node.descriptor.outputs.count,
      lanes: node.isPoly ? Voices.count : 1, isInLoop: isInLoop, recovery: recovery.reference())
  }
}

/// The kernels that a graph does not have yet.
final class MissingKernels: @unchecked Sendable {
  /// Memory of a kernel's steps, cells and objects beside its state: an estimate.
  static let overhead = 1_536
  /// Maximum number of kernels of a patch, in groups of eight voices: fifty times what one core renders in time. A plan
  /// of as many takes 0.15 s to compile, on another thread.
  static let most = 1 << 15
  /// From here on allocating and clearing is work for another thread: about 10 ms.
  private static let largeBytes = 16 << 20, largeCount = 2_048

  private let sites: [(instance: NodeInstance, group: Int)]
  /// An estimate.
  let bytes: Int
  private var made: [KernelSite] = []

  fileprivate init(_ sites: [(instance: NodeInstance, group: Int)], bytes: Int) {
    self.sites = sites
    self.bytes = bytes
    // Groups of voices are shared by widths of one node: made here, read there.
    for site in sites { site.instance.prepareNotes(group: site.group) }
  }

  var isLarge: Bool { bytes > MissingKernels.largeBytes || sites.count > MissingKernels.largeCount }

  /// Allocates and clears them. Any thread; nothing that others see changes.
  func make() {
    made.reserveCapacity(sites.count)
    for (instance, group) in sites { made.append(instance.makeSite(group)) }
  }

  func makeAtOnce() {
    make()
    install()
  }

  /// Gives them to their nodes, but for groups that have got one meanwhile.
  func install() {
    for (site, kernel) in zip(sites, made) where !site.instance.hasSite(site.group) {
      site.instance.install(kernel, group: site.group)
    }
    made = []
  }
}

extension Graph {
  private struct Model: Hashable {
    let name: String
    let generation: Int
    let isPoly: Bool
    let sounds: [Int: ObjectIdentifier]

    init(_ instance: NodeInstance) {
      name = instance.descriptor.name
      generation = instance.descriptor.generation
      isPoly = instance.isPoly
      sounds = instance.sounds.mapValues(ObjectIdentifier.init)
    }
  }

  /// The kernels that are missing, once their memory is known to fit: one kernel of each module is measured.
  ///
  /// - Parameter memory: the bytes that are allowed, and those in use.
  /// - Throws: `.limit` with the node for which there is no room, or if the patch has too many kernels.
  func missingKernels(within memory: (limit: Int, used: Int)) throws(PatchErrors) -> MissingKernels {
    let all = nodes.reduce(0) { $0 + ($1.instance.isPoly ? groups : 1) }
    guard all <= MissingKernels.most else {
      let polyphonic = nodes.count { $0.instance.isPoly }
      throw PatchErrors([
        PatchError(
          .limit,
          "\(voices) voices of \(polyphonic) polyphonic nodes are too many: with \(polyphonic) such nodes at most "
            + "\((MissingKernels.most - nodes.count + polyphonic) / polyphonic * Voices.count)")
      ])
    }
    var bytes = 0, sizes: [Model: Int] = [:], count = 0
    for node in nodes {
      let lacking = node.instance.missingSites(of: node.instance.isPoly ? groups : 1)
      guard lacking > 0 else { continue }
      let model = Model(node.instance), size = sizes[model] ?? node.instance.siteBytes + MissingKernels.overhead
      sizes[model] = size
      (bytes, count) = (bytes + lacking * size, count + lacking)
      guard memory.used + bytes <= memory.limit else {
        throw PatchErrors([
          PatchError(
            .limit,
            "there is no room for this node with \(voices) voices: \(memory.used >> 20) MB of \(memory.limit >> 20) MB"
              + " are in use, and the patch needs more than \(bytes >> 20) MB more",
            at: Place(path: node.id))
        ])
      }
    }
    guard count > 0 else { return MissingKernels([], bytes: 0) }
    var sites: [(instance: NodeInstance, group: Int)] = []
    sites.reserveCapacity(count)
    // The data of one thread are adjacent: the processor prefetches, and would fetch cache lines of other threads.
    for group in (0..<groups).sorted(by: { PatchRouter.place(of: $0) > PatchRouter.place(of: $1) }) {
      for node in nodes where node.instance.isPoly || group == 0 {
        if !node.instance.hasSite(group) { sites.append((node.instance, group)) }
      }
    }
    return MissingKernels(sites, bytes: bytes)
  }
}
