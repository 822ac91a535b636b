// swift-format-ignore-file: AlwaysUseLowerCamelCase
import CWeft
import Control
import Offline
import PatchKit

@c @implementation public func weft_load(
  _ session: weft_session, _ json: UnsafePointer<CChar>?, _ size: Int, _ path: UnsafePointer<CChar>?
) -> Int32 {
  guard let json, size >= 0 else { return WEFT_ARGUMENT }
  return SessionTable.control(session) { player in
    player.perform { try player.load(bytes(json, size), path: path.map { String(cString: $0) }) }
  }
}

@c @implementation public func weft_load_track(
  _ session: weft_session, _ json: UnsafePointer<CChar>?, _ size: Int, _ path: UnsafePointer<CChar>?,
  _ frames: UnsafeMutablePointer<Int64>?
) -> Int32 {
  guard let json, size >= 0 else { return WEFT_ARGUMENT }
  return SessionTable.control(session) { player in
    player.perform {
      let length = try player.loadTrack(bytes(json, size), path: path.map { String(cString: $0) })
      frames?.pointee = Int64(length)
    }
  }
}

@c @implementation public func weft_command(_ session: weft_session, _ line: UnsafePointer<CChar>?) -> Int32 {
  guard let line else { return WEFT_ARGUMENT }
  return SessionTable.control(session) { player in
    player.perform {
      let lines = try Score.read(Array(("0 " + String(cString: line)).utf8))
      guard let command = lines.first, lines.count == 1 else { throw PatchError(.syntax, "one command is expected") }
      player.session.perform(
        .message(OSCMessage(command.address, command.arguments.map(\.osc))), from: player.requester)
    }
  }
}

@c @implementation public func weft_send(
  _ session: weft_session, _ packet: UnsafeRawPointer?, _ size: Int
) -> Int32 {
  guard let packet, size >= 0 else { return WEFT_ARGUMENT }
  return SessionTable.control(session) { player in
    player.perform {
      let packet = try OSCPacket(UnsafeRawBufferPointer(start: packet, count: size))
      player.session.perform(packet, from: player.requester)
    }
  }
}

@c @implementation public func weft_next_packet(
  _ session: weft_session, _ size: UnsafeMutablePointer<Int>?
) -> UnsafeRawPointer? {
  var result: UnsafeRawPointer?
  size?.pointee = 0
  _ = SessionTable.control(session) { player in
    while let reply = player.nextReply() {
      guard let bytes = try? reply.encoded() else { continue }
      size?.pointee = bytes.count
      result = player.kept(bytes)
      break
    }
    return WEFT_OK
  }
  return result
}

@c @implementation public func weft_next_text(_ session: weft_session) -> UnsafePointer<CChar>? {
  result(of: session) { player in player.nextReply().flatMap { player.kept($0.description) } }
}

@c @implementation public func weft_score(
  _ session: weft_session, _ text: UnsafePointer<CChar>?, _ size: Int
) -> Int32 {
  guard let text, size >= 0 else { return WEFT_ARGUMENT }
  return SessionTable.control(session) { player in
    player.perform {
      let lines = try Score.read(bytes(text, size))
      player.events.add(lines, at: player.engine.frame, rate: player.engine.sampleRate)
    }
  }
}

@c @implementation public func weft_midi_file(
  _ session: weft_session, _ content: UnsafeRawPointer?, _ size: Int, _ seconds: UnsafeMutablePointer<Double>?
) -> Int32 {
  guard let content, size >= 0 else { return WEFT_ARGUMENT }
  return SessionTable.control(session) { player in
    player.perform {
      let song = try MidiFile(bytes(content.assumingMemoryBound(to: CChar.self), size))
      seconds?.pointee = song.seconds
      player.events.add(song, at: player.engine.frame, on: player.session)
    }
  }
}

private func bytes(_ start: UnsafePointer<CChar>, _ count: Int) -> [UInt8] {
  Array(UnsafeRawBufferPointer(start: start, count: count))
}
