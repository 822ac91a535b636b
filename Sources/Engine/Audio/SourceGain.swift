// [audio] How loud a cable is, or eight cables side by side are.
import DSP
import ModuleKit

/// Reads the gain of one source of an input, in the width of the input.
protocol SourceGain {
  associatedtype L: Lane
  static func isMoving(_ source: CombineSource) -> Bool
  /// The gain at frame i of the chunk.
  static func value(_ source: CombineSource, at i: Int) -> L
  /// The gain where it does not move.
  static func constant(_ source: CombineSource) -> L
}

/// One cable, the same for all voices.
enum OneGain<L: Lane>: SourceGain {
  @inline(__always) static func isMoving(_ source: CombineSource) -> Bool { source.gain.pointee.isMoving }
  @inline(__always) static func value(_ source: CombineSource, at i: Int) -> L { L(source.gain.pointee[i]) }
  @inline(__always) static func constant(_ source: CombineSource) -> L { L(source.gain.pointee.target) }
}

/// Eight cables, one into each node of a pack.
enum EightGains: SourceGain {
  @inline(__always) static func isMoving(_ source: CombineSource) -> Bool {
    for lane in 0..<Voices.count where source.gains[lane].pointee.isMoving { return true }
    return false
  }
  @inline(__always) static func value(_ source: CombineSource, at i: Int) -> Voices {
    var values = Voices(0)
    for lane in 0..<Voices.count { values[lane] = source.gains[lane].pointee[i] }
    return values
  }
  @inline(__always) static func constant(_ source: CombineSource) -> Voices {
    var values = Voices(0)
    for lane in 0..<Voices.count { values[lane] = source.gains[lane].pointee.target }
    return values
  }
}
