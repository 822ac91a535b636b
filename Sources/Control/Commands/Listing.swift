import PatchKit
import Synchronization

/// A reply of several messages, one a row, and a final answer.
struct Listing {
  struct Rows: Sendable {
    let count: Int
    let row: @Sendable (Int) -> [OSCArgument]

    init(_ count: Int, _ row: @escaping @Sendable (Int) -> [OSCArgument]) { (self.count, self.row) = (count, row) }
    init(_ rows: [[OSCArgument]]) { self.init(rows.count) { rows[$0] } }
  }

  /// Maximum size of a listing that is sent synchronously; a longer one is prepared on the worker and sent in steps.
  static let short = 256

  let size: Int
  let rows: @Sendable () -> Rows
  /// Sends one row; by default with the request's own address.
  var send: (Call, [OSCArgument]) -> Void = { $0.item($1) }
  var finish: (Call, _ count: Int) -> Void = { $0.done([.int32(Int32(clamping: $1))]) }

  /// - Parameter size: number of items read for it.
  init(size: Int, _ rows: @escaping @Sendable () -> Rows) { (self.size, self.rows) = (size, rows) }
}

extension Session {
  /// Answers with a listing: synchronously, or in steps if it is long.
  func answer(_ call: Call, _ listing: Listing) {
    guard listing.size > Listing.short, laterWork != nil, let worker else {
      let rows = listing.rows()
      for i in 0..<rows.count { listing.send(call, rows.row(i)) }
      return listing.finish(call, rows.count)
    }
    var rows: Listing.Rows?, next = 0
    laterWork!.append(
      LongWork { work in
        guard let rows else {
          worker.run(listing.rows) {
            rows = $0
            work.resume()
          }
          return .waiting
        }
        if next < rows.count {
          listing.send(call, rows.row(next))
          next += 1
          return .more
        }
        listing.finish(call, rows.count)
        return .done
      })
  }
}

/// JSON of a draft, formatted at its first use, on any thread.
final class PatchText: Sendable {
  /// Sequence number of its last edit.
  let seq: Int
  private let make: @Sendable () -> String
  private let text = Mutex<String?>(nil)

  init(seq: Int, _ make: @escaping @Sendable () -> String) { (self.seq, self.make) = (seq, make) }

  var value: String {
    text.withLock { text in
      if text == nil { text = make() }
      return text!
    }
  }
}

extension Session {
  /// JSON of the current draft.
  var draftText: PatchText {
    if let patchText, patchText.seq == store.seq { return patchText }
    let made = PatchText(seq: store.seq) { [patch = draft.patch, registry] in
      PatchFile.text(of: patch, in: registry, isExplicit: true)
    }
    patchText = made
    return made
  }
}

extension Patch {
  /// Number of nodes, cables and nodes in snapshots.
  var itemCount: Int { nodes.count + cables.count + snapshots.values.reduce(0) { $0 + $1.nodes.count } }
}

extension String {
  /// Pieces of at most `limit` bytes, split between characters: index, count, piece.
  func numberedPieces(of limit: Int) -> Listing.Rows {
    guard utf8.count > limit else { return Listing.Rows([[0, 1, .string(self)]]) }
    let cuts = cuts(every: limit), count = cuts.count - 1
    return Listing.Rows(count) { i in
      [.int32(Int32(clamping: i)), .int32(Int32(clamping: count)), .string(String(self[cuts[i]..<cuts[i + 1]]))]
    }
  }

  /// Splits the text into pieces of at most `limit` bytes, between characters.
  func pieces(of limit: Int) -> [String] {
    let cuts = cuts(every: limit)
    return zip(cuts, cuts.dropFirst()).map { String(self[$0..<$1]) }
  }

  private func cuts(every limit: Int) -> [Index] {
    guard utf8.count > limit else { return [startIndex, endIndex] }
    var cuts = [startIndex]
    while let start = cuts.last, start < endIndex {
      var end = utf8.index(start, offsetBy: limit, limitedBy: endIndex) ?? endIndex
      while end > start, end < endIndex, Unicode.UTF8.isContinuation(utf8[end]) { end = utf8.index(before: end) }
      cuts.append(end)
    }
    return cuts
  }
}
