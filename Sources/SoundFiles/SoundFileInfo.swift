import CSndFile
import ModuleKit

extension SoundInfo {
  /// The descriptions in the chunks of an open file.
  init(of file: OpaquePointer) {
    self.init()
    if let text = SoundInfo.chunk("clm ", of: file) { cycle = SoundInfo.cycle(in: text) }
  }

  /// The frames of a cycle, of a chunk such as `<!>2048 10000000 wavetable`; 0 where it states none.
  private static func cycle(in text: [UInt8]) -> Int {
    let digits = text.drop { !(0x30...0x39).contains($0) }.prefix { (0x30...0x39).contains($0) }
    let frames = Int(String(decoding: digits.prefix(9), as: UTF8.self)) ?? 0
    return (2...65_536).contains(frames) ? frames : 0
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
