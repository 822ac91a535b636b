import Glibc
import ModuleKit
import TestSupport
import Testing

/// The head-related panner, with responses of its own.
@Suite struct SpatialTests {
  /// A head whose left ear hears sources from the left a little earlier and louder: eight directions.
  static func head(taps: Int = 100) -> SoundBuffer {
    var info = SoundInfo(), channels: [[Float]] = []
    for i in 0..<8 {
      let angle = Float(i) / 8 * 2 * .pi
      info.directions.append(SIMD3(cosf(angle), sinf(angle), 0))
      for ear in [Float(1), -1] {
        let side = ear * sinf(angle)
        var response = [Float](repeating: 0, count: taps)
        response[Int(20 - 15 * side)] = 1 + 0.5 * side
        response[taps - 1] = 0.1 * side
        channels.append(response)
      }
    }
    return SoundBuffer(channels: channels, rate: 48_000, info: info)
  }

  private static func rig(_ head: SoundBuffer? = head(), lanes: Int = 1) -> KernelRig {
    let rig = KernelRig("spatial", lanes: lanes, sounds: head.map { ["file": $0] } ?? [:])
    rig.signal("in") { frame, lane in sinf(Float(frame) * 0.03 + Float(lane)) }
    return rig
  }

  /// A source that stands still is convolved with the response of its direction, from the first frame on.
  @Test(arguments: [(Float(0), 0), (-0.25, 2), (0.25, 6), (0.5, 4), (1.27, 6)])
  func standingSourceIsConvolvedWithItsResponse(azimuth: Float, direction: Int) {
    let head = Self.head(), rig = Self.rig(head)
    rig["azimuth"] = azimuth
    let sound = rig.render(4_000)
    for (ear, name) in ["left", "right"].enumerated() {
      var worst: Float = 0
      for i in 0..<4_000 {
        let wanted = (0..<min(head.frames, i + 1)).reduce(Float(0)) {
          $0 + head.samples(2 * direction + ear)[$1] * sinf(Float(i - $1) * 0.03)
        }
        worst = max(worst, abs(sound[name][0][i] - wanted))
      }
      #expect(worst < 0.01, "\(name)")
    }
    #expect(rig.violations == 0)
  }

  @Test func movingSourceDoesNotClick() {
    let rig = Self.rig()
    rig.signal("azimuth") { frame, _ in Float(frame) / 24_000 }
    let sound = rig.render(24_000)
    // The second difference of a sine of 0.03 radians a frame and level 1.5 is 0.0014.
    let out = sound["left"][0]
    var bend: Float = 0
    for i in 300..<23_998 {
      let second: Float = out[i] - 2 * out[i + 1] + out[i + 2]
      bend = max(bend, abs(second))
    }
    #expect(bend < 0.006, "\(bend)")
  }

  @Test(arguments: [1, 15, 33]) func blocksDoNotChangeASpatialSound(block: Int) {
    func render(_ block: Int) -> Rendering {
      let rig = Self.rig()
      rig.signal("azimuth") { frame, _ in Float(frame) / 5_000 }
      return rig.render(6_000, block: block)
    }
    #expect(render(block).difference(from: render(64)) == 0)
  }

  @Test func distanceDividesTheLevel() {
    let near = Self.rig(), far = Self.rig()
    far["distance"] = 4
    let a = near.render(2_000)["left"][0], b = far.render(2_000)["left"][0]
    #expect(zip(a, b).allSatisfy { abs($0 - 4 * $1) < 1e-5 })
  }

  /// Without a file a source is placed by level alone.
  @Test func sourceWithoutResponsesIsPanned() {
    let rig = Self.rig(nil)
    rig["azimuth"] = 0.25
    let sound = rig.render(1_000)
    #expect(sound["left"][0].allSatisfy { abs($0) < 1e-5 })
    #expect(sound["right"][0].contains { $0 > 0.9 })
  }

  @Test func spatialSoundRecoversFromNaN() {
    let rig = Self.rig()
    rig.signal("in") { frame, _ in frame == 100 ? .nan : 0.1 }
    rig.skip(400)
    #expect(rig.render(2_000).isFinite)
  }

  @Test func aSoundWithoutDirectionsIsReported() {
    let plain = SoundBuffer(channels: [[1, 0], [1, 0]], rate: 48_000)
    #expect(KernelRig.registry["spatial"]?.soundProblems?(plain).count == 1)
    #expect(KernelRig.registry["spatial"]?.soundProblems?(Self.head()) == [])
  }
}
