// A garden of bells: procedural music with the engine as a library.
//
//   .build/release/weft-garden garden.wav
//
// A walk over a pentatonic scale, chords under it, a cloud of 37 notes for 32 voices, and at the end a panic.
import Weft

guard CommandLine.arguments.count == 2 else { fail("usage: weft-garden FILE.wav") }

do {
  let file = try WaveFile(CommandLine.arguments[1])
  let garden = Garden(try Instrument(patch: Garden.bells, voices: 32))
  let block = UnsafeMutablePointer<Float>.allocate(capacity: 2 * Garden.blockFrames)
  while garden.grow() {
    garden.instrument.sound.process(interleaved: block, frames: Garden.blockFrames)
    try file.write(block, count: 2 * Garden.blockFrames)
  }
  try file.finish()
} catch {
  fail("\(error)")
}
