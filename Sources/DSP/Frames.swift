// [audio] The frames of a block, four at a time.

/// Calls `body` for 0 ..< count, unrolled by four: for short bodies, such as a multiplication, the loop overhead would
/// dominate.
@inlinable @inline(__always)
public func eachFrame(_ count: Int, _ body: (Int) -> Void) {
  let rounds = count >> 2
  for round in 0..<rounds {
    let i = round << 2
    body(i)
    body(i | 1)
    body(i | 2)
    body(i | 3)
  }
  for i in (rounds << 2)..<count { body(i) }
}
