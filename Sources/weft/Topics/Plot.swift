import Glibc
import PatchKit

/// A curve with two labelled axes, as SVG.
struct Plot {
  /// Labels of an axis at places from 0 to 1, and the unit, shown at its end.
  struct Axis {
    var ticks: [(at: Double, label: String)]
    var unit: String
  }
  /// A scale from -limit to +limit, where limit is the peak rounded up to 1, 2 or 5 and a power of ten.
  struct Scale {
    private let limit: Double

    init(peak: Float) {
      let peak = max(Double(peak), 1e-3), ten = pow(10, floor(log10(peak)))
      limit = [1, 2, 5, 10].map { $0 * ten }.first { $0 >= peak * 0.999 } ?? peak
    }
    func place(_ sample: Float) -> Double { 0.5 + Double(sample) / limit / 2 }
    var axis: Axis {
      Axis(ticks: [-1, -0.5, 0, 0.5, 1].map { (0.5 + $0 / 2, Float($0 * limit).shortText) }, unit: "")
    }
  }

  var title: String
  var across: Axis
  var up: Axis
  /// Points from 0 to 1, upwards; the rest is cut off at the frame.
  var points: [(x: Double, y: Double)]

  private static let width = 480.0, height = 200.0, left = 44.0, right = 24.0, top = 26.0, bottom = 26.0

  /// Five ticks from 0 to an end.
  static func ticks(_ end: Double) -> [(at: Double, label: String)] {
    (0...4).map { (Double($0) / 4, Float(end * Double($0) / 4).shortText) }
  }

  private static func x(_ at: Double) -> String { fixed(left + at * (width - left - right), 1) }
  private static func y(_ at: Double) -> String { fixed(height - bottom - at * (height - top - bottom), 1) }

  private static func text(_ text: String, _ x: String, _ y: String, _ anchor: String, size: Int = 10) -> String {
    "<text x=\"\(x)\" y=\"\(y)\" text-anchor=\"\(anchor)\" font-family=\"sans-serif\" font-size=\"\(size)\" fill=\"#333\">"
      + "\(text)</text>"
  }

  var svg: String {
    let x = Plot.x, y = Plot.y
    var lines: [String] = []
    for (i, tick) in up.ticks.enumerated() {
      let label = tick.label + (i == up.ticks.count - 1 && !up.unit.isEmpty ? " \(up.unit)" : "")
      lines.append(
        "<line x1=\"\(x(0))\" y1=\"\(y(tick.at))\" x2=\"\(x(1))\" y2=\"\(y(tick.at))\" stroke=\"#ddd\"/>")
      lines.append(
        Plot.text(label, fixed(Plot.left - 5, 1), fixed(Double(y(tick.at))! + 3.5, 1), "end"))
    }
    for (i, tick) in across.ticks.enumerated() {
      let isLast = i == across.ticks.count - 1
      lines.append(
        "<line x1=\"\(x(tick.at))\" y1=\"\(y(0))\" x2=\"\(x(tick.at))\" y2=\"\(y(1))\" stroke=\"#ddd\"/>")
      lines.append(
        Plot.text(tick.label + (isLast ? " \(across.unit)" : ""), x(tick.at), fixed(Plot.height - 10, 1), "middle"))
    }
    let path = points.map { "\(x($0.x)),\(y(min(max($0.y, -1), 2)))" }.joined(separator: " ")
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(Plot.width)) \(Int(Plot.height))" role="img">
      <title>\(title)</title>
      <rect width="100%" height="100%" fill="white"/>
      \(lines.joined(separator: "\n"))
      <clipPath id="frame"><rect x="\(x(0))" y="\(y(1))" width="\(fixed(Double(x(1))! - Double(x(0))!, 1))" height="\(fixed(Double(y(0))! - Double(y(1))!, 1))"/></clipPath>
      <polyline points="\(path)" fill="none" stroke="#06c" stroke-width="1.5" stroke-linejoin="round" clip-path="url(#frame)"/>
      \(Plot.text(title, x(0), "16", "start", size: 12))
      </svg>

      """
  }
}
