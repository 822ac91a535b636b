import Control
import Engine
import Foundation
import Modules
import PatchKit
import SoundFiles
import Testing

/// A patch rendered with commands at their times, in two channels at 48 kHz.
struct PatchPerformance {
  static let rate = 48_000

  let channels: [[Float]]
  /// The failures of the commands.
  let failures: [String]

  /// - Parameter commands: in the words of a score, each with its time in seconds, in the order of their times.
  init(_ patch: Patch, seconds: Double, _ commands: [(time: Double, text: String)], period: Int = 512) throws {
    let engine = Engine(sampleRate: Double(Self.rate), inputChannels: 2, outputChannels: 2)
    let session = Session(engine: engine, registry: PatchPlayer.registry)
    let library = try SoundLibrary()
    session.plans.sounds = { (name, rate) throws(PatchError) in try library.load(name, rate: rate) }
    var failures: [String] = []
    let requester = Requester { if $0.address == "/fail" { failures.append("\($0)") } }
    session.setDraft(patch)
    session.perform(OSCMessage("/patch/commit", [0]), from: requester)
    let text = commands.map { "\($0.time) \($0.text)\n" }.joined()
    var score = ScorePlayer(try Score.read(Array(text.utf8)), sampleRate: Double(Self.rate))
    let frames = Int(seconds * Double(Self.rate))
    var left = [Float](repeating: 0, count: frames), right = left, done = 0
    while done < frames {
      score.perform(upTo: done, on: session)
      session.tick()
      let next = [score.nextFrame, session.nextDueFrame].compactMap { $0 }.min() ?? frames
      let count = max(1, min(period, frames - done, max(1, next - done)))
      left.withUnsafeMutableBufferPointer { l in
        right.withUnsafeMutableBufferPointer { r in
          engine.render(inputs: nil, outputs: [l.baseAddress! + done, r.baseAddress! + done], frames: count)
        }
      }
      done += count
    }
    channels = [left, right]
    self.failures = failures + score.failures.map { "line \($0.line): \($0.message)" }
  }

  var peak: Float { channels.map(loudest).max()! }

  /// Mean K-weighted level of both channels from a time on, in dB; with another performance, that of the difference.
  func level(from seconds: Double, minus other: PatchPerformance? = nil) -> Double {
    let start = Int(seconds * Double(Self.rate)), count = channels[0].count - start
    var meter = LoudnessMeter(channels: 2, rate: Double(Self.rate))
    var samples = [Float](repeating: 0, count: 2 * count)
    for c in 0..<2 {
      for i in 0..<count { samples[2 * i + c] = channels[c][start + i] - (other?.channels[c][start + i] ?? 0) }
    }
    meter.add(samples, frames: count)
    return meter.meanLevel
  }

  /// Integrated loudness in LUFS.
  var loudness: Double {
    var meter = LoudnessMeter(channels: 2, rate: Double(Self.rate))
    let count = channels[0].count
    var samples = [Float](repeating: 0, count: 2 * count)
    for c in 0..<2 { for i in 0..<count { samples[2 * i + c] = channels[c][i] } }
    meter.add(samples, frames: count)
    return meter.loudness ?? -.infinity
  }

  /// The part of the sound that differs between the channels: 0 for mono, 1 for unrelated channels of one level.
  var stereoPart: Double {
    var side = 0.0, sum = 0.0
    for (l, r) in zip(channels[0], channels[1]) {
      side += Double((l - r) * (l - r)) / 2
      sum += Double(l * l + r * r)
    }
    return sum > 0 ? (side / sum).squareRoot() : 0
  }

  /// The highest peak between the samples, oversampled four times.
  var truePeak: Float {
    channels.map { channel in
      var highest: Float = 0
      for i in 8..<max(8, channel.count - 8) where channel[i].magnitude > 0.3 || channel[i + 1].magnitude > 0.3 {
        for phase in 1...3 {
          let at = Float(phase) / 4
          var sum: Float = 0
          for k in -7...8 {
            let x = Float.pi * (at - Float(k)), window = 0.5 + 0.5 * cos((at - Float(k)) * .pi / 9)
            sum += channel[i + k] * sin(x) / x * window
          }
          highest = max(highest, sum.magnitude)
        }
      }
      return max(highest, loudest(channel))
    }.max()!
  }
}
