import CommandParser
import Control
import Hosts
import ModuleKit
import SoundFiles

/// The description of the command line, used by parsing, help, completions and the man page.
enum CommandLineTable {
  static let program = Version.name
  static let summary = "modular synthesizer that is re-patched while it plays"
  /// The file name endings of writable sound formats; the first is the default.
  static let soundEndings = SoundFormat.allCases.map(\.rawValue)
  static let oscPort = OSCServer.defaultPort
  static let webPort = 7_771

  static let commands: [CommandSpec] = [
    play, demo, render, check, convert, export, importing, patches, modules, module, devices, plan, patch, why, send,
    repl,
    watch,
    osc, help, completions, man,
  ]

  /// The meaning of each exit status.
  static let exitCodes: [(ExitCode, String)] = [
    (.done, "done"), (.failed, "the work failed"), (.usage, "wrong usage"), (.patch, "the patch is invalid"),
    (.noAudio, "no audio server"),
  ]

  static let environment: [(name: String, summary: String)] = [
    ("NO_COLOR", "Any value: no colours."),
    ("JACK_DEFAULT_SERVER", "The JACK server to use."),
    ("WEFT_SWIFTC", "The Swift compiler that builds modules; the swiftc found in PATH unless set."),
    ("WEFT_LEVEL", "The installed build to run, such as x86-64-v2; that of the processor unless set."),
    ("XDG_CONFIG_HOME", "Your own modules are in weft/modules below it; ~/.config unless set."),
    (
      "XDG_DATA_HOME",
      "Files that installed patches save and record, and presets, are in weft below it; ~/.local/share unless set."
    ),
    ("XDG_STATE_HOME", "The state that play --resume continues is in weft below it; ~/.local/state unless set."),
  ]

  static let play = CommandSpec(
    name: "play", summary: "Play a patch on JACK and receive OSC commands until Ctrl-C, SIGTERM or /quit",
    details: [
      "Without a PATCH it starts with an empty patch, which /patch commands edit. A PATCH that is not a file is a name: "
        + "weft patches lists your patches and the installed ones.",
      "Files are saved and recorded in the patch's directory, those of an installed patch in $XDG_DATA_HOME/weft "
        + "(~/.local/share/weft); --root selects another.",
      "Where neither a JACK server nor PipeWire runs, --server auto starts a private server: on the first sound card "
        + "that opens (see weft devices), else with JACK's dummy driver, which is silent.",
      "The committed patch and the draft are kept in $XDG_STATE_HOME/weft (~/.local/state/weft), in a folder named after "
        + "the OSC port.",
    ],
    arguments: [patch(required: false)],
    options: [
      text("name", "NAME", "Name of the JACK client", default: "weft"),
      text("osc", "[HOST:]PORT", "OSC over UDP and TCP; bound to loopback unless HOST is given", default: "\(oscPort)"),
      OptionSpec(
        name: "allow-remote",
        summary: "Let other machines reach --osc HOST and --web HOST; OSC needs no token: all can play, edit and quit"),
      OptionSpec(
        name: "web",
        value: ValueSpec(
          name: "[[HOST:]PORT]", rule: .text, implied: "127.0.0.1:\(webPort)", accepts: OSCPlace.isPlace),
        summary:
          "Serve a page, HTTP and WebSocket, on 127.0.0.1:\(webPort) unless given; prints the address with its token"),
      OptionSpec(name: "new-token", summary: "Make a new token for the page; the previous one becomes invalid"),
      OptionSpec(name: "guest", summary: "Print a second address for guests, who may read and play, but not edit"),
      OptionSpec(
        name: "web-name", value: ValueSpec(name: "NAME", rule: .text),
        summary: "Host name under which a reverse proxy serves the page"),
      root,
      whole("outputs", "N", 1...64, "JACK output ports", default: 2),
      whole("inputs", "N", 0...64, "JACK input ports", default: 2),
      limit, threads, memory,
      OptionSpec(name: "protect", summary: "Fade out the quietest voices while the processor is overloaded"),
      OptionSpec(name: "no-connect", summary: "Do not connect to the sound card's ports"),
      choice(
        "server", "WHICH", AudioServer.Choice.allCases.map(\.rawValue),
        "Start a JACK server if none runs, always a silent one, or never",
        default: "auto"),
      optionalText("device", "NAME", "Sound card of a private JACK server, as weft devices lists it"),
      optionalText("midi-in", "NAME", "Connect only the MIDI inputs whose name contains NAME; none connects no input"),
      file("score", "FILE", ["score", "txt"], "Score: timed commands, a line each (weft help score)"),
      file("midi", "FILE", ["mid", "midi"], "Standard MIDI file, for the patch's notes nodes"),
      number(
        "look-back", "S", 0...RecordingService.longestLookBack,
        "Seconds of past sound to keep for /record/last; 300 s take 115 MB",
        default: 60),
      samples,
      OptionSpec(name: "resume", summary: "Continue the last run on this OSC port, also after a crash or a power cut"),
      OptionSpec(name: "loop", summary: "Repeat the track when it has ended"),
      OptionSpec(
        name: "track-service",
        summary: "Serve the track player over HTTP at /play, /stop and /status too; implies --web"),
      OptionSpec(name: "watch", summary: "Commit the patch file again whenever it is saved"),
      file(
        "bank", "DIR", [], "Folder of patches for MIDI program changes; the first one plays unless a PATCH is given"),
      file("dev", "DIR", [], "Build a module's Swift file in DIR whenever it is saved, and hot-reload the module"),
      moduleFolder,
      allowMissing,
    ],
    examples: [
      "weft play bass", "weft play --server dummy --osc 0.0.0.0:7770 --allow-remote --watch bass.json",
    ])

  static let demo = CommandSpec(
    name: "demo", summary: "Play a demo: a patch is edited while it plays, and each command is printed",
    details: [
      "Without a NAME: the guided minute, in which a patch is built, re-patched, undone, morphed and replaced. The demos are "
        + "patches with scores, in Patches/demos: weft render writes them to a file."
    ],
    arguments: [ArgumentSpec(name: "NAME", summary: "Name of a demo (default tour)", isRequired: false)],
    options: [OptionSpec(name: "names", summary: "List only the names")]
      + play.options.filter { DemoCommand.options.contains($0.name) },
    examples: ["weft demo", "weft demo techno", "weft render demos/techno -o techno.wav --score demos/techno.score"])

  static let render = CommandSpec(
    name: "render", summary: "Render a patch to a sound file, faster than real time",
    details: ["The engine is that of play: the same commands give the same samples."],
    arguments: [patch(required: true)],
    options: [
      file(
        "output", "FILE", soundEndings,
        "Sound file to write; its ending selects the format; - writes raw float32 to standard output",
        letter: "o"),
      OptionSpec(
        name: "seconds", value: ValueSpec(name: "S", rule: .number(0.001...1e6)),
        summary: "Length in seconds (default 10, also with --score; a whole track; with --midi, until silence)"),
      OptionSpec(
        name: "until-silent",
        summary: "End when the output has stayed below -90 dBFS for 0.5 s after the last event, at most 60 s after it"),
      optionalText(
        "stems", "NODES",
        "Write a file, NAME.ID.wav, for each of these nodes: ids separated by commas, or all for every output"),
      OptionSpec(
        name: "peak", value: ValueSpec(name: "DB", rule: .number(-60...1)),
        summary: "Normalise to this peak in dBFS; a value above 0 is an amplitude, 1 is full scale"),
      OptionSpec(
        name: "bits", value: ValueSpec(name: "N", rule: .choice(["16", "24", "32"])),
        summary: "Bits per sample; 32 is floating point (default 32, for FLAC 24)"),
      OptionSpec(
        name: "rounding", value: ValueSpec(name: "WAY", rule: .choice(["nearest", "truncate"])),
        summary: "Rounding to 16 or 24 bits; truncate rounds towards zero, and scales 16 bits by 32767"),
      OptionSpec(name: "dither", summary: "Add triangular dither (TPDF) before rounding to 16 or 24 bits"),
      number("rate", "HZ", 1_000...768_000, "Sample rate", default: Double(AudioServer.defaultRate)),
      whole("period", "N", 1...65_536, "Frames per period", default: AudioServer.defaultPeriod),
      file("score", "FILE", ["score", "txt"], "Score: timed commands, a line each (weft help score)"),
      file("midi", "FILE", ["mid", "midi"], "Standard MIDI file, for the patch's notes nodes"),
      file("input", "FILE", soundEndings, "Sound file that the patch's input nodes play"),
      trackTime("from", "Start of the rendered part of a track, in seconds"),
      trackTime("to", "End of the rendered part of a track, in seconds"),
      OptionSpec(
        name: "step", value: ValueSpec(name: "N", rule: .whole(1...1_000_000)),
        summary: "Render only this step of a track"),
      trackTime("fade-in", "Length of a fade-in of a track, in seconds"),
      trackTime("fade-out", "Length of a fade-out of a track, in seconds"),
      whole("channels", "N", 1...64, "Number of channels", default: 2),
      choice("format", "FORMAT", soundEndings, "File format, in place of the ending's"),
      limit, threads, memory, moduleFolder,
      root,
      samples,
      allowMissing,
    ],
    examples: [
      "weft render Patches/bass.json -o bass.wav --seconds 4 --score riff.score",
      "weft render Patches/help/notes.json -o song.flac --midi song.mid",
      "weft render pad.json -o - --channels 2 | sox -t f32 -r 48k -c 2 - pad.mp3",
    ])

  static let check = CommandSpec(
    name: "check", summary: "Read and compile patches; report each error with its line and the nearest valid name",
    arguments: [
      ArgumentSpec(
        name: "PATCH", summary: "Patch or track file, or a patch's name", repeats: true, completion: .patches)
    ],
    options: [json, moduleFolder, allowMissing, samples], examples: ["weft check Patches/*.json"])

  static let convert = CommandSpec(
    name: "convert",
    summary: "Convert a patch file to format 2, with a position for every node; its sound stays the same",
    arguments: [patch(required: true, isTrackToo: false)],
    options: [
      file("output", "FILE", ["json"], "File to write", letter: "o"), moduleFolder, allowMissing,
    ],
    examples: ["weft convert bass.json -o bass2.json"])

  static let export = CommandSpec(
    name: "export", summary: "Write a patch as an LV2 plug-in, which hosts such as Ardour, Carla or jalv load",
    details: [
      "The bundle contains the patch, its sounds and a library that plays it. The macros of the patch become the controls "
        + "of the plug-in, in their order, and its snapshots the presets. Controls of an existing bundle keep their index.",
      "With --generic the plug-in has two audio inputs and outputs, MIDI, and 16 controls for the first macros of the "
        + "patch that it holds. Its control Remote opens an OSC port, from 7780 on, for all commands of weft play.",
    ],
    arguments: [patch(required: true, isTrackToo: false)],
    options: [
      OptionSpec(
        name: "output", letter: "o",
        value: ValueSpec(name: "NAME.lv2", rule: .text),
        summary: "Bundle to write, a folder (default: named after the patch file)"),
      OptionSpec(name: "install", summary: "Install it in ~/.lv2, where hosts find it"),
      OptionSpec(
        name: "generic",
        summary: "Write the generic plug-in: it begins with this patch, is edited over OSC, and saved by the host"),
      optionalText("uri", "URI", "URI that identifies the plug-in (default urn:weft:NAME)"),
    ],
    examples: [
      "weft export strings -o strings.lv2", "weft export bass.json --install", "weft export pad --generic --install",
    ])

  static let importing = CommandSpec(
    name: "import", summary: "Convert an SBaGen sequence or a Gnaural schedule to a track",
    details: ["A part that a track cannot express is an error with its line."],
    arguments: [
      ArgumentSpec(name: "FILE", summary: "A .sbg or .gnaural file", completion: .files(["sbg", "gnaural"]))
    ],
    options: [file("output", "FILE", ["json"], "File to write (default: standard output)", letter: "o")],
    examples: ["weft import relax.sbg -o relax.json"])

  static let patches = CommandSpec(
    name: "patches", summary: "List the patches that can be named without a path: yours and the installed ones",
    options: [OptionSpec(name: "names", summary: "List only the names"), moduleFolder],
    examples: ["weft patches", "weft play strings"])

  static let modules = CommandSpec(
    name: "modules", summary: "List the modules, describe one, or search them",
    details: [
      "With the name of a module: its ports, ranges, units, defaults and help patch. With another WORD: the modules with "
        + "that name or synonym (lowpass, vco, env, bitcrusher), also in SuperCollider, Pure Data, VCV Rack or Max."
    ],
    arguments: [
      ArgumentSpec(
        name: "WORD", summary: "Name of a module, or words to search for", isRequired: false, repeats: true,
        completion: .modules)
    ],
    options: [
      json, OptionSpec(name: "markdown", summary: "Print a reference in Markdown"),
      OptionSpec(name: "names", summary: "List only the names"),
      file("pictures", "DIR", [], "Write a picture of each module (wave, response or help patch) to DIR/NAME.svg"),
      moduleFolder,
    ],
    examples: ["weft modules biquad", "weft modules lowpass", "weft modules phasor~"])

  static let module = CommandSpec(
    name: "module", summary: "Create a module of your own, or build one into a library that patches can use",
    details: [
      "new writes NAME.swift, a working module; build compiles a Swift file to TYPE.so. A library works only with the "
        + "build of weft that it was compiled for."
    ],
    arguments: [
      ArgumentSpec(name: "ACTION", summary: "new or build", completion: .choices(["new", "build"])),
      ArgumentSpec(
        name: "NAME", summary: "Name of the new module, or Swift file to build", completion: .files(["swift"])),
    ],
    options: [
      file("output", "DIR", [], "Folder for the library (default .)", letter: "o"),
      OptionSpec(name: "install", summary: "Install it for all weft programs of this user"),
    ],
    examples: ["weft module new Fold", "weft module build Fold.swift --install"])

  static let plan = CommandSpec(
    name: "plan", summary: "Show the rendering order of a patch, its buffers and the nodes that use them",
    arguments: [patch(required: false)],
    options: [
      OptionSpec(name: "dot", summary: "Print a Graphviz graph"),
      OptionSpec(name: "running", summary: "Show the draft of a running weft, in place of a PATCH"),
      text("osc", "[HOST:]PORT", "Address of the running weft", default: "\(oscPort)"), moduleFolder, allowMissing,
    ],
    examples: ["weft plan --dot bass.json | dot -Tsvg > bass.svg"])

  static let devices = CommandSpec(
    name: "devices", summary: "List the sound cards and MIDI inputs that play can use", examples: ["weft devices"])

  static let patch = CommandSpec(
    name: "patch", summary: "Print the draft of a running weft as a patch file",
    options: [text("osc", "[HOST:]PORT", "Address of the running weft", default: "\(oscPort)")],
    examples: ["weft patch > now.json"])

  static let why = CommandSpec(
    name: "why", summary: "Explain why a running weft is silent: where the signal ends, and what to do",
    arguments: [
      ArgumentSpec(name: "ID", summary: "Node to explain (default: the outputs)", isRequired: false)
    ],
    options: [text("osc", "[HOST:]PORT", "Address of the running weft", default: "\(oscPort)")],
    examples: ["weft why", "weft why filt1"])

  static let send = CommandSpec(
    name: "send", summary: "Send one OSC command to a running weft and print its replies",
    details: [
      "A number without a point is sent as an int, with a point as a float, everything else as a string. Exit status 1 "
        + "on /fail."
    ],
    arguments: [
      ArgumentSpec(name: "ADDRESS", summary: "OSC address, such as /mod/osc1/frequency", completion: .osc),
      ArgumentSpec(name: "ARGS", summary: "Its arguments", isRequired: false, repeats: true, completion: .osc),
    ],
    options: [
      OptionSpec(name: "complete", summary: "Send nothing; list the completions of the last word (for shells)"),
      text("osc", "[HOST:]PORT", "Address of the running weft", default: "\(oscPort)"),
      number("timeout", "S", 0.01...3_600, "Seconds to wait for the reply", default: 2),
    ],
    examples: ["weft send /mod/osc1/frequency 440", "weft send /patch/connect osc1 filt1"])

  static let repl = CommandSpec(
    name: "repl", summary: "Interactive prompt for a running weft, with completion and history",
    details: [
      "Tab completes addresses, ids, ports and choices, and shows the value, range and unit of a parameter.",
      "If standard input is not a terminal, each line is sent and its replies are printed.",
    ],
    options: [text("osc", "[HOST:]PORT", "Address of the running weft", default: "\(oscPort)")],
    examples: ["weft repl", "echo /status | weft repl"])

  static let watch = CommandSpec(
    name: "watch", summary: "Print the notifications of a running weft: commits, parameters, errors, the transport",
    details: [
      "meter, scope, spectrum and tuner take the ids of nodes (default out), probe takes ID/PARAM; levels and profile "
        + "measure all nodes."
    ],
    arguments: [
      ArgumentSpec(
        name: "TOPIC", summary: "Topic to print (default: all but measurements)", isRequired: false,
        completion: .choices(Topic.allCases.map(\.rawValue))),
      ArgumentSpec(name: "NAME", summary: "More topics, or the nodes to measure", isRequired: false, repeats: true),
    ],
    options: [text("osc", "[HOST:]PORT", "Address of the running weft", default: "\(oscPort)")],
    examples: ["weft watch", "weft watch commit error", "weft watch meter out osc1"])

  static let osc = CommandSpec(
    name: "osc", summary: "List the OSC commands with their arguments, or describe one with an example",
    arguments: [
      ArgumentSpec(
        name: "ADDRESS", summary: "Address of a command, such as /patch/connect", isRequired: false,
        completion: .choices(Control.CommandTable.all.map(\.address)))
    ],
    options: [
      json, OptionSpec(name: "markdown", summary: "Print the whole reference: commands, notifications, errors"),
    ],
    examples: ["weft osc", "weft osc /patch/connect", "weft osc --markdown > osc.md"])

  static let completions = CommandSpec(
    name: "completions", summary: "Print the completion script for a shell",
    arguments: [
      ArgumentSpec(name: "SHELL", summary: "bash, zsh or fish", completion: .choices(["bash", "zsh", "fish"]))
    ],
    examples: ["source <(weft completions bash)"])

  static let help = CommandSpec(
    name: "help", summary: "Show the help of a command, or a reference page",
    arguments: [
      ArgumentSpec(
        name: "TOPIC", summary: "A command, or " + listed(HelpTopic.allCases.map(\.rawValue), "or"), isRequired: false)
    ],
    options: [
      OptionSpec(name: "markdown", summary: "Print the page in Markdown"),
      OptionSpec(name: "names", summary: "List only the names of the topics"), moduleFolder,
    ],
    examples: ["weft help patch-file", "weft help from-supercollider", "weft help render"])

  static let man = CommandSpec(
    name: "man", summary: "Print a manual page (mdoc)",
    arguments: [
      ArgumentSpec(
        name: "PAGE", summary: "Name of the page (default weft)", isRequired: false, completion: .choices(ManPage.names)
      )
    ],
    examples: ["weft man | man -l -", "weft man weft-patch | man -l -"])
}
