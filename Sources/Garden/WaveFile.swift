import Glibc

/// A stereo WAV file of 32-bit floats.
final class WaveFile {
  private let file: UnsafeMutablePointer<FILE>
  private var samples = 0

  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  init(_ path: String) throws {
    guard let file = fopen(path, "wb") else {
      throw Failure(description: "\(path) cannot be written: \(String(cString: strerror(errno)))")
    }
    self.file = file
    writeHeader()
  }

  func write(_ block: UnsafePointer<Float>, count: Int) throws {
    guard fwrite(block, MemoryLayout<Float>.size, count, file) == count else {
      throw Failure(description: "the disk is full")
    }
    samples += count
  }

  /// Writes the header again, with the final length.
  func finish() throws {
    rewind(file)
    writeHeader()
    guard fclose(file) == 0 else { throw Failure(description: "the disk is full") }
  }

  private func writeHeader() {
    func bytes(_ number: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }
    let rate = Garden.sampleRate, bytesOfSound = 4 * samples
    // Format 3 is float; 2 channels of 4 bytes.
    let format = bytes(3, 2) + bytes(2, 2) + bytes(rate, 4) + bytes(8 * rate, 4) + bytes(8, 2) + bytes(32, 2)
    let header =
      Array("RIFF".utf8) + bytes(36 + bytesOfSound, 4) + Array("WAVEfmt ".utf8) + bytes(16, 4) + format
      + Array("data".utf8) + bytes(bytesOfSound, 4)
    fwrite(header, 1, header.count, file)
  }
}

func say(_ text: String) { print(text) }

func fail(_ text: String) -> Never {
  let line = "weft-garden: \(text)\n"
  _ = Glibc.write(STDERR_FILENO, line, line.utf8.count)
  exit(1)
}
