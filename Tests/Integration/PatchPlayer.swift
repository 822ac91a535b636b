import Control
import Engine
import Glibc
import Hosts
import ModuleKit
import Modules
import PatchKit
import SoundFiles

/// A patch rendered from its first frame like `weft render`: two channels at 48 kHz.
struct PatchPlayer {
  static let registry = Registry.linked()
  static let sampleRate = 48_000

  let left: [Float], right: [Float]
  /// The reason why it was not rendered; nil on success.
  let failure: String?

  /// Renders `patch`; its `input` nodes receive a quiet tone, its `notes` nodes one held key.
  init(_ patch: Patch, seconds: Int, period: Int) {
    let engine = Engine(sampleRate: Double(Self.sampleRate), inputChannels: 2, outputChannels: 2)
    let session = Session(engine: engine, registry: Self.registry)
    var failure: String?
    let library = try? SoundLibrary()
    session.plans.sounds = { (name, rate) throws(PatchError) in try library!.load(name, rate: rate) }
    session.onUnreadable = { failure = "\($0)" }
    let requester = Requester { if $0.address == "/fail" { failure = "\($0.arguments)" } }
    session.setDraft(patch)
    session.perform(OSCMessage("/patch/commit"), from: requester)
    if patch.nodes.values.contains(where: { $0.type == "notes" }) {
      session.perform(OSCMessage("/note/on", [.float(57), .float(0.8)]), from: requester)
    }

    let frames = seconds * Self.sampleRate
    var left = [Float](repeating: .nan, count: frames), right = left
    let tone = (0..<frames).map { Float($0 % 100) / 400 - 0.12375 }
    var done = 0
    while done < frames {
      let count = min(period, frames - done)
      left.withUnsafeMutableBufferPointer { l in
        right.withUnsafeMutableBufferPointer { r in
          tone.withUnsafeBufferPointer { t in
            engine.render(
              inputs: [t.baseAddress! + done, t.baseAddress! + done],
              outputs: [l.baseAddress! + done, r.baseAddress! + done], frames: count)
          }
        }
      }
      done += count
      session.tick()
    }
    self.left = left
    self.right = right
    self.failure = failure
  }

  var channels: [[Float]] { [left, right] }
  var isFinite: Bool { channels.joined().allSatisfy(\.isFinite) }
  var peak: Float { channels.joined().reduce(0) { max($0, $1.magnitude) } }
  /// The larger constant part of the two channels.
  var constantPart: Float {
    channels.map { channel in Float(channel.reduce(0) { $0 + Double($1) } / Double(channel.count)).magnitude }.max()!
  }

  /// Root of the mean square of both channels over the given frames.
  func rms(_ frames: Range<Int>) -> Float {
    let power = frames.reduce(0.0) { $0 + Double(left[$1] * left[$1] + right[$1] * right[$1]) }
    return Float((power / Double(2 * frames.count)).squareRoot())
  }

  func difference(from other: PatchPlayer) -> Float {
    zip(channels.joined(), other.channels.joined()).reduce(0) { max($0, ($1.0 - $1.1).magnitude) }
  }
}

/// An amplitude in decibels of full scale.
func decibels(_ amplitude: Float) -> Float { 20 * log10(max(amplitude, 1e-9)) }
