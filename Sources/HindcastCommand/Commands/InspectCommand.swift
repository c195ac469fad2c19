internal import ArgumentParser
internal import HindcastReplay
internal import HindcastStorage

struct InspectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show what is in the files of a log, and what each column costs.",
    discussion: """
      Of a file (a segment, an archive file, a MANIFEST): its frames, and for each block its columns with their encodings \
      and bytes. Of a data directory: for each model and kind the columns over all files, with bytes a row and the \
      encodings that were chosen. Reads only; damage is shown where it is and does not stop the rest.

        hindcast inspect /var/lib/hindcast
        hindcast inspect /var/lib/hindcast/journal/0000000000000001.segment --json

      An encoding is written from the values down to the bytes: `decimal(2) > delta > zstd`.
      """)

  @Argument(help: ArgumentHelp("A file of a data directory, or the directory.", valueName: "path"))
  var path: String

  @Flag(help: "Print JSON: for a file one object a frame and line, for a directory one object.")
  var json = false

  mutating func run() async throws {
    var output = StandardOutput()
    if try PosixDisk().status(path)?.isDirectory == true {
      let survey = try ColumnSurvey(directory: path)
      try output.write(json ? survey.json.text + "\n" : survey.text)
    } else {
      var file = try FileInspection(path: path)
      if !json { try output.writeLine("\(path), \(Figures.bytes(file.byteCount))") }
      while let frame = try file.next() {
        let description = FrameDescription(frame)
        try output.write(json ? description.json.text + "\n" : description.text)
      }
    }
    try output.flush()
  }
}
