import Engine
import TestSupport
import Testing

@Suite struct EventHeapTests {
  private func event(_ frame: Int, _ order: Int) -> Event {
    var event = Event(frame: frame)
    event.order = order
    return event
  }

  @Test func eventsLeaveByFrameThenOrder() {
    var heap = EventHeap(), random = SplitMix(seed: 1)
    defer { heap.free() }
    #expect(heap.first == Int.max)
    // A mirror of the heap, sorted.
    var mirror: [(frame: Int, order: Int)] = [], order = 0
    for _ in 0..<20_000 {
      if random.below(5) < 3, mirror.count < 300 {
        order += 1
        let frame = random.below(50)
        let isInserted = heap.insert(event(frame, order))
        #expect(isInserted)
        let place = mirror.firstIndex { ($0.frame, $0.order) > (frame, order) } ?? mirror.count
        mirror.insert((frame, order), at: place)
      } else if !mirror.isEmpty {
        let (removed, wanted) = (heap.removeFirst(), mirror.removeFirst())
        #expect(removed.frame == wanted.frame && removed.order == wanted.order)
      }
      #expect(heap.count == mirror.count && heap.first == mirror.first?.frame ?? .max)
    }
  }

  @Test func aFullHeapRefusesEvents() {
    var heap = EventHeap()
    defer { heap.free() }
    var accepted = 0
    for i in 0...EventHeap.capacity where heap.insert(event(EventHeap.capacity - i, i)) { accepted += 1 }
    #expect(accepted == EventHeap.capacity && heap.first == 1)
    _ = heap.removeFirst()
    let isInserted = heap.insert(event(0, 0))
    #expect(isInserted && heap.first == 0)
  }
}
