// [audio] Transposition of eight rows into lanes, and back.
import CLanes

/// Eight pointers: to signals or states.
public typealias EightPlaces = UnsafePointer<UnsafeMutableRawPointer?>

/// Transposes rows into lanes, a square of eight by eight at a time.
public enum Weave {
  /// Transposes eight signals into lanes. Their buffers, and `to`, are whole multiples of eight frames.
  ///
  /// - Parameter masks: for each signal 0 where it is constant, else −1.
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
