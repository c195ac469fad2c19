internal import HindcastFormat

/// Reads an archive file back: every checksum, every row. What is returned is what readers will get.
enum ArchiveCheck {
  struct Contents: Equatable {
    var rows: UInt64 = 0
    var rowsHash: UInt64 = 0
  }

  /// Throws `.corrupt`, naming file and offset, at the first thing that is wrong.
  static func contents(of path: String, id: UInt64, disk: any Disk) throws(StorageError) -> Contents {
    let file = try onDisk { () throws(DiskError) in try disk.open(path, .read) }
    let outcome = try onDisk { () throws(DiskError) in try SealedFile.ends(of: file, .archive, fileID: id) }
    guard case .sealed(let ends) = outcome else { throw StorageError(.corrupt, "\(path): \(outcome.reason)") }
    var contents = Contents()
    for entry in ends.footer.frames {
      let read = try onDisk { () throws(DiskError) in try BlockReading.block(entry, of: file, fileID: id) }
      switch read {
      case .bad(let reason): throw StorageError(.corrupt, reason)
      case .block(let stored):
        do throws(FormatError) {
          let block = try BlockDecoder.decode(stored.bytes)
          contents.rows += UInt64(block.rowCount)
          contents.rowsHash &+= RowHash.total(of: block, sums: RowHash.sums(of: block))
        } catch {
          throw StorageError(error, in: "\(path): offset \(entry.offset)")
        }
      }
    }
    return contents
  }
}

extension SealedFile.Outcome {
  var reason: String { if case .notSealed(let reason) = self { reason } else { "" } }
}
