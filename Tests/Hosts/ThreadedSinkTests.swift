import PatchKit
import SoundFiles
import Synchronization
import Testing

@Suite struct ThreadedSinkTests {
  /// Keeps what is written; fails from a frame on, if told to.
  private final class Memory: SoundSink {
    var samples: [Float] = []
    var isFinished = false
    var failsAt = Int.max
    let channels: Int
    init(channels: Int) { self.channels = channels }
    func write(_ samples: UnsafePointer<Float>, frames: Int) throws(PatchError) {
      if self.samples.count / channels + frames > failsAt { throw PatchError(.unwritable, "the disk is full") }
      self.samples += UnsafeBufferPointer(start: samples, count: frames * channels)
    }
    func finish() { isFinished = true }
  }

  @Test(arguments: [1, 100, 16_384, 16_385, 100_000])
  func samplesArriveInOrderWhateverThePieces(piece: Int) throws {
    let memory = Memory(channels: 2), frames = 90_001
    let sink = try #require(ThreadedSink(memory, channels: 2))
    let sound = (0..<2 * frames).map { Float($0) }
    try sound.withUnsafeBufferPointer { sound in
      for start in stride(from: 0, to: frames, by: piece) {
        try sink.write(sound.baseAddress! + 2 * start, frames: min(piece, frames - start))
      }
    }
    try sink.finish()
    let isEqual = memory.samples == sound
    #expect(isEqual && memory.isFinished)
  }

  @Test func anErrorOfTheSinkIsThrownAndNothingIsFinished() throws {
    let memory = Memory(channels: 1)
    memory.failsAt = 40_000
    let sink = try #require(ThreadedSink(memory, channels: 1))
    let second = [Float](repeating: 0.5, count: 48_000)
    #expect(throws: PatchError.self) {
      for _ in 0..<60 { try sink.write(second, frames: second.count) }
    }
    #expect(throws: PatchError.self) { try sink.finish() }
    #expect(!memory.isFinished && memory.samples.count <= 40_000)
  }

  @Test func anErrorOfTheLastPieceIsThrownByFinish() throws {
    let memory = Memory(channels: 1)
    memory.failsAt = 10
    let sink = try #require(ThreadedSink(memory, channels: 1))
    try sink.write([Float](repeating: 0.5, count: 100), frames: 100)
    #expect(throws: PatchError.self) { try sink.finish() }
    #expect(!memory.isFinished)
  }

  @Test func aSinkThatIsNotFinishedEndsItsThread() throws {
    let memory = Memory(channels: 1)
    do {
      let sink = try #require(ThreadedSink(memory, channels: 1))
      try sink.write([Float](repeating: 0.5, count: 100_000), frames: 100_000)
    }
    #expect(!memory.isFinished && memory.samples.count == 98_304)
  }
}
