import PatchKit

extension CommandTable {
  /// Commands on the whole patch: files, JSON, listings.
  static let documentCommands: [Command] = [
    Command(
      "/patch/load", [.text("path"), .text("allow-missing", .optional)],
      "Reads a patch file into the draft; with allow-missing, unknown modules become silent placeholders; returns its "
        + "path, the number of nodes and, if it makes no sound, the reason",
      .edit
    ) { session, call throws(PatchError) in
      let allowMissing = call.optionalText(1) == "allow-missing"
      guard call.arguments.count == 1 || allowMissing else {
        throw PatchError(.argumentType, "the second argument may only be allow-missing", suggestions: ["allow-missing"])
      }
      let path = try session.files.path(reading: call.text(0))
      do throws(PatchErrors) {
        session.store.replaceDraft(
          with: try PatchFile.read(
            path: path, in: session.registry, allowMissing: allowMissing, root: session.files.root),
          by: session.client(of: call))
      } catch { throw error.asOne }
      session.didLoad(path)
      return .done([.string(path)] + session.draftSummary)
    },
    Command(
      "/patch/save", [.text("path"), .text("overwrite", .optional)],
      "Writes the committed patch to a file, whole or not at all; a file that weft neither loaded nor wrote "
        + "is replaced only if overwrite is given"
    ) { session, call throws(PatchError) in
      let path = try session.files.path(writing: call.text(0))
      let replaces = try session.files.checkReplacing(path, overwrite: try call.overwrites(1))
      // The file of the patch from now on: a load that follows at once has another.
      let seq = session.store.seq, source = session.committed.file ?? path
      let before = session.store.setFile(path)
      return try session.write(
        session.committed.patch, to: path, commentsOf: source, replaces: replaces, call, [.string(path)]
      ) { isWritten in
        if isWritten {
          session.store.didSave(at: seq)
        } else if session.committed.file == path {
          session.store.setFile(before)
        }
      }
    },
    Command(
      "/patch/list", [.text("folder", .optional)],
      "Lists the patch files that can be loaded: name, path and description; those of the folder, or of "
        + "all folders of patches"
    ) { session, call throws(PatchError) in
      .listing(try PatchFolders(session.files.root).listing(of: call.optionalText(0), in: session.registry))
    },
    Command("/patch/get", [], "Returns the draft as JSON, in numbered pieces where one reply cannot hold it") {
      session, call in
      let text = session.draftText, limit = call.requester.replyLimit
      return .listing(Listing(size: session.draft.patch.itemCount) { text.value.numberedPieces(of: limit) })
    },
    Command("/patch/set", [.document("json")], "Replaces the draft by a whole patch", .edit) {
      session, call throws(PatchError) in
      let bytes = call.arguments[0].bytes ?? Array(call.text(0).utf8)
      do throws(PatchErrors) {
        session.store.replaceDraft(
          with: try PatchFile.read(bytes, in: session.registry, root: session.files.root), by: session.client(of: call))
      } catch { throw error.asOne }
      return .done(session.draftSummary)
    },
    Command("/patch/nodes", [], "Lists the draft's nodes: id, type, then the parameters that are set") {
      session, call in
      let nodes = session.draft.patch.nodes
      return .listing(
        Listing(size: nodes.count) {
          let ids = nodes.keys.sorted()
          return Listing.Rows(ids.count) { i in
            let node = nodes[ids[i]]!, params = node.params.sorted { $0.key < $1.key }
            return [.string(ids[i]), .string(node.type)] + params.flatMap { [.string($0.key), $0.value.osc] }
          }
        })
    },
    Command("/patch/cables", [], "Lists the draft's cables: source, destination, amount") { session, call in
      let cables = session.draft.patch.cables
      return .listing(
        Listing(size: cables.count) {
          let sorted = cables.sorted { $0.key < $1.key }
          return Listing.Rows(sorted.count) { sorted[$0].key.ends + [.float(sorted[$0].value)] }
        })
    },
  ]
}

extension Session {
  /// Registers a file as that of the draft, which has just been loaded from it.
  public func didLoad(_ path: String) {
    files.didUse(path)
    store.didLoad(FileRoot.real(path) ?? path)
  }

  /// Number of nodes of the draft, and the reason if it makes no sound.
  fileprivate var draftSummary: [OSCArgument] {
    let patch = draft.patch, reason = SilenceWarning(registry: registry).silence(of: patch)
    return [.int32(Int32(patch.nodes.count))] + (reason.map { [.string($0)] } ?? [])
  }
}
