/// Descriptions of the notifications, for the reference and for `weft watch`.
extension Topic {
  /// The arguments of a notification, in order.
  public var fields: String { text.fields }
  /// The event that causes it.
  public var summary: String { text.summary }
  /// Arguments as they may arrive.
  public var example: String { text.example }

  private var text: (fields: String, summary: String, example: String) {
    switch self {
    case .commit:
      ("revision seq client ms change…", "a commit is audible", "12 340 3 2.8 \"+ osc1 (saw)\"")
    case .history:
      (
        "undo-label redo-label dirty path unsaved", "undo, redo or the file of the patch has changed",
        "\"+ osc1 (saw)\" \"\" 0 /home/me/bass.json 1"
      )
    case .param:
      (
        "id param value seconds curve", "another client or a controller has set a parameter",
        "filt1 cutoff 800.0 0.0 linear"
      )
    case .macro: ("name value seconds", "another client or a controller has set a macro", "tone 0.7 0.0")
    case .midi: ("id/param controller channel fine", "a controller has been learned", "filt1/cutoff 74 1 0")
    case .error:
      (
        "code message client address request-id place suggestion", "an error of the program",
        "unreadable \"bass.json: no such file\" 0 \"\" \"\" bass.json \"\""
      )
    case .others:
      (
        "code message client address request-id place suggestion", "a request of another client has failed",
        "no-such-node \"there is no node osc2\" 3 /patch/delete #7 osc2 osc1"
      )
    case .client:
      ("number name event id…", "another client has joined, left, or selected nodes", "3 tablet selects osc1 filt1")
    case .xrun: ("count", "an xrun; the number since the start", "2")
    case .meter: ("target peak RMS…", "the level of each channel, after /meter", "out 0.51 0.22 0.48 0.21")
    case .levels: ("seq blob", "a byte for the peak of each output, after /meters", "340 [blob of 12 bytes]")
    case .probe:
      (
        "id/param value lowest highest", "the range of a parameter under its cables, after /probe",
        "filt1/cutoff 800.0 412.0 1630.0"
      )
    case .scope: ("target sample…", "samples, after /scope", "osc1 0.0 0.057 0.115 0.172")
    case .spectrum:
      (
        "target lowest highest dB…", "the level of each band, after /spectrum",
        "out 20.0 20000.0 -61.2 -48.0"
      )
    case .tuner: ("target Hz key certainty", "the pitch, after /tuner", "osc1 440.1 69.004 0.98")
    case .profile:
      (
        "total id percent…", "the cost of each node in % of the period, after /profile",
        "6.1 filt1 2.4 osc1 1.9"
      )
    case .transport:
      ("tempo beats bar beat source running", "the clock has changed", "120.0 4.0 3 1.25 own 1")
    case .record:
      (
        "path code message", "a recording has ended without a request",
        "take.wav unwritable \"the disk is full\""
      )
    case .track:
      (
        "state step steps elapsed remaining", "once a second, and at a new step of the track",
        "playing 2 12 305.0 1495.0"
      )
    case .edit: ("seq client ADDRESS arguments…", "a resolved edit, after /edits", "341 3 /patch/create osc2 saw")
    }
  }
}
