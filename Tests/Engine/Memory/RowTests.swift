import Engine
import ModuleKit
import Synchronization
import Testing

/// References, rows and their owners: the only way in which the engine reaches memory.
@Suite struct RowTests {
  @Test func referenceIsOneValueForAllItsCopies() {
    let reference = Reference.make(3), copy = reference
    defer { reference.free() }
    copy.pointee += 4
    #expect(reference.pointee == 7)
  }

  @Test func rowReadsAndWritesItsElementsByIndex() {
    let row = Row<Int>.room(for: 5).initialize { $0 * $0 }
    defer { row.free() }
    row[2] += 10
    row.reference(to: 3).pointee = 1
    #expect(Array(row) == [0, 1, 14, 1, 16])
    #expect(row.count == 5 && !row.isEmpty && row.indices == 0..<5)
  }

  @Test func partOfARowSharesItsElements() {
    let row = Row<Int>.room(for: 6).initialize { $0 }
    defer { row.free() }
    let part = row.part(from: 2, count: 3)
    part[0] = 20
    part.fill(with: 7, count: 1)
    #expect(Array(part) == [7, 3, 4] && Array(row) == [0, 1, 7, 3, 4, 5])
    var seen: [Int] = []
    row.each(from: 3, to: 5) { seen.append($0.pointee) }
    #expect(seen == [3, 4])
  }

  @Test func rowCopiesTheFirstElementsOfAnother() {
    let a = Row<Float>.room(for: 4).initialize(from: [0, 1, 2, 3]), b = Row<Float>.lines(for: 4).initialize { _ in -1 }
    defer {
      a.free()
      b.free()
    }
    b.copy(a, count: 3)
    #expect(Array(b) == [0, 1, 2, -1] && Array(b.buffer) == Array(b))
  }

  @Test func elementsThatCannotBeCopiedAreReachedInPlace() {
    let counters = OwnedRow<Atomic<Int>>(count: 3) { Atomic($0) }
    counters[1].add(5, ordering: .relaxed)
    #expect((0..<3).map { counters[$0].load(ordering: .relaxed) } == [0, 6, 2])
    let word = OwnedReference(inLine: Atomic<UInt32>(8))
    word.pointee.store(9, ordering: .relaxed)
    #expect(word.pointee.load(ordering: .relaxed) == 9)
  }

  /// Counts its deinitialisations.
  private final class Guest {
    private let ends: Reference<Int>
    init(_ ends: Reference<Int>) { self.ends = ends }
    deinit { ends.pointee += 1 }
  }

  @Test func ownersDeinitialiseTheirElementsOnce() {
    let ends = Reference.make(0)
    defer { ends.free() }
    do {
      let row = OwnedRow(count: 3) { _ in Guest(ends) }, one = OwnedReference(Guest(ends))
      #expect(row.row().count == 3 && one.pointee === one.reference().pointee && ends.pointee == 0)
    }
    #expect(ends.pointee == 4)
  }

  @Test func lineRowsShareNoCacheLine() {
    for count in [1, 3, 17] {
      let a = Row<UInt8>.lines(for: count), b = Row<UInt8>.lines(for: count)
      defer {
        a.free()
        b.free()
      }
      let places = [a, b].map { Int(bitPattern: $0.buffer.baseAddress!) }
      #expect(places.allSatisfy { $0 % CacheLine.bytes == 0 })
      #expect((places[0] - places[1]).magnitude >= CacheLine.bytes)
    }
  }

  @Test func optionalReferenceTakesOneWord() {
    #expect(MemoryLayout<Reference<Int>?>.size == MemoryLayout<Int>.size)
    #expect(MemoryLayout<RawMemory?>.size == MemoryLayout<Int>.size)
  }

  @Test func rawMemoryIsReadAsTheTypeThatItHolds() {
    let memory = RawMemory.zeros(bytes: 16)
    defer { memory.free() }
    #expect(Array(memory.row(of: Float.self, count: 4)) == [0, 0, 0, 0])
    memory.row(of: Float.self, count: 4)[1] = 1.5
    #expect(memory.reference(to: SIMD4<Float>.self).pointee == [0, 1.5, 0, 0])
  }

  #if DEBUG
    /// Release builds do not check.
    @Test func indexBeyondTheRowIsTrappedInDebugBuilds() async {
      await #expect(processExitsWith: .failure) {
        let row = Row<Int>.room(for: 3).initialize { $0 }
        row[3] = 1
      }
    }
  #endif
}
