import Foundation
import TestSupport
import Testing

#if arch(x86_64)
  /// The entry of the plug-in library chooses the build by the processor, as any host loads it.
  @Suite struct EntryTests {
    private let folder: TemporaryFolder
    private static let emulator = "/usr/bin/qemu-x86_64"

    /// A library in place of each build, whose plug-in is its level, and a host that prints it.
    init() throws {
      folder = try TemporaryFolder()
      let library = """
        #include "realtime.h"
        const char weft_built_for[] = WEFT_BUILT_FOR LEVEL;
        const void *weft_lv2_make_descriptor(const char *bundle) { (void)bundle; return LEVEL; }
        """
      let host = """
        #include <dlfcn.h>
        #include <lv2/core/lv2.h>
        #include <stdio.h>
        int main(int count, char **words) {
          (void)count;
          void *library = dlopen(words[1], RTLD_NOW);
          const LV2_Lib_Descriptor *(*entry)(const char *, const LV2_Feature *const *) =
              (const LV2_Lib_Descriptor *(*)(const char *, const LV2_Feature *const *))dlsym(library, "lv2_lib_descriptor");
          const LV2_Lib_Descriptor *found = entry("/bundle/", 0);
          puts(found ? (const char *)found->get_plugin(found->handle, 0) : "none");
        }
        """
      try library.write(toFile: folder.path + "/library.c", atomically: true, encoding: .utf8)
      try host.write(toFile: folder.path + "/host.c", atomically: true, encoding: .utf8)
      try run("clang", folder.path + "/host.c", "-o", folder.path + "/host")
      try FileManager.default.createDirectory(atPath: folder.path + "/x86-64-v3", withIntermediateDirectories: false)
    }

    @discardableResult private func run(_ words: String...) throws -> (output: String, errors: String) {
      let process = Process(), output = Pipe(), errors = Pipe()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.arguments = words
      process.currentDirectoryURL = URL(fileURLWithPath: PluginBundle.root)
      (process.standardOutput, process.standardError) = (output, errors)
      try process.run()
      let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      let error = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      #expect(process.terminationStatus == 0, "\(words): \(error)")
      return (text, error)
    }

    private func build(_ level: String, _ name: String) throws {
      try run(
        "clang", "-shared", "-fPIC", "-DLEVEL=\"\(level)\"", "-ISources/CProcessor/include",
        "-ISources/CRealtime/include", "Sources/CLV2Entry/entry.c", folder.path + "/library.c", "-o",
        folder.path + "/" + name)
    }

    private func load(on processor: String) throws -> (output: String, errors: String) {
      try run(Self.emulator, "-cpu", processor, folder.path + "/host", folder.path + "/weft-lv2.so")
    }

    @Test(.enabled(if: access(emulator, X_OK) == 0, "qemu-user is not installed"))
    func processorWithoutAVX2HasTheSlowerBuild() throws {
      try build("x86-64-v2", "weft-lv2.so")
      #expect(try load(on: "max").output == "x86-64-v2\n", "the only one")
      try build("x86-64-v3", "x86-64-v3/weft-lv2.so")
      #expect(try load(on: "max").output == "x86-64-v3\n")
      #expect(try load(on: "Nehalem").output == "x86-64-v2\n")
      let old = try load(on: "core2duo")
      #expect(old.output == "none\n" && old.errors.contains("this build is for x86-64-v2, which this processor lacks"))
    }
  }
#endif
