import PatchKit

extension Command {
  /// The command for programs: address, summary, example and arguments.
  package var json: JSONText {
    .object([
      ("address", .string(address)), ("summary", .string(summary)),
      ("example", .string(CommandExamples.example(of: address))),
      (
        "arguments",
        .list(
          arguments.map {
            .object([
              ("name", .string($0.name)), ("kind", .string($0.kind.rawValue)), ("presence", .string("\($0.presence)")),
            ])
          })
      ),
    ])
  }
}
