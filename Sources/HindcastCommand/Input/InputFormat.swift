internal import ArgumentParser

/// How rows stand in an input file.
enum InputFormat: String, ExpressibleByArgument, CaseIterable {
  case csv
  case tsv
  case jsonl

  /// By the name, with or without `.gz`; nil if that does not say.
  init?(fileName: String) {
    var name = fileName.lowercased()
    if name.hasSuffix(".gz") { name.removeLast(3) }
    switch name {
    case _ where name.hasSuffix(".csv"): self = .csv
    case _ where name.hasSuffix(".tsv"): self = .tsv
    case _ where name.hasSuffix(".jsonl") || name.hasSuffix(".ndjson"): self = .jsonl
    default: return nil
    }
  }

  /// By the first character that is no white space: an object means JSON lines.
  init(content: [UInt8]) {
    let text = content.starts(with: [0xef, 0xbb, 0xbf]) ? content.dropFirst(3) : content[...]
    let first = text.first { $0 != 0x20 && $0 != 0x09 && $0 != 0x0a && $0 != 0x0d }
    self = first == UInt8(ascii: "{") ? .jsonl : .csv
  }
}

/// What a user may say about how files are to be read.
struct InputReading {
  /// nil: told from each file's name, else from its first character.
  var format: InputFormat?
  /// Between the fields of CSV.
  var delimiter = UInt8(ascii: ",")
  /// Field texts of CSV that mean null, beside the empty one.
  var nullTexts: [String] = []

  /// A reader for the file, and the file, to ask how much of it has been read.
  func open(_ name: String) throws -> (reader: any RecordReader, input: ByteInput) {
    let input = try ByteInput(name)
    var start: [UInt8] = []
    _ = try input.read(into: &start)
    switch format ?? InputFormat(fileName: name) ?? InputFormat(content: start) {
    case .csv: return (try CSVReader(input, start: start, delimiter: delimiter, nullTexts: nullTexts), input)
    case .tsv: return (try CSVReader(input, start: start, delimiter: UInt8(ascii: "\t"), nullTexts: nullTexts), input)
    case .jsonl: return (JSONLinesReader(input, start: start), input)
    }
  }
}

/// Yields rows that were kept, then goes on with the reader they came from: for input that can be read only once.
final class ResumedReader: RecordReader {
  private var kept: [InputRecord]
  private var index = -1
  private let reader: any RecordReader

  init(kept: [InputRecord], then reader: any RecordReader) {
    self.kept = kept
    self.reader = reader
  }

  var columns: [String] { reader.columns }

  var record: InputRecord { index < kept.count ? kept[index] : reader.record }

  func next() throws -> ReadStep {
    if index + 1 < kept.count {
      index += 1
      return .row
    }
    kept = []
    index = 0
    return try reader.next()
  }
}
