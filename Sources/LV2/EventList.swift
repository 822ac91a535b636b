// [audio] The events of a period, as the host writes them.
import CLV2

/// Reads a sequence of events by hand, so that a damaged one ends the list and not the program.
struct EventList {
  struct Item {
    var frame: Int
    var type: LV2_URID
    var bytes: UnsafePointer<UInt8>
    var count: Int
  }

  private let start: UnsafeMutableRawPointer?
  private var at = MemoryLayout<LV2_Atom_Sequence>.size
  private let end: Int
  private static let header = MemoryLayout<LV2_Atom_Event>.size

  init(_ port: UnsafeMutableRawPointer?) {
    start = port
    end = port.map { MemoryLayout<LV2_Atom>.size + Int($0.assumingMemoryBound(to: LV2_Atom.self).pointee.size) } ?? 0
  }

  /// The next event before a frame; nil: there is none.
  mutating func next(before frame: Int) -> Item? {
    guard let start, at + EventList.header <= end else { return nil }
    let event = (start + at).assumingMemoryBound(to: LV2_Atom_Event.self)
    let count = Int(event.pointee.body.size), place = Int(event.pointee.time.frames)
    guard at + EventList.header + count <= end else {
      at = end
      return nil
    }
    guard place < frame else { return nil }
    let bytes = UnsafePointer((start + at + EventList.header).assumingMemoryBound(to: UInt8.self))
    at += (EventList.header + count + 7) & ~7
    return Item(frame: place, type: event.pointee.body.type, bytes: bytes, count: count)
  }
}
