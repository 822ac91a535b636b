import Glibc

/// A WAV file of 32-bit floats, for listening to a measured workload.
final class WaveFileWriter {
  private let file: UnsafeMutablePointer<FILE>
  private let channels: Int
  private let rate: Int
  private var frames = 0

  init(_ path: String, channels: Int, rate: Int) throws {
    guard let file = fopen(path, "wb") else { throw Failure("cannot write \(path)") }
    self.file = file
    self.channels = channels
    self.rate = rate
    writeHeader()
  }

  deinit { fclose(file) }

  /// Appends one buffer per channel.
  func write(_ buffers: [UnsafeMutablePointer<Float>], frames count: Int) {
    var samples: [Float] = []
    samples.reserveCapacity(count * channels)
    for i in 0..<count { for buffer in buffers { samples.append(buffer[i]) } }
    fwrite(samples, 4, samples.count, file)
    frames += count
  }

  /// Writes the header again, with the final length.
  func finish() throws {
    rewind(file)
    writeHeader()
    if fflush(file) != 0 || ferror(file) != 0 { throw Failure("the file could not be written whole") }
  }

  private func writeHeader() {
    let bytes = frames * channels * 4
    var header: [UInt8] = []
    func text(_ s: String) { header += Array(s.utf8) }
    func number(_ value: Int, bytes: Int) { for i in 0..<bytes { header.append(UInt8(value >> (8 * i) & 255)) } }
    text("RIFF")
    number(36 + bytes, bytes: 4)
    text("WAVEfmt ")
    number(16, bytes: 4)
    number(3, bytes: 2)  // IEEE float
    number(channels, bytes: 2)
    number(rate, bytes: 4)
    number(rate * channels * 4, bytes: 4)
    number(channels * 4, bytes: 2)
    number(32, bytes: 2)
    text("data")
    number(bytes, bytes: 4)
    fwrite(header, 1, header.count, file)
  }
}
