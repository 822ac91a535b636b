// [control] Constant signals shared by all plans.
import DSP
import ModuleKit

enum Constants {
  /// 0, for an unpatched audio input.
  nonisolated(unsafe) static let silence = cell(holding: 0, isPatched: false)
  /// 1, for a scaled input while it is, or becomes, unpatched.
  nonisolated(unsafe) static let unit = cell(holding: 1, isPatched: true)
  /// A constant gain of 1.
  nonisolated(unsafe) static let unitGain: UnsafeMutablePointer<Ramp> = {
    let ramp = UnsafeMutablePointer<Ramp>.allocate(capacity: 1)
    ramp.initialize(to: Ramp(at: 1))
    return ramp
  }()

  private static func cell(holding value: Float, isPatched: Bool) -> UnsafeMutablePointer<SignalCell> {
    let base = UnsafeMutablePointer<Voices>.allocate(capacity: 1)
    base.initialize(to: Voices(value))
    let cell = UnsafeMutablePointer<SignalCell>.allocate(capacity: 1)
    cell.initialize(to: SignalCell(base: base, mask: 0))
    cell.pointee.isPatched = isPatched
    return cell
  }

  /// The signal of a parameter: its first stored property.
  static func cell(of parameter: UnsafeMutablePointer<Parameter>) -> UnsafeMutablePointer<SignalCell> {
    UnsafeMutableRawPointer(parameter).assumingMemoryBound(to: SignalCell.self)
  }
}
