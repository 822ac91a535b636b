import CSndFile
import ModuleKit

extension SoundInfo {
  /// The descriptions in the chunks of an open file of so many frames.
  init(of file: OpaquePointer, frames: Int) {
    self.init()
    if let text = SoundInfo.chunk("clm ", of: file) { cycle = SoundInfo.cycle(in: text) }
    if let bytes = SoundInfo.chunk("smpl", of: file) { readSampler(bytes, frames: frames) }
  }

  /// The frames of a cycle, of a chunk such as `<!>2048 10000000 wavetable`; 0 where it states none.
  private static func cycle(in text: [UInt8]) -> Int {
    let digits = text.drop { !(0x30...0x39).contains($0) }.prefix { (0x30...0x39).contains($0) }
    let frames = Int(String(decoding: digits.prefix(9), as: UTF8.self)) ?? 0
    return (2...65_536).contains(frames) ? frames : 0
  }

  /// The root key and the first loop of a chunk `smpl`: nine words, then six for each loop.
  private mutating func readSampler(_ bytes: [UInt8], frames: Int) {
    func word(_ index: Int) -> Int {
      (0..<4).reduce(0) { $0 | Int(bytes[4 * index + $1]) << (8 * $1) }
    }
    guard bytes.count >= 36 else {
      problems.append("its chunk smpl ends after \(bytes.count) of 36 bytes: no loop, no root key")
      return
    }
    if (0...127).contains(word(3)) {
      // The fraction is in units of a semitone / 2^32: the pitch above the key at which it was recorded.
      root = Float(word(3)) + Float(Double(word(4)) / 4_294_967_296)
    } else {
      problems.append("its root key \(word(3)) is above 127: it is ignored")
    }
    guard word(7) > 0 else { return }
    guard bytes.count >= 60 else {
      problems.append("its chunk smpl ends after \(bytes.count) bytes, before its first loop: no loop")
      return
    }
    let course: SoundLoop.Course = word(10) == 1 ? .alternating : word(10) == 2 ? .backward : .forward
    loop = SoundInfo.loop(from: word(11), to: word(12), course, frames: frames, &problems)
    if word(7) > 1 { problems.append("it has \(word(7)) loops: the first one is played") }
  }

  /// A loop from its first to its last frame; nil where nothing of it is inside the sound.
  static func loop(
    from first: Int, to last: Int, _ course: SoundLoop.Course, frames: Int, _ problems: inout [String]
  ) -> SoundLoop? {
    if first >= frames - 1 || last <= first {
      problems.append("its loop from frame \(first) to \(last) is not inside its \(frames) frames: no loop")
      return nil
    }
    if last >= frames {
      problems.append(
        "its loop from frame \(first) to \(last) ends outside its \(frames) frames: it ends at \(frames - 1)")
    }
    return SoundLoop(start: Double(first), length: Double(min(last, frames - 1) - first + 1), course: course)
  }

  /// The bytes of the first chunk of that name, at most a thousand; nil where there is none.
  private static func chunk(_ name: String, of file: OpaquePointer) -> [UInt8]? {
    var info = SF_CHUNK_INFO()
    withUnsafeMutableBytes(of: &info.id) { $0.copyBytes(from: name.utf8) }
    info.id_size = UInt32(name.utf8.count)
    guard let iterator = sf_get_chunk_iterator(file, &info), sf_get_chunk_size(iterator, &info) == 0, info.datalen > 0
    else { return nil }
    var bytes = [UInt8](repeating: 0, count: Int(min(info.datalen, 1_000)))
    info.datalen = UInt32(bytes.count)
    return bytes.withUnsafeMutableBytes { memory in
      info.data = memory.baseAddress
      return sf_get_chunk_data(iterator, &info) == 0
    } ? bytes : nil
  }
}
