/// The greatest magnitude of some samples, or `least`; samples that are no numbers are left out.
public func greatestMagnitude(of samples: UnsafePointer<Float>, count: Int, least: Float = 0) -> Float {
  let raw = UnsafeRawPointer(samples)
  var high = Voices(repeating: least), low = -high, done = 0
  while done + 8 <= count {
    let next = raw.loadUnaligned(fromByteOffset: 4 * done, as: Voices.self)
    high.replace(with: next, where: next .> high)
    low.replace(with: next, where: next .< low)
    done += 8
  }
  var greatest = max(high.max(), -low.min())
  for i in done..<max(count, done) { greatest = max(greatest, samples[i].magnitude) }
  return greatest
}
