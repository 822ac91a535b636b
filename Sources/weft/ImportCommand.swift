import CommandParser
import PatchKit
import Tracks

/// `weft import`: turns files of other programs into tracks.
enum ImportCommand {
  static func run(_ arguments: Arguments) throws -> ExitCode {
    let path = arguments.positional[0], bytes: [UInt8]
    do throws(PatchError) { bytes = try TextFile.read(path, acceptsPipes: true) } catch { throw PatchErrors([error]) }
    let track = try read(bytes, path)
    let text = track.json
    if let output = arguments.text("output"), output != "-" {
      try TextFile.write(Array(text.utf8), to: output, allowsStreams: true)
      Console.say("\(output): \(track.steps.count) steps")
    } else {
      Console.out(text)
    }
    return .done
  }

  /// By the ending, else by the first character: a schedule of Gnaural is XML.
  private static func read(_ bytes: [UInt8], _ path: String) throws(PatchErrors) -> Track {
    let isXML = path.hasSuffix(".gnaural") || bytes.first { $0 > 0x20 } == UInt8(ascii: "<")
    return isXML ? try GnauralImport.read(bytes, file: path) : try SbagenImport.read(bytes, file: path)
  }
}
