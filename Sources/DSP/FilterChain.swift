// [audio] Constant filters in series.
import CLanes

/// Filters in series as a pipeline in lanes: filter k renders frame t − k at step t, from what filter k − 1 made in the
/// step before. One filter alone waits for its own states in every frame. The sound equals that of `CookbookFilter.step`,
/// filter after filter, to the bit.
public enum FilterChain {
  /// The greatest number of filters: two vectors.
  public static var limit: Int { 16 }

  /// Filters at most 64 frames.
  ///
  /// - Parameters:
  ///   - filters: of each filter band, low and a `CookbookFilter`, adjacent; band and low advance.
  ///   - mask: 0 where `x` is one value for all frames; else −1.
  ///   - all: nil, or where the sound after each filter goes; the last one is `out`.
  @inlinable @inline(__always)
  public static func run(
    _ filters: UnsafeMutablePointer<UnsafeMutableRawPointer?>, count: Int, _ x: UnsafePointer<Float>, mask: Int,
    _ out: UnsafeMutablePointer<Float>, all: UnsafeMutablePointer<UnsafeMutablePointer<Float>?>?, frames: Int
  ) { weft_filter_chain(filters, count, x, mask, out, all, frames) }
}
