import PatchKit
import Testing
import Tracks

/// Import of SBaGen sequences and Gnaural schedules.
@Suite struct ImportTests {
  private static let sequence = """
    -SE
    # Theta, then alpha.
    ts1: pink/40 200+6/20 100-4/10
    ts2: pink/40 210+10/20 100-4/10
    alloff: -
    NOW ts1 ->
    +00:05 ts2
    +00:10:30 alloff
    """

  @Test func sbagenSequenceBecomesATrack() throws {
    let track = try SbagenImport.read(Array(Self.sequence.utf8))
    #expect(track.steps.map(\.start) == [0, 300])
    #expect(track.steps.map(\.description) == ["ts1", "ts2"])
    let first = track.steps[0].voices[0], second = track.steps[1].voices
    #expect(first.isTransition)
    #expect(first.params["startBeatFreq"] == .number(-6) && first.params["endBeatFreq"] == .number(-10))
    #expect(first.params["startBaseFreq"] == .number(200) && first.params["endBaseFreq"] == .number(210))
    #expect(second.count == 2 && second[1].params["beatFreq"] == .number(4))
    #expect(track.noise?.envelope.first?.gain == 0.4)
  }

  /// The file that an import writes is read as the same track.
  @Test func importedTrackIsReadBack() throws {
    let track = try SbagenImport.read(Array(Self.sequence.utf8)), contents = try TrackFile.read(Array(track.json.utf8))
    #expect(contents.warnings.isEmpty)
    #expect(contents.track.steps == track.steps)
    #expect(contents.track.crossfade == track.crossfade)
    #expect(contents.track.noise?.envelope == track.noise?.envelope)
  }

  @Test(arguments: [
    ("a: bell+500/20\nNOW a", 1), ("a: 200+4/20\nNOW b", 2), ("a: 200+4/20\n-Z\nNOW a", 2), ("a: { }\nNOW a", 1),
    ("a: 200+4\nNOW a", 1), ("a: 200+4/20\n25 a", 2), ("a: 200+4/20", 1),
    ("a: 200+4/20 100/5\nb: 100/5\nNOW a ->\n+00:01 b", 3),
  ]) func sbagenErrorHasItsLine(text: String, line: Int) {
    #expect { try SbagenImport.read(Array(text.utf8), file: "a.sbg") } throws: { error in
      (error as? PatchErrors)?.errors.first?.place.line == line
    }
  }

  private static let schedule = """
    <?xml version="1.0"?>
    <schedule>
     <gnauralfile_version>1.2</gnauralfile_version>
     <voice>
      <id>0</id>
      <type>0</type>
      <voice_mute>0</voice_mute>
      <entries>
       <entry parent="0" duration="60.0" volume_left="0.5" volume_right="0.4" beatfreq="10" basefreq="200" state="0"/>
       <entry parent="0" duration="120.0" volume_left="0.3" volume_right="0.3" beatfreq="4" basefreq="180" state="0"/>
      </entries>
     </voice>
     <voice><type>1</type><voice_mute>0</voice_mute>
      <entries><entry duration="180" volume_left="0.2" volume_right="0.2" beatfreq="0" basefreq="0"/></entries></voice>
    </schedule>
    """

  @Test func gnauralScheduleBecomesATrack() throws {
    let track = try GnauralImport.read(Array(Self.schedule.utf8))
    #expect(track.steps.map(\.duration) == [60, 120])
    let first = try #require(track.steps[0].voices.first), second = try #require(track.steps[1].voices.first)
    #expect(first.params["startBeatFreq"] == .number(10) && first.params["endBeatFreq"] == .number(4))
    #expect(second.params["startBaseFreq"] == .number(180) && second.params["endAmpL"] == .number(0.5))
    #expect(track.noise?.envelope == [.init(time: 0, gain: 0.2)])
  }

  @Test func gnauralVoiceOfAnotherTypeIsAnError() {
    let text = Self.schedule.replacing("<type>1</type>", with: "<type>2</type>")
    #expect { try GnauralImport.read(Array(text.utf8)) } throws: { error in
      (error as? PatchErrors)?.errors.first?.place.line == 13
    }
    #expect(throws: PatchErrors.self) { try GnauralImport.read(Array("<schedule><voice".utf8)) }
    #expect(throws: PatchErrors.self) { try GnauralImport.read([]) }
  }
}
