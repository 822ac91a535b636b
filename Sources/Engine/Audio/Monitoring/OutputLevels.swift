// [audio] Peaks of every output of a plan.
import DSP
import ModuleKit
import Synchronization

/// The peak of each output of a plan since the control thread last read it.
///
/// A site is rendered by one thread in a block, so each peak has one writer. The control thread resets a peak as it
/// reads it; where that crosses a write, the peak counts for the next reading, too.
enum OutputLevels {
  /// Bit patterns of magnitudes, which order as the magnitudes do.
  typealias Peak = Atomic<UInt32>

  /// [control] Assigns each site of a plan the index of its first peak.
  static func numbered(_ sites: [FaultSite]) -> (sites: [FaultSite], count: Int) {
    var sites = sites, count = 0
    for i in sites.indices {
      sites[i].firstPeak = count
      count += sites[i].outputCount
    }
    return (sites, count)
  }

  /// Raises the peaks of a module step's outputs: one node, a group of its voices, or a pack of nodes.
  static func measure(_ step: Step, in plan: UnsafeMutablePointer<Plan>, _ context: UnsafePointer<RenderContext>) {
    let sites = plan.pointee.sites.baseAddress! + step.site, peaks = plan.pointee.peaks
    let isPacked = sites.pointee.isPacked, lanes = isPacked ? Voices.count : sites.pointee.lanes
    let voices = context.pointee.voices - sites.pointee.group * Voices.count
    for port in 0..<sites.pointee.outputCount {
      let level = OutputLevels.level(step.outputs[port], isWide: lanes > 1, context)
      if isPacked {
        for lane in 0..<Voices.count { raise(peaks + sites[lane].firstPeak + port, to: level[lane]) }
        continue
      }
      var peak: Float = 0
      for lane in 0..<(lanes > 1 ? min(lanes, max(voices, 0)) : Voices.count) { peak = max(peak, level[lane]) }
      raise(peaks + sites.pointee.firstPeak + port, to: peak)
    }
  }

  /// The greatest magnitude in each lane; a mono signal is spread over the lanes. NaN is left out.
  @inline(__always)
  private static func level(
    _ cell: UnsafeMutablePointer<SignalCell>, isWide: Bool, _ context: UnsafePointer<RenderContext>
  ) -> Voices {
    let frames = cell.pointee.mask == 0 ? 1 : context.pointee.frames
    let values = cell.pointee.base.assumingMemoryBound(to: Float.self)
    // Between grid points nothing was written; an output without readers is on the grid, too.
    if cell.pointee.isOnGrid && frames > 1 {
      let first = -context.pointee.frame & (gridFrames - 1)
      var peaks = first > 0 ? .maximum(magnitude(values, at: 0, isWide), Voices(0)) : Voices(0)
      for i in stride(from: first, to: frames, by: gridFrames) {
        peaks = .maximum(magnitude(values, at: i, isWide), peaks)
      }
      return peaks
    }
    if isWide { return greatest(values, vectors: frames) }
    let whole = frames / Voices.count
    var peaks = greatest(values, vectors: whole)
    for i in whole * Voices.count..<frames { peaks = .maximum(magnitude(values, at: i, false), peaks) }
    return peaks
  }

  /// The greatest magnitude in each lane of consecutive vectors, in four independent chains of instructions.
  @inline(__always)
  private static func greatest(_ values: UnsafeMutablePointer<Float>, vectors count: Int) -> Voices {
    var a = Voices(0), b = a, c = a, d = a, i = 0
    while i + 4 <= count {
      a = .maximum(magnitude(values, at: i, true), a)
      b = .maximum(magnitude(values, at: i + 1, true), b)
      c = .maximum(magnitude(values, at: i + 2, true), c)
      d = .maximum(magnitude(values, at: i + 3, true), d)
      i += 4
    }
    while i < count {
      a = .maximum(magnitude(values, at: i, true), a)
      i += 1
    }
    return .maximum(.maximum(a, b), .maximum(c, d))
  }

  @inline(__always)
  private static func magnitude(_ values: UnsafeMutablePointer<Float>, at i: Int, _ isWide: Bool) -> Voices {
    .magnitude(
      isWide ? UnsafeRawPointer(values + i * Voices.count).loadUnaligned(as: Voices.self) : Voices(values[i]))
  }

  @inline(__always) private static func raise(_ peak: UnsafeMutablePointer<Peak>, to level: Float) {
    if level.bitPattern > peak.pointee.load(ordering: .relaxed) {
      peak.pointee.store(level.bitPattern, ordering: .relaxed)
    }
  }
}

/// Magnitudes of samples.
enum Peaks {
  /// The greatest magnitude; infinite where a value is not finite.
  static func peak(of values: UnsafePointer<Float>, count: Int) -> Float {
    var most = SIMD8<UInt32>(repeating: 0), rest: UInt32 = 0
    let whole = count & ~7
    var i = 0
    while i < whole {
      most = pointwiseMax(most, UnsafeRawPointer(values + i).loadUnaligned(as: SIMD8<UInt32>.self) & magnitude)
      i += 8
    }
    while i < count {
      rest = max(rest, values[i].bitPattern & magnitude)
      i += 1
    }
    return level(ofMagnitude: max(most.max(), rest))
  }

  /// Copies values and zeroes the source in one pass; returns the greatest magnitude.
  static func move(_ from: UnsafeMutablePointer<Float>, to: UnsafeMutablePointer<Float>, count: Int) -> UInt32 {
    var most = SIMD8<UInt32>(repeating: 0), rest: UInt32 = 0
    let whole = count & ~7
    var i = 0
    while i < whole {
      let bits = UnsafeRawPointer(from + i).loadUnaligned(as: SIMD8<UInt32>.self)
      UnsafeMutableRawPointer(from + i).storeBytes(of: SIMD8<UInt32>(repeating: 0), as: SIMD8<UInt32>.self)
      UnsafeMutableRawPointer(to + i).storeBytes(of: bits, as: SIMD8<UInt32>.self)
      most = pointwiseMax(most, bits & magnitude)
      i += 8
    }
    while i < count {
      rest = max(rest, from[i].bitPattern & magnitude)
      to[i] = from[i]
      from[i] = 0
      i += 1
    }
    return max(most.max(), rest)
  }

  // Without their sign, floats order as their bits do, and non-finite values come last.
  private static let magnitude: UInt32 = 0x7fff_ffff
  static func level(ofMagnitude bits: UInt32) -> Float {
    bits >= 0x7f80_0000 ? .infinity : Float(bitPattern: bits)
  }
}
