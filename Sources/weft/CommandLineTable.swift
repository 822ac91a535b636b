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
    ("WEFT_SWIFTC", "The Swift compiler that builds modules; swiftc of the path unless set."),
    ("WEFT_LEVEL", "Runs a slower build that is installed, such as x86-64-v2."),
    ("XDG_CONFIG_HOME", "Where modules of your own are, in weft/modules; ~/.config unless set."),
    (
      "XDG_DATA_HOME",
      "Where what is saved and recorded of installed patches goes, and presets, in weft; ~/.local/share unless set."
    ),
    ("XDG_STATE_HOME", "Where play keeps what --resume continues; ~/.local/state unless set."),
  ]

  static let play = CommandSpec(
    name: "play", summary: "Play a patch on JACK and take OSC commands until Ctrl-C, SIGTERM or /quit",
    details: [
      "Without a PATCH it starts empty and waits for /patch commands. A PATCH that is no file is the name of one of your "
        + "own or of an installed one: weft patches lists them.",
      "What is saved and recorded goes to the patch's directory, that of an installed patch to $XDG_DATA_HOME/weft "
        + "(~/.local/share/weft), or where --root says.",
      "Where no JACK server runs, and no PipeWire, --server auto starts a private one: on the first sound card that "
        + "takes it (see weft devices), else with JACK's dummy driver.",
      "What sounds and the draft are kept in $XDG_STATE_HOME/weft (~/.local/state/weft), named after the OSC port.",
    ],
    arguments: [patch(required: false)],
    options: [
      text("name", "NAME", "Name of the JACK client", default: "weft"),
      text("osc", "[HOST:]PORT", "OSC over UDP and TCP; bound to loopback unless HOST is given", default: "\(oscPort)"),
      OptionSpec(
        name: "allow-remote",
        summary: "Take OSC from other machines, as far as HOST says; whoever reaches the port plays, edits and ends it"),
      OptionSpec(
        name: "web",
        value: ValueSpec(
          name: "[[HOST:]PORT]", rule: .text, implied: "127.0.0.1:\(webPort)", accepts: OSCPlace.isPlace),
        summary:
          "Serve a page, HTTP and WebSocket, on 127.0.0.1:\(webPort) unless given; prints the address with its token"),
      OptionSpec(name: "new-token", summary: "Make a new token for the page; the one before is not valid any more"),
      OptionSpec(name: "guest", summary: "Print an address for guests too, who may read and play, but not edit"),
      OptionSpec(
        name: "web-name", value: ValueSpec(name: "NAME", rule: .text),
        summary: "The name under which a reverse proxy serves the page"),
      root,
      whole("outputs", "N", 1...64, "JACK output ports", default: 2),
      whole("inputs", "N", 0...64, "JACK input ports", default: 2),
      limit, threads, memory,
      OptionSpec(name: "protect", summary: "Fade the quietest voices where the processor cannot render all"),
      OptionSpec(name: "no-connect", summary: "Do not connect to the sound card's ports"),
      choice(
        "server", "WHICH", AudioServer.Choice.allCases.map(\.rawValue),
        "Start a JACK server if none runs, always a silent one, or never",
        default: "auto"),
      optionalText("device", "NAME", "Sound card of a private JACK server, as weft devices lists it"),
      optionalText("midi-in", "NAME", "Connect only MIDI inputs whose name contains NAME, or none"),
      file("score", "FILE", ["score", "txt"], "Commands with times in seconds from the start"),
      file("midi", "FILE", ["mid", "midi"], "Standard MIDI file, for the patch's notes nodes"),
      number(
        "look-back", "S", 0...RecordingService.longestLookBack,
        "Seconds of sound to keep for /record/last; 115 MB for 300 s",
        default: 60),
      samples,
      OptionSpec(name: "resume", summary: "Go on where the last run on this OSC port ended, however it ended"),
      OptionSpec(name: "loop", summary: "Repeat the track when it has ended"),
      OptionSpec(
        name: "track-service",
        summary: "Serve the track player over HTTP at /play, /stop and /status too; implies --web"),
      OptionSpec(name: "watch", summary: "Commit the patch file again whenever it is saved"),
      file("bank", "DIR", [], "Folder of patches for MIDI program changes; its first plays unless a PATCH is given"),
      file("dev", "DIR", [], "Build a module's Swift file in DIR whenever it is saved, and play on with its new code"),
      moduleFolder,
      allowMissing,
    ],
    examples: [
      "weft play bass", "weft play --server dummy --osc 0.0.0.0:7770 --allow-remote --watch bass.json",
    ])

  static let demo = CommandSpec(
    name: "demo", summary: "Play a demo: a patch is edited while it plays, and each command is printed as it acts",
    details: [
      "Without a NAME: the guided minute, in which a patch is built, re-patched, undone, morphed and replaced. The demos are "
        + "patches with scores, in Patches/demos: weft render writes them to a file."
    ],
    arguments: [ArgumentSpec(name: "NAME", summary: "Name of a demo; tour unless given", isRequired: false)],
    options: [OptionSpec(name: "names", summary: "Only list the names")]
      + play.options.filter { DemoCommand.options.contains($0.name) },
    examples: ["weft demo", "weft demo techno", "weft render demos/techno -o techno.wav --score demos/techno.score"])

  static let render = CommandSpec(
    name: "render", summary: "Render a patch to a sound file, as fast as it goes",
    details: ["The sound is that of `play`: the same engine, driven by the same commands."],
    arguments: [patch(required: true)],
    options: [
      file(
        "output", "FILE", soundEndings, "Where to write, format by the ending; - is raw float32 to standard output",
        letter: "o"),
      OptionSpec(
        name: "seconds", value: ValueSpec(name: "S", rule: .number(0.001...1e6)),
        summary: "How long; unless given, 10, or with --midi until it is silent"),
      OptionSpec(
        name: "until-silent",
        summary: "End after the last event as soon as nothing is above -90 dBFS for 0.5 s, after 60 s more at most"),
      optionalText("stems", "NODES", "A file for each node (ids with commas, or all outputs), named after FILE and it"),
      OptionSpec(
        name: "peak", value: ValueSpec(name: "DB", rule: .number(-60...1)),
        summary: "Normalise to this peak in dBFS; above 0, to this level, 1 is full scale"),
      OptionSpec(
        name: "bits", value: ValueSpec(name: "N", rule: .choice(["16", "24", "32"])),
        summary: "Bits of a sample, 32 is floating point; unless given, 32, in FLAC 24"),
      OptionSpec(
        name: "rounding", value: ValueSpec(name: "WAY", rule: .choice(["nearest", "truncate"])),
        summary: "Of 16 and 24 bits; truncate cuts towards zero, with 32767 steps in 16 bits"),
      OptionSpec(name: "dither", summary: "Add triangular noise of two steps before rounding to 16 or 24 bits"),
      number("rate", "HZ", 1_000...768_000, "Sample rate", default: Double(AudioServer.defaultRate)),
      whole("period", "N", 1...65_536, "Frames at a time", default: AudioServer.defaultPeriod),
      file("score", "FILE", ["score", "txt"], "Commands with times in seconds from the start"),
      file("midi", "FILE", ["mid", "midi"], "Standard MIDI file, for the patch's notes nodes"),
      file("input", "FILE", soundEndings, "Sound for the patch's input nodes"),
      trackTime("from", "Start here in a track, in seconds"), trackTime("to", "End here in a track, in seconds"),
      OptionSpec(
        name: "step", value: ValueSpec(name: "N", rule: .whole(1...1_000_000)), summary: "One step of a track alone"),
      trackTime("fade-in", "Fade a track in for so many seconds"),
      trackTime("fade-out", "Fade a track out for so many seconds"),
      whole("channels", "N", 1...64, "Channels to write", default: 2),
      choice("format", "FORMAT", soundEndings, "Instead of the file's ending"),
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
    name: "check", summary: "Read and compile patches; say what is wrong, where, and what was probably meant",
    arguments: [
      ArgumentSpec(
        name: "PATCH", summary: "Patch or track file, or a patch's name", repeats: true, completion: .patches)
    ],
    options: [json, moduleFolder, allowMissing, samples], examples: ["weft check Patches/*.json"])

  static let convert = CommandSpec(
    name: "convert", summary: "Write a patch file in format 2, with a position for every node; it sounds the same",
    arguments: [patch(required: true)],
    options: [
      file("output", "FILE", ["json"], "Where to write", letter: "o"), moduleFolder, allowMissing,
    ],
    examples: ["weft convert bass.json -o bass2.json"])

  static let export = CommandSpec(
    name: "export", summary: "Write a patch as an LV2 plug-in, which hosts such as Ardour, Carla or jalv load",
    details: [
      "The bundle has everything: patch, sounds, library. The macros of the patch are the controls of the plug-in, in "
        + "their order, its snapshots the presets. Where the bundle exists, its controls keep their numbers.",
      "With --generic the ports are two audio inputs and outputs, MIDI, and 16 controls for the first macros of whatever "
        + "patch it has. Its control Remote opens an OSC port, from 7780 on, that takes every command of weft play.",
    ],
    arguments: [patch(required: true)],
    options: [
      OptionSpec(
        name: "output", letter: "o",
        value: ValueSpec(name: "NAME.lv2", rule: .text),
        summary: "The bundle, a folder; unless given, named after the patch file"),
      OptionSpec(name: "install", summary: "Put it in ~/.lv2, where hosts look"),
      OptionSpec(
        name: "generic",
        summary: "The plug-in Weft: its patch, at first this one, is its state, and is edited over OSC in the host"),
      optionalText("uri", "URI", "Name of the plug-in for hosts; urn:weft:NAME unless given"),
    ],
    examples: [
      "weft export strings -o strings.lv2", "weft export bass.json --install", "weft export pad --generic --install",
    ])

  static let importing = CommandSpec(
    name: "import", summary: "Turn an SBaGen sequence or a Gnaural schedule into a track",
    details: ["What a track cannot hold is an error with its line."],
    arguments: [
      ArgumentSpec(name: "FILE", summary: "A .sbg or .gnaural file", completion: .files(["sbg", "gnaural"]))
    ],
    options: [file("output", "FILE", ["json"], "Where to write; standard output unless given", letter: "o")],
    examples: ["weft import relax.sbg -o relax.json"])

  static let patches = CommandSpec(
    name: "patches", summary: "List the patches that other commands find by name: your own and the installed",
    options: [OptionSpec(name: "names", summary: "Only the names"), moduleFolder],
    examples: ["weft patches", "weft play strings"])

  static let modules = CommandSpec(
    name: "modules", summary: "List the modules, describe one, or find some by a word",
    details: [
      "With the name of a module: its ports, ranges, units, defaults and help patch. With another WORD: the modules that "
        + "are called so (lowpass, vco, env, bitcrusher), here or in SuperCollider, Pure Data, VCV Rack or Max."
    ],
    arguments: [
      ArgumentSpec(
        name: "WORD", summary: "Name of a module, or words to search for", isRequired: false, repeats: true,
        completion: .modules)
    ],
    options: [
      json, OptionSpec(name: "markdown", summary: "As a reference in Markdown"),
      OptionSpec(name: "names", summary: "Only the names"),
      file("pictures", "DIR", [], "Draw the wave, the response or the help patch of each into DIR, as NAME.svg"),
      moduleFolder,
    ],
    examples: ["weft modules biquad", "weft modules lowpass", "weft modules phasor~"])

  static let module = CommandSpec(
    name: "module", summary: "Write a module of your own, or build one into a library that patches can name",
    details: [
      "new writes NAME.swift, a module that works; build makes TYPE.so of a Swift file. A library fits the build of "
        + "weft that it was made with, and no other."
    ],
    arguments: [
      ArgumentSpec(name: "ACTION", summary: "new or build", completion: .choices(["new", "build"])),
      ArgumentSpec(
        name: "NAME", summary: "Name of the new module, or Swift file to build", completion: .files(["swift"])),
    ],
    options: [
      file("output", "DIR", [], "Where the library goes; . unless given", letter: "o"),
      OptionSpec(name: "install", summary: "Put it where every weft of yours finds it"),
    ],
    examples: ["weft module new Fold", "weft module build Fold.swift --install"])

  static let plan = CommandSpec(
    name: "plan", summary: "Show the order in which a patch is rendered, the buffers and who uses them",
    arguments: [patch(required: false)],
    options: [
      OptionSpec(name: "dot", summary: "As a Graphviz graph"),
      OptionSpec(name: "running", summary: "Of the draft of a running weft, instead of a PATCH"),
      text("osc", "[HOST:]PORT", "Where weft listens", default: "\(oscPort)"), moduleFolder, allowMissing,
    ],
    examples: ["weft plan --dot bass.json | dot -Tsvg > bass.svg"])

  static let devices = CommandSpec(
    name: "devices", summary: "List the sound cards and MIDI inputs that play can use", examples: ["weft devices"])

  static let patch = CommandSpec(
    name: "patch", summary: "Print the draft of a running weft as a patch file",
    options: [text("osc", "[HOST:]PORT", "Where weft listens", default: "\(oscPort)")],
    examples: ["weft patch > now.json"])

  static let why = CommandSpec(
    name: "why", summary: "Explain why a running weft is silent: where the signal ends, and what to do",
    arguments: [
      ArgumentSpec(name: "ID", summary: "Node to explain; the outputs unless given", isRequired: false)
    ],
    options: [text("osc", "[HOST:]PORT", "Where weft listens", default: "\(oscPort)")],
    examples: ["weft why", "weft why filt1"])

  static let send = CommandSpec(
    name: "send", summary: "Send one OSC command to a running weft and print its replies",
    details: [
      "A number without a point goes as an int, with one as a float, all else as a string; exit status 1 on /fail."
    ],
    arguments: [
      ArgumentSpec(name: "ADDRESS", summary: "OSC address, such as /mod/osc1/frequency", completion: .osc),
      ArgumentSpec(name: "ARGS", summary: "Its arguments", isRequired: false, repeats: true, completion: .osc),
    ],
    options: [
      OptionSpec(name: "complete", summary: "Send nothing; list the words that can end the command (for shells)"),
      text("osc", "[HOST:]PORT", "Where weft listens", default: "\(oscPort)"),
      number("timeout", "S", 0.01...3_600, "Seconds to wait for the reply", default: 2),
    ],
    examples: ["weft send /mod/osc1/frequency 440", "weft send /patch/connect osc1 filt1"])

  static let repl = CommandSpec(
    name: "repl", summary: "A prompt on a running weft: completion from what is there, history, replies as they come",
    details: [
      "Tab completes addresses, ids, ports and choices, and shows where a knob stands, its range and unit.",
      "Where standard input is no terminal each of its lines is sent and its replies are printed.",
    ],
    options: [text("osc", "[HOST:]PORT", "Where weft listens", default: "\(oscPort)")],
    examples: ["weft repl", "echo /status | weft repl"])

  static let watch = CommandSpec(
    name: "watch", summary: "Print what a running weft notifies of: commits, knobs, errors, the transport",
    details: [
      "meter, scope, spectrum, tuner and probe take nodes (out unless given; ID/PARAM for probe); levels and profile "
        + "measure all."
    ],
    arguments: [
      ArgumentSpec(
        name: "TOPIC", summary: "Only this topic", isRequired: false,
        completion: .choices(Topic.allCases.map(\.rawValue))),
      ArgumentSpec(name: "NAME", summary: "More topics, or the nodes to measure", isRequired: false, repeats: true),
    ],
    options: [text("osc", "[HOST:]PORT", "Where weft listens", default: "\(oscPort)")],
    examples: ["weft watch", "weft watch commit error", "weft watch meter out osc1"])

  static let osc = CommandSpec(
    name: "osc", summary: "List the OSC commands with their arguments, or describe one with an example",
    arguments: [
      ArgumentSpec(
        name: "ADDRESS", summary: "The command, such as /patch/connect", isRequired: false,
        completion: .choices(Control.CommandTable.all.map(\.address)))
    ],
    options: [json, OptionSpec(name: "markdown", summary: "The whole reference: commands, notifications, errors")],
    examples: ["weft osc", "weft osc /patch/connect", "weft osc --markdown > osc.md"])

  static let completions = CommandSpec(
    name: "completions", summary: "Print the completions for a shell",
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
      OptionSpec(name: "markdown", summary: "The page in Markdown"),
      OptionSpec(name: "names", summary: "Only the names of the topics"), moduleFolder,
    ],
    examples: ["weft help patch-file", "weft help from-supercollider", "weft help render"])

  static let man = CommandSpec(
    name: "man", summary: "Print a manual page (mdoc)",
    arguments: [
      ArgumentSpec(
        name: "PAGE", summary: "weft unless given", isRequired: false, completion: .choices(ManPage.names))
    ],
    examples: ["weft man | man -l -", "weft man weft-patch | man -l -"])
}
