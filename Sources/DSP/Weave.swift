// [audio] Eight rows of numbers as numbers in lanes, and back.
import CLanes

/// A place of each of eight: signals, states.
public typealias EightPlaces = UnsafePointer<UnsafeMutableRawPointer?>

/// Turns rows into lanes, a square of eight by eight at a time.
public enum Weave {
  /// Eight signals, each in its lane. Their buffers, and `to`, have room for whole eights of frames.
  ///
  /// - Parameter masks: of each signal 0 where it is one value for all frames, else −1.
  @inlinable @inline(__always)
  public static func signals(
    _ rows: EightPlaces, masks: UnsafePointer<Int>, to lanes: UnsafeMutablePointer<Voices>, frames: Int
  ) { weft_weave(rows, masks, lanes, frames) }

  /// The reverse.
  @inlinable @inline(__always)
  public static func signals(from lanes: UnsafePointer<Voices>, to rows: EightPlaces, frames: Int) {
    weft_unweave(lanes, rows, frames)
  }

  /// Words of four bytes from eight places, each word in lanes.
  @inlinable @inline(__always)
  public static func words(_ count: Int, of places: EightPlaces, to lanes: UnsafeMutableRawPointer) {
    weft_gather(places, lanes, count)
  }

  /// The reverse.
  @inlinable @inline(__always)
  public static func words(_ count: Int, from lanes: UnsafeRawPointer, to places: EightPlaces) {
    weft_scatter(lanes, places, count)
  }
}
