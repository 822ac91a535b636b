// [audio] True-peak limiter at the outputs.
import DSP

/// A look-ahead limiter with one gain for all channels; latency `delay` frames.
///
/// The gain for a peak is reached on a ramp as the peak leaves, then recovers over 100 ms.
/// - Source: minimum over the look-ahead, then its mean over the same time: P. Hämäläinen, "Smoothing of the control
///   signal without clipped output in digital peak limiters" (2002). True peaks at four times the rate, as ITU-R
///   BS.1770 measures them.
package final class OutputLimiter {
  /// Seconds of look-ahead, and the release time constant.
  private static let lookAhead = 0.002, release = 0.1

  /// Latency in frames.
  package let delay: Int
  private let ceiling: Float
  private let channels: Int
  private let ahead: Int
  private let size: Int
  private let past: OwnedRow<Float>
  private let detectors: OwnedRow<TruePeak>
  /// The requested gains, lowest first, each with its frame: a sliding minimum.
  private let queue: OwnedRow<(frame: Int, gain: Float)>
  private var first = 0, last = 0
  private var held: Float = 0
  private let back: Float
  /// 1 − gain over the look-ahead, in whole steps: their sum never drifts.
  private let lacks: OwnedRow<Int>
  private var lack = 0
  private static let steps: Float = 1_048_576
  private var frame = 0

  /// - Parameter ceiling: the greatest output magnitude.
  package init(channels: Int, sampleRate: Double, ceiling: Float) {
    self.channels = channels
    self.ceiling = ceiling
    ahead = max(1, Int((OutputLimiter.lookAhead * sampleRate).rounded()))
    delay = ahead + TruePeak.delay
    var size = 1
    while size <= delay + 1 { size *= 2 }
    self.size = size
    past = OwnedRow(repeating: 0, count: size * channels)
    detectors = OwnedRow(count: channels) { _ in TruePeak() }
    queue = OwnedRow(repeating: (0, 1), count: size)
    lacks = OwnedRow(repeating: 0, count: ahead)
    back = 1 - Float.exp2(-1.442_695 / Float(OutputLimiter.release * sampleRate))
  }

  func process(_ host: HostOutputs) {
    for i in 0..<host.frames {
      var peak: Float = 0
      for channel in 0..<channels {
        let x = host[channel]?[i] ?? 0
        past.row()[channel * size + frame & (size - 1)] = x
        peak = max(peak, detectors.row()[channel].next(x))
      }
      let gain = next(peak > ceiling ? ceiling / peak : 1)
      for channel in 0..<channels {
        // Slightly below 1, so that rounding stays below the ceiling.
        host[channel]?[i] = past[channel * size + (frame - delay) & (size - 1)] * gain
      }
      frame += 1
    }
  }

  /// The gain of the present output frame.
  private func next(_ wanted: Float) -> Float {
    while last > first, queue[(last - 1) & (size - 1)].gain >= wanted { last -= 1 }
    queue.row()[last & (size - 1)] = (frame, wanted)
    last += 1
    // The window is one frame longer than the mean: the ramp ends before the peak leaves.
    if queue[first & (size - 1)].frame < frame - ahead { first += 1 }
    held = max(1 - queue[first & (size - 1)].gain, held - back * held)
    // Rounded up: the gain never exceeds its limit.
    let now = Int((held * OutputLimiter.steps).rounded(.up))
    let place = frame % ahead
    lack += now - lacks[place]
    lacks.row()[place] = now
    return max(0, 1 - Float(lack) / (OutputLimiter.steps * Float(ahead)))
  }
}
