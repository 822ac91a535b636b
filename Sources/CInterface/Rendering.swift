// [audio] The calls that render.
// swift-format-ignore-file: AlwaysUseLowerCamelCase
import CWeft
import PatchKit

/// [control]
@c @implementation public func weft_render_offline(
  _ session: weft_session, _ inputs: UnsafePointer<UnsafePointer<Float>?>?,
  _ outputs: UnsafePointer<UnsafeMutablePointer<Float>?>?, _ frames: Int64
) -> Int32 {
  guard let outputs, frames >= 0, let frames = Int(exactly: frames) else { return WEFT_ARGUMENT }
  return SessionTable.control(session) { player in
    guard !player.isLive else { return WEFT_ARGUMENT }
    return player.perform {
      try player.renderOffline(inputs, outputs, frames)
      let failures = player.events.failures()
      player.add(failures)
    }
  }
}

@c @implementation public func weft_render(
  _ session: weft_session, _ inputs: UnsafePointer<UnsafePointer<Float>?>?,
  _ outputs: UnsafePointer<UnsafeMutablePointer<Float>?>?, _ frames: Int32
) -> Int32 {
  guard let outputs, frames >= 0 else { return WEFT_ARGUMENT }
  return SessionTable.sound(session) { player in
    guard player.isLive else { return WEFT_ARGUMENT }
    player.engine.render(inputs: inputs, outputs: outputs, frames: Int(frames))
    return WEFT_OK
  }
}

@c @implementation public func weft_midi(
  _ session: weft_session, _ bytes: UnsafePointer<UInt8>?, _ size: Int32, _ offset: Int32
) -> Int32 {
  guard let bytes, size >= 0, offset >= 0 else { return WEFT_ARGUMENT }
  return SessionTable.sound(session) { player in
    player.engine.receive(midi: bytes, count: Int(size), after: Int(offset))
    return WEFT_OK
  }
}

@c @implementation public func weft_frame(_ session: weft_session) -> Int64 {
  var frame: Int64 = -1
  _ = SessionTable.sound(session) { player in
    frame = Int64(player.engine.frame)
    return WEFT_OK
  }
  return frame
}

@c @implementation public func weft_active_voices(_ session: weft_session) -> Int32 {
  var count: Int32 = -1
  _ = SessionTable.sound(session) { player in
    count = Int32(clamping: player.engine.soundingVoices)
    return WEFT_OK
  }
  return count
}
