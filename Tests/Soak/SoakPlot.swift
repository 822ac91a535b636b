import Foundation

/// The readings as a picture: one strip for each column, time to the right.
enum SoakPlot {
  private static let width = 900.0, height = 90.0, left = 150.0, gap = 24.0

  static func svg(of readings: [SoakReading]) -> String {
    let columns = SoakReading.columns, end = max(readings.last?.time ?? 1, 1)
    let total = Double(columns.count) * (height + gap) + 40
    var text = """
      <svg xmlns="http://www.w3.org/2000/svg" width="\(Int(width + left + 40))" height="\(Int(total))" \
      font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="white"/>

      """
    for (row, column) in columns.enumerated() {
      let values = readings.map(column.value), most = max(values.max() ?? 0, 1e-9) * 1.05
      let top = 20 + Double(row) * (height + gap)
      func x(_ time: Double) -> Double { left + time / end * width }
      func y(_ value: Double) -> Double { top + height - value / most * height }
      let points = zip(readings, values).map { String(format: "%.1f,%.1f", x($0.time), y($1)) }.joined(separator: " ")
      text += """
        <rect x="\(left)" y="\(top)" width="\(width)" height="\(height)" fill="none" stroke="#ccc"/>
        <text x="\(left - 8)" y="\(top + height / 2)" text-anchor="end">\(column.name)</text>
        <text x="\(left - 8)" y="\(top + 10)" text-anchor="end" fill="#888">\(shown(most)) \(column.unit)</text>
        <text x="\(left - 8)" y="\(top + height)" text-anchor="end" fill="#888">0</text>
        <polyline points="\(points)" fill="none" stroke="#2060a0" stroke-width="1.2"/>

        """
    }
    for minute in stride(from: 0.0, through: end / 60, by: max(1, (end / 600).rounded())) {
      let x = left + minute * 60 / end * width
      text += "<text x=\"\(x)\" y=\"\(total - 6)\" text-anchor=\"middle\" fill=\"#888\">\(Int(minute)) min</text>\n"
    }
    return text + "</svg>\n"
  }

  private static func shown(_ value: Double) -> String { String(format: value < 10 ? "%.2f" : "%.0f", value) }
}
