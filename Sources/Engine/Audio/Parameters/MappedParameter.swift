// [audio] A parameter that a MIDI controller sets.
import DSP
import Synchronization

/// One parameter and its controller, in one plan.
struct MappedParameter {
  /// 1 … 16; 0: any.
  var channel: UInt8
  var controller: UInt8
  /// Fourteen bits: the controller 32 above holds the lower seven.
  var isFine: Bool
  var travel: MappingRange
  var parameter: UnsafeMutablePointer<Parameter>
  var buffer: UnsafeMutableRawPointer?
  var pickup: UnsafeMutablePointer<Pickup>
  var reported: UnsafeMutablePointer<Atomic<UInt64>>

  func receives(_ number: UInt8, _ channel: UInt8) -> Bool {
    (number == controller || isFine && number == controller + 32) && (self.channel == 0 || self.channel == channel)
  }

  /// Applies a controller position, 0 … 1. A parameter that was set from elsewhere keeps its value until the controller
  /// reaches it (soft take-over).
  func apply(to place: Float, in plan: UnsafeMutablePointer<Plan>) {
    let before = pickup.pointee.place, value = travel.value(at: place), stands = parameter.pointee.target
    pickup.pointee.place = place
    if stands != pickup.pointee.given && stands != value {
      let goal = travel.place(of: stands)
      let isNear = (place - goal).magnitude <= MappedParameter.reach
      // Before the first move the position is not a number.
      let hasPassed = (before - goal) * (place - goal) <= 0
      guard isNear || hasPassed else { return }
    }
    pickup.pointee.given = value
    plan.pointee.set(parameter, value, buffer: buffer)
    let version = reported.pointee.load(ordering: .relaxed) >> 32 &+ 1
    reported.pointee.store(version << 32 | UInt64(value.bitPattern), ordering: .releasing)
  }

  /// Distance within which a controller picks the parameter up: a step of seven bits.
  private static let reach: Float = 1 / 127
}

/// State of a controller that survives plans.
struct Pickup: BitwiseCopyable {
  /// The last controller position, and the value set from it; not a number before the first move.
  var place: Float = .nan
  var given: Float = .nan
}

/// Maps a controller position to a parameter value, and back.
struct MappingRange: BitwiseCopyable, Equatable {
  /// The parameter's values at either end; the first may be the greater.
  var from: Float
  var to: Float
  /// Linear in octaves.
  var isLogarithmic: Bool
  /// Whole numbers only: choices, switches, counts.
  var isWhole: Bool

  func value(at place: Float) -> Float {
    if place <= 0 { return from }
    if place >= 1 { return to }
    if isLogarithmic { return from * Float.exp2(place * Float.log2(to / from)) }
    let value = from + (to - from) * place
    return isWhole ? value.rounded() : value
  }

  func place(of value: Float) -> Float {
    guard from != to else { return 0 }
    return isLogarithmic ? Float.log2(value / from) / Float.log2(to / from) : (value - from) / (to - from)
  }
}
