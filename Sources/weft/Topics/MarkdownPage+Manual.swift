/// A reference page as a manual page in mdoc.
extension MarkdownPage {
  /// - Parameters:
  ///   - name: name of the page, such as `weft-patch`.
  ///   - section: its section.
  ///   - summary: one line on what it describes.
  func manual(name: String, section: Int, summary: String, seeAlso: [(name: String, section: Int)]) -> String {
    var lines = [".Dd $Mdocdate$", ".Dt \(name.uppercased()) \(section)", ".Os", ".Sh NAME", ".Nm \(name)"]
    lines += [".Nd \(ManPage.escaped(summary))", ".Sh DESCRIPTION"]
    for block in blocks {
      let more = MarkdownPage.lines(of: block)
      // A heading begins a paragraph by itself.
      let isBegun =
        more.first == ".Pp" && (lines.last?.hasPrefix(".S") ?? false || lines.last?.hasPrefix(".Nd") ?? false)
      lines += more.dropFirst(isBegun ? 1 : 0)
    }
    lines.append(".Sh SEE ALSO")
    for (i, page) in seeAlso.enumerated() {
      lines.append(".Xr \(page.name) \(page.section)" + (i < seeAlso.count - 1 ? " ," : ""))
    }
    return lines.joined(separator: "\n")
  }

  private static func lines(of block: Block) -> [String] {
    switch block {
    case .heading(1, _): return []
    case .heading(2, let text): return [".Sh \(ManPage.escaped(plain(text)).uppercased())"]
    case .heading(_, let text): return [".Ss \(ManPage.escaped(plain(text)))"]
    case .paragraph(let text): return [".Pp"] + ManPage.sentences(plain(text)).map(ManPage.escaped)
    case .code(let code): return [".Bd -literal -offset indent"] + code.map(ManPage.escaped) + [".Ed"]
    case .table(let rows):
      return [".Bl -tag -width Ds"]
        + rows.dropFirst().flatMap { row in
          let rest = row.dropFirst().map(plain).filter { !$0.isEmpty && $0 != "–" }.joined(separator: "; ")
          return [".It \(ManPage.quoted(plain(row.first ?? "")))", rest.isEmpty ? "\\&" : ManPage.escaped(rest)]
        } + [".El"]
    }
  }
}
