/// A metric over the windows, drawn in characters.
package enum MetricPlot {
  /// `height` lines of points with an axis at the left and the time below.
  ///
  /// The axis spans the values, widened to round numbers. With more windows than `width` columns, a column stands for
  /// several windows and shows their mean. Windows without a value leave their column empty. Returns a line that says
  /// so if no window has a value.
  package static func text(_ report: EvaluationReport, metric: Metric, width: Int = 64, height: Int = 9) -> String {
    let values = report.windows.map { $0.metrics[metric] }
    let present = values.compactMap { $0 }
    guard let smallest = present.min(), let largest = present.max(), width > 0, height > 1 else {
      return "\(metric.title): no window has a value\n"
    }
    let windowsPerColumn = max(1, (values.count + width - 1) / width)
    let columns = stride(from: 0, to: values.count, by: windowsPerColumn).map { first in
      mean(values[first..<min(values.count, first + windowsPerColumn)])
    }
    let charactersPerColumn = max(1, min(6, width / columns.count))
    let axis = Axis(from: smallest, to: largest, steps: height - 1)

    var lines = ["\(metric.title) by window of \(report.every.text)"]
    let labels = (0...axis.steps).map { NumberText.fixed(axis.value(atStep: $0), digits: axis.digits) }
    let margin = labels.map { $0.count }.max() ?? 0
    for line in stride(from: axis.steps, through: 0, by: -1) {
      let label = String(repeating: " ", count: margin - labels[line].count) + labels[line]
      let points = columns.map { value in
        let isHere = value.map { axis.step(of: $0) == line } ?? false
        return (isHere ? "●" : " ") + String(repeating: " ", count: charactersPerColumn - 1)
      }
      lines.append(trimmingEnd("\(label) ┤ \(points.joined())"))
    }
    let indent = String(repeating: " ", count: margin)
    let plotted = columns.count * charactersPerColumn
    lines.append("\(indent) └─" + String(repeating: "─", count: plotted))
    lines.append("\(indent)   " + timeLabels(report, plotted: plotted))
    return lines.joined(separator: "\n") + "\n"
  }

  private static func mean(_ values: ArraySlice<Double?>) -> Double? {
    let present = values.compactMap { $0 }
    var sum = CompensatedSum()
    for value in present { sum.add(value) }
    return present.isEmpty ? nil : sum.value / Double(present.count)
  }

  /// The first window's start at the left, the last one's ending at the right where both fit.
  private static func timeLabels(_ report: EvaluationReport, plotted: Int) -> String {
    guard let first = report.windows.first, let last = report.windows.last else { return "" }
    let left = EvaluationReport.shortTime(first.start)
    let right = EvaluationReport.shortTime(last.start)
    let between = max(plotted - left.count - right.count, 0)
    if report.windows.count == 1 { return left }
    return left + (between > 2 ? String(repeating: " ", count: between) : " .. ") + right
  }

  private static func trimmingEnd(_ line: String) -> String {
    var line = line
    while line.last == " " { line.removeLast() }
    return line
  }
}

extension MetricPlot {
  /// Lines at round values: a step is 1, 2 or 5 times a power of ten.
  struct Axis {
    /// The lowest line, in steps from zero.
    let first: Int
    /// Lines above the lowest.
    let steps: Int
    /// A step is `unit / 10^digits`.
    let unit: Int
    let digits: Int

    /// Spans `from` to `to` in at most `steps` steps; no step is under 0.000001.
    init(from: Double, to: Double, steps: Int) {
      var digits = 6
      var unit = 1
      var scale = 1_000_000.0
      while (to * scale / Double(unit)).rounded(.up) - (from * scale / Double(unit)).rounded(.down) > Double(steps) {
        switch unit {
        case 1: unit = 2
        case 2: unit = 5
        default:
          if digits > 0 {
            unit = 1
            digits -= 1
            scale /= 10
          } else {
            unit *= 2
          }
        }
      }
      self.unit = unit
      self.digits = digits
      first = Int((from * scale / Double(unit)).rounded(.down))
      let needed = Int((to * scale / Double(unit)).rounded(.up)) - first
      self.steps = max(1, min(steps, needed))
    }

    private var scale: Double { (0..<digits).reduce(1) { scale, _ in scale * 10 } }

    func value(atStep step: Int) -> Double { Double((first + step) * unit) / scale }

    func step(of value: Double) -> Int {
      min(steps, max(0, Int((value * scale / Double(unit)).rounded()) - first))
    }
  }
}
