// swift-tools-version: 6.2
import PackageDescription

// Flags that older package managers refuse in a dependency: kernels for AVX2 and FMA, no run-time checks of exclusivity
// on the audio thread, symbols for modules of others. They are used where the Makefile names an instruction set,
// WEFT_ARCH, and in a checkout that is built by hand; a package that depends on this one by URL gets none of them, and
// runs on any processor, slower.
let isDependency = Context.packageDirectory.contains("/checkouts/")
let arch = Context.environment["WEFT_ARCH"] ?? (isDependency ? nil : "x86-64-v3")
#if arch(x86_64)
  let march = arch.map { ["-march=\($0)"] } ?? []
#else
  let march: [String] = []
#endif
/// Tests that need these flags ask for WEFT_FLAGS.
let swift: [SwiftSetting] =
  (arch == nil
    ? []
    : [.unsafeFlags(march.flatMap { ["-Xcc", $0] }), .define("WEFT_FLAGS")]) + [.swiftLanguageMode(.v6)]
/// The targets of the audio thread check exclusivity at compile time only: at run time every access to a class would cost
/// it a call.
let audio: [SwiftSetting] =
  swift + (arch == nil ? [] : [.unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))])
let cArch: [CSetting] = march.isEmpty ? [] : [.unsafeFlags(march)]
let gnu17: [CSetting] = arch == nil ? [] : [.unsafeFlags(["-std=gnu17"])]
/// The headers of libsoup and glib (libsoup-3.0-dev): their pkg-config files have flags that the package manager warns
/// about. A folder that a distribution lacks is ignored.
let soupHeaders: [CSetting] =
  arch == nil
  ? []
  : [
    .unsafeFlags(
      [
        "/usr/include/libsoup-3.0", "/usr/include/glib-2.0", "/usr/lib/x86_64-linux-gnu/glib-2.0/include",
        "/usr/lib/aarch64-linux-gnu/glib-2.0/include", "/usr/lib64/glib-2.0/include", "/usr/lib/glib-2.0/include",
      ].flatMap { ["-isystem", $0] })
  ]
func link(_ flags: String...) -> [LinkerSetting] { arch == nil ? [] : [.unsafeFlags(flags)] }

/// A C library of the system, by its pkg-config name and Debian package.
func system(_ name: String, _ config: String, _ package: String) -> Target {
  .systemLibrary(name: name, pkgConfig: config, providers: [.apt([package])])
}
func c(_ name: String) -> Target { .target(name: name, cSettings: cArch) }
/// RealtimeSanitizer reaches the whole test bundle through one linker flag (Linux toolchains ship it), and the program
/// itself where it is asked for (`make rtsan`).
let realtimeFlag = link("-Xclang-linker", "-fsanitize=realtime")
let realtimeCheck = Context.environment["WEFT_SANITIZER"] == nil ? realtimeFlag : []
let programCheck = Context.environment["WEFT_SANITIZER"] == "realtime" ? realtimeFlag : []
/// Builds under a sanitizer name the tests that they run; the others need not be compiled for them.
let wantedTests = Context.environment["WEFT_TESTS"]?.split(separator: " ").map(String.init)
func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(
    name: name + "Tests", dependencies: dependencies + ["TestSupport", "CRealtimeGuard", "CRealtime"],
    path: "Tests/" + name, swiftSettings: swift)
}
func target(
  _ name: String, _ dependencies: [Target.Dependency], path: String? = nil, settings: [SwiftSetting] = swift
) -> Target {
  .target(name: name, dependencies: dependencies, path: path, swiftSettings: settings)
}

let package = Package(
  name: "weft",
  products: [
    .executable(name: "weft", targets: ["weft"]), .executable(name: "weft-bench", targets: ["WeftBench"]),
    .library(name: "weft-web", type: .dynamic, targets: ["CWeb"]), .library(name: "Weft", targets: ["Weft"]),
    .library(name: "weft-lv2", type: .dynamic, targets: ["LV2Library"]),
    .library(name: "weft-c", type: .dynamic, targets: ["CInterface"]),
    .executable(name: "weft-garden", targets: ["Garden"]),
    .executable(name: "weft-fuzz", targets: ["WeftFuzz"]), .executable(name: "weft-soak", targets: ["WeftSoak"]),
  ],
  targets: [
    system("CJack", "jack", "libjack-jackd2-dev"),
    system("CEdit", "libedit", "libedit-dev"),
    system("CSndFile", "sndfile", "libsndfile1-dev"),
    system("CSoxr", "soxr", "libsoxr-dev"),
    system("CSofa", "libmysofa", "libmysofa-dev"),
    // Its pkg-config file has flags that the package manager refuses; none is needed.
    .systemLibrary(name: "CKissFFT", providers: [.apt(["libkissfft-dev"])]),
    // Headers alone: nothing is linked.
    system("CLV2", "lv2", "lv2-dev"),
    c("CLanes"), c("CRealtime"), c("CModuleList"), c("CLoop"), c("CFiles"), c("CWebApi"),
    // Baseline code: it looks at the processor before any other code runs.
    .target(name: "CProcessor", dependencies: ["CRealtime"]),
    // The header of libweft, and its question whether this processor is new enough.
    .target(
      name: "CWeft", dependencies: ["CProcessor"],
      cSettings: march.isEmpty ? [] : [.define("WEFT_LEVEL", to: "\"\(arch!)\"")]),
    // The web server is loaded by `weft play --web`, so that no other program carries libsoup.
    .target(
      name: "CWeb", dependencies: ["CWebApi"], cSettings: cArch + gnu17 + soupHeaders,
      linkerSettings: ["soup-3.0", "gio-2.0", "gobject-2.0", "glib-2.0"].map { .linkedLibrary($0) }),

    // The floors, lowest first; imports only go down (checked by a test).
    target("DSP", ["CLanes", "CKissFFT"]),
    target("ModuleKit", ["DSP", "CModuleList"], settings: audio),
    target("Modules", ["ModuleKit", "DSP"], path: "Modules", settings: audio),
    target("PatchKit", ["ModuleKit", "CFiles"]),
    target("Engine", ["PatchKit", "ModuleKit", "DSP", "CRealtime"], settings: audio),
    target("Tracks", ["PatchKit"]),
    target("Control", ["Tracks", "Engine", "PatchKit", "ModuleKit", "DSP", "CLoop", "CRealtime"]),
    target("CommandParser", ["PatchKit"]),
    target("SoundFiles", ["PatchKit", "ModuleKit", "DSP", "CSndFile", "CSoxr", "CSofa"]),
    target("LV2Bundle", ["PatchKit", "ModuleKit"]),
    target(
      "LV2", ["LV2Bundle", "Control", "SoundFiles", "Engine", "PatchKit", "ModuleKit", "Modules", "DSP", "CLV2"],
      settings: audio),
    // Baseline code: it looks at the processor before any other code of the plug-in runs.
    .target(
      name: "CLV2Entry", dependencies: ["CRealtime"], cSettings: [.headerSearchPath("../CProcessor/include")]),
    .target(
      name: "LV2Library", dependencies: ["LV2", "CLV2", "CLV2Entry"], exclude: ["exports"], swiftSettings: swift,
      // A host has no Swift runtime, and may have several of these libraries: the runtime is inside, its names are not
      // seen, and it is not unloaded.
      linkerSettings: link(
        "-static-stdlib", "-Xlinker", "--version-script=\(Context.packageDirectory)/Sources/LV2Library/exports",
        "-Xlinker", "-z", "-Xlinker", "nodelete", "-Xlinker", "--strip-all")),
    target("Offline", ["Control", "SoundFiles", "Engine", "PatchKit"]),
    target("Hosts", ["Offline", "SoundFiles", "Engine", "PatchKit", "ModuleKit", "CJack", "CRealtime"]),
    .target(
      name: "Web", dependencies: ["Control", "PatchKit", "ModuleKit", "CWebApi"], exclude: ["assets"],
      swiftSettings: swift),
    // The engine as a library, and a program that plays it.
    target("Weft", ["SoundFiles", "Engine", "PatchKit", "ModuleKit", "Modules", "DSP"], path: "Sources/Library"),
    // The same for C and for other languages: libweft. Its header is CWeft.
    .target(
      name: "CInterface",
      dependencies: [
        "Control", "Offline", "SoundFiles", "Engine", "PatchKit", "ModuleKit", "Modules", "CWeft", "CProcessor",
      ],
      exclude: ["exports.map"], swiftSettings: swift,
      // Its own Swift runtime, whose threads and types stay when the library is closed.
      linkerSettings: link(
        "-static-stdlib", "-Xlinker", "-z", "-Xlinker", "nodelete", "-Xlinker", "-soname", "-Xlinker", "libweft.so.1",
        "-Xlinker", "--version-script=\(Context.packageDirectory)/Sources/CInterface/exports.map")),
    .executableTarget(name: "Garden", dependencies: ["Weft"], swiftSettings: swift),
    .executableTarget(
      name: "weft",
      dependencies: [
        "CommandParser", "Web", "Control", "Hosts", "LV2Bundle", "SoundFiles", "Tracks", "Engine", "PatchKit",
        "ModuleKit", "Modules", "CRealtime", "CLoop", "CEdit", "CProcessor",
      ],
      swiftSettings: swift,
      // Modules of others, in shared libraries, call the program's own DSP and ModuleKit.
      linkerSettings: link("-Xlinker", "--export-dynamic") + programCheck),
    .executableTarget(
      name: "WeftBench",
      dependencies: ["Hosts", "Control", "Engine", "PatchKit", "ModuleKit", "Modules", "DSP", "CRealtime", "CJack"],
      path: "Benchmarks/WeftBench", swiftSettings: swift),

    .executableTarget(
      name: "WeftFuzz",
      dependencies: ["Control", "Hosts", "SoundFiles", "Engine", "PatchKit", "ModuleKit", "Modules", "TestSupport"],
      path: "Tests/Fuzz", swiftSettings: swift),
    .executableTarget(
      name: "WeftSoak", dependencies: ["Control", "Hosts", "CJack", "CRealtime", "TestSupport"], path: "Tests/Soak",
      swiftSettings: swift),

    // Tests mirror the floors by name. liblo is their independent OSC peer.
    .systemLibrary(name: "CLiblo", path: "Tests/Support/CLiblo", pkgConfig: "liblo", providers: [.apt(["liblo-dev"])]),
    .target(
      name: "CRealtimeGuard", dependencies: [], path: "Tests/Support/CRealtimeGuard", cSettings: cArch,
      linkerSettings: realtimeCheck),
    target("TestSupport", ["ModuleKit", "DSP", "CRealtime", "CRealtimeGuard"], path: "Tests/Support/TestSupport"),
    tests("DSP", ["DSP"]),
    tests("ModuleKit", ["ModuleKit", "DSP"]),
    tests("Modules", ["Modules", "ModuleKit", "DSP"]),
    tests("PatchKit", ["PatchKit", "ModuleKit", "Modules", "DSP"]),
    tests("CommandParser", ["CommandParser"]),
    tests("Engine", ["Engine", "Hosts", "PatchKit", "ModuleKit", "Modules", "DSP"]),
    tests(
      "Tracks", ["Tracks", "Control", "Hosts", "SoundFiles", "Engine", "PatchKit", "ModuleKit", "Modules", "DSP"]),
    tests("Control", ["Control", "CLoop", "CLiblo", "Engine", "PatchKit", "ModuleKit", "Modules"]),
    tests("Web", ["Web", "Control", "Engine", "PatchKit", "ModuleKit", "Modules"]),
    tests("Weft", ["Weft", "Hosts", "SoundFiles", "PatchKit"]),
    tests(
      "LV2",
      ["LV2", "LV2Bundle", "CLV2", "Control", "Engine", "Hosts", "SoundFiles", "PatchKit", "ModuleKit", "Modules"]),
    tests("Hosts", ["Hosts", "SoundFiles", "Control", "Engine", "PatchKit", "Modules"]),
    tests(
      "Integration",
      ["Hosts", "SoundFiles", "Control", "Engine", "PatchKit", "ModuleKit", "Modules", "CJack", "CLiblo"]),
  ]
)

if let wantedTests { package.targets.removeAll { $0.type == .test && !wantedTests.contains($0.name) } }
