// [audio] When a voice has fallen silent: by frames, so that no period can be heard.
import DSP
import ModuleKit

extension VoiceAllocator {
  /// -120 dB of full scale.
  static let silence: Float = 0.000_001

  /// Goes on by a chunk; at each end of a quantum the voices are measured.
  mutating func advance(_ frames: Int, from now: Int) {
    guard !isIdle else { return }
    let measures = isSummed && (now + frames) & (quantumFrames - 1) == 0
    isIdle = true
    for g in 0..<groupCount where !groups[g]!.pointee.isIdle {
      groups[g]!.pointee.advance(frames)
      if measures { measure(g) }
      isIdle = isIdle && groups[g]!.pointee.isIdle
    }
  }

  private mutating func measure(_ g: Int) {
    let peak = groups[g]!.pointee.peak
    groups[g]!.pointee.peak = Voices(0)
    var isIdle = true
    for lane in 0..<min(Voices.count, max(0, reach - g * Voices.count)) {
      let index = g * Voices.count + lane
      let voice = voice(index)
      // Forgets a peak with a time constant of 13 ms at 48 kHz.
      voice.pointee.level = max(peak[lane], voice.pointee.level * 0.9)
      if voice.pointee.stage == .released {
        voice.pointee.silentFrames = peak[lane] < VoiceAllocator.silence ? voice.pointee.silentFrames + quantumFrames : 0
        if voice.pointee.silentFrames >= tailFrames { makeIdle(index) }
      }
      if voice.pointee.stage != .idle { isIdle = false }
    }
    // A voice that the patch has no more may still fade.
    groups[g]!.pointee.isIdle = isIdle && !groups[g]!.pointee.weight.isMoving
  }
}
