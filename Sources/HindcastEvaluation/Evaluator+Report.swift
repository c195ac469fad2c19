package import HindcastFormat

extension Evaluator {
  /// Cuts what was joined into windows and computes their metrics. Call it once, after the last `write`.
  ///
  /// `gaps` and `trimmed` are what the replay met of damage and of retention; the report passes them on. Throws if the labels don't tell which class is
  /// the positive one, and if there are more windows than `EvaluationLimits.windowsMax`.
  package func report(gaps: [ReadGap] = [], trimmed: [ReadGap] = []) throws(EvaluationError) -> EvaluationReport {
    table.close()
    var used = [Bool](repeating: false, count: labels.texts.count)
    var unmatchedActuals = 0
    var retracted = 0
    for number in 0..<table.count {
      let entry = table[number]
      if entry.hasPrediction {
        used[Int(entry.predictedLabel)] = true
        used[Int(entry.actualLabel)] = true
        if entry.isRetracted { retracted += 1 }
      } else if !entry.isRetracted {
        unmatchedActuals += 1
      }
    }
    let positive = try PositiveClass(option: options.positive, used: used, labels: labels)
    let cutter = try WindowCutter(table, every: options.every, lossStarts: lost.windowStarts)
    let windows = zip(cutter.windows, lost.sums(of: cutter.windows)).map { window, lost in
      var tally = WindowTally()
      for place in cutter.order[window.range] { tally.add(table[Int(place.entry)], positive: positive.number) }
      return tally.report(start: window.start, end: window.end, lost: lost)
    }
    var tally = WindowTally()
    for place in cutter.order { tally.add(table[Int(place.entry)], positive: positive.number) }
    let total = tally.report(
      start: cutter.order.first?.time ?? cutter.windows.first?.start ?? 0,
      end: cutter.order.last?.time ?? cutter.windows.last?.end ?? 0, lost: lost.total)

    return EvaluationReport(
      model: options.model, version: options.version, environment: options.environment, every: options.every,
      positive: positive.text, windows: windows, total: total, versions: versionReports(),
      lostActuals: lostActuals, unreadableReports: unreadableReports, repeats: table.repeats,
      unmatchedActuals: unmatchedActuals, retracted: retracted, gaps: gaps, trimmed: trimmed,
      notes: notes(
        total: total, positive: positive, unmatchedActuals: unmatchedActuals, gaps: gaps, trimmed: trimmed))
  }

  private func versionReports() -> [VersionReport] {
    var rows = [Int](repeating: 0, count: versions.versions.count)
    for number in 0..<table.count where table[number].hasPrediction {
      rows[versions.number(at: table[number].predictionOrdinal)] += 1
    }
    let logged = Dictionary(uniqueKeysWithValues: zip(versions.versions, rows).lazy.filter { $0.1 > 0 })
    return Set(logged.keys).union(lostByVersion.keys).sorted().map { version in
      VersionReport(version: version, rows: logged[version] ?? 0, lost: lostByVersion[version] ?? LossSums())
    }
  }

  private func notes(
    total: WindowReport, positive: PositiveClass, unmatchedActuals: Int, gaps: [ReadGap], trimmed: [ReadGap]
  ) -> [String] {
    var notes: [String] = []
    if total.rows == 0 { notes.append(whyNoRows) }
    if positive.labels.count > 2, let text = positive.text {
      notes.append("the labels are \(PositiveClass.list(positive.labels)): all but '\(text)' count as negative")
    }
    if total.rows > 0, total.labelled == 0, unmatchedActuals > 0 {
      notes.append("there are actuals, but none has the id of a prediction: compare the ids of both")
    }
    if unreadableReports > 0 {
      notes.append(
        "\(unreadableReports) loss reports break the rules of the format: what they stand for is missing from these figures"
      )
    }
    if !gaps.isEmpty { notes.append("the log has gaps: rows that were there are missing from these figures") }
    if let note = note(on: trimmed) { notes.append(note) }
    return notes
  }

  /// nil: nothing was trimmed, or only what came before the times that are evaluated.
  private func note(on trimmed: [ReadGap]) -> String? {
    let relevant = trimmed.filter { gap in
      guard let chosen = options.times, let times = gap.times else { return true }
      return times.upperBound >= chosen.lowerBound
    }
    guard !relevant.isEmpty else { return nil }
    let upTo = relevant.compactMap { $0.times?.upperBound }.max().map { " up to \(TimestampText.format($0))" } ?? ""
    return "retention has dropped events\(upTo): rows may be missing from the first windows"
  }

  private var whyNoRows: String {
    var reasons: [String] = []
    if !otherEnvironments.isEmpty {
      let words = otherEnvironments.map { $0.word }.sorted().joined(separator: ", ")
      reasons.append("there are under environment \(words) (choose one with --environment)")
    }
    if !otherVersions.isEmpty {
      let versions = otherVersions.sorted().map { "'\($0)'" }.joined(separator: ", ")
      reasons.append("there are under version \(versions) (choose one with --version)")
    }
    let version = options.version.map { ", version '\($0)'" } ?? ""
    let what = "no predictions of model '\(options.model)'\(version) in environment \(options.environment.word)"
    let when = options.times == nil ? "" : " in the range of event time"
    if reasons.isEmpty { return "there are \(what)\(when)" }
    return "there are \(what)\(when), but \(reasons.joined(separator: ", and "))"
  }
}
