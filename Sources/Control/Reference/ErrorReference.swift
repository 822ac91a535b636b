import PatchKit

/// Descriptions of the error codes, for the reference.
extension ErrorCode {
  /// The meaning of the code.
  public var summary: String { text.summary }
  /// A request that fails with it in the patch of the examples; nil where it depends on more than one request.
  public var example: String? { text.example }

  private var text: (summary: String, example: String?) {
    switch self {
    case .noSuchAddress: ("no command has this address", "/patch/creat osc2 saw")
    case .noSuchType: ("no module has this name", "/patch/create osc2 swa")
    case .noSuchNode: ("no node has this id", "/patch/delete osc9")
    case .noSuchPort: ("the node has no such input or output", "/patch/connect osc1/left filt1")
    case .noSuchParam: ("the node has no such parameter", "/mod/osc1/frequncy 440")
    case .noSuchCable: ("these ports are not connected", "/patch/disconnect keys out")
    case .noSuchNote: ("no note with this id or key sounds", "/note/bend 5000 1")
    case .noSuchSnapshot: ("no snapshot has this name", "/snap/recall bridge")
    case .noSuchMacro: ("no macro has this name", "/macro/shine 0.5")
    case .argumentCount: ("too few or too many arguments", "/patch/delete")
    case .argumentType: ("an argument of another type", "/note/on A4 loud")
    case .range: ("a value outside its range", "/engine/volume 99")
    case .badName: ("a name with characters that are not allowed", "/patch/create 1st saw")
    case .duplicate: ("the name is in use", "/patch/create osc1 saw")
    case .notPatchable: ("the parameter is a setting: no cable reaches it", "/patch/connect osc1 keys/mode")
    case .cycle: ("the cables form a loop without a delay", nil)
    case .limit: ("a limit of size, count or time", nil)
    case .syntax: ("a file or text that cannot be read", "/patch/set {")
    case .newerVersion: ("a file of a newer version of weft", "/patch/set '{\"weft\": 99}'")
    case .unreadable: ("a file that is missing or cannot be read", "/patch/load missing.json")
    case .unwritable: ("a file that cannot be written, or that weft did not write", "/patch/save missing/folder/a.json")
    case .outsideRoot: ("a path outside the folder of the patch and of --root", nil)
    case .busy: ("the same work is in progress already", nil)
    case .aborted: ("another command of the bundle has failed", nil)
    case .stale: ("another client has edited the draft since", nil)
    case .nothingToDo: ("nothing to undo, redo, stop or end", "/patch/redo")
    case .late: ("the time has passed", nil)
    case .noAudio: ("nothing renders: no audio server, or it has stopped", nil)
    case .notFinite: ("a node made a value that is not finite and has been muted", nil)
    case .runaway: ("a node grew without bound and has been muted", nil)
    case .tooLoud: ("the output exceeds what can be played", nil)
    case .overload: ("rendering takes longer than the period", nil)
    case .malformed: ("a packet that is not valid OSC", nil)
    case .longerLoop: ("a cable loop that takes longer than the delay time set in it", nil)
    case .silent: ("the patch is silent", nil)
    case .soundFile: ("a sound file that is played in part, or whose missing data is assumed", nil)
    }
  }
}
