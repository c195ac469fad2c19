"""A data directory, read with nothing but FORMAT.md and the .proto files to go by.

    for file in Directory("/var/lib/hindcast").files():
        for stored in file.blocks():
            stored.block.columns

Everything that FORMAT.md lets a reader check is checked; what does not hold is a FormatError that names the file.
Nothing is recovered, and nothing is written.
"""
import re
from dataclasses import dataclass, field
from pathlib import Path

import files
from checksums import xxh3
from cursor import FormatError, require
from hindcast.v1 import block_pb2
from rows_hash import rows_hash
from zones import require_zones

ARCHIVE_NAME = re.compile(r"archive/(?P<model>[^/]+)/(\d{4}-\d\d-\d\d|undated)-(?P<id>[0-9a-f]{16})\.archive")
PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789-_.")


def folder_name(model):
    """The folder of a model's archive files."""
    data = model.encode()
    name = "".join(chr(byte) if byte in PLAIN and not (byte == ord(".") and place == 0) else f"%{byte:02X}"
                   for place, byte in enumerate(data))
    return name if len(name) <= 200 else f"{name[:183]}~{xxh3(data):016x}"


@dataclass
class Manifest:
    """What the edits add up to."""
    number: int = 0
    log_id: bytes = b""
    compacted_position: int = 0
    archive: dict = field(default_factory=dict)  # name: ArchiveFile
    released: set = field(default_factory=set)  # ids of segments
    gaps: list = field(default_factory=list)

    def add(self, edit):
        require(self.number == 0 or edit.number == self.number + 1, f"edit {edit.number} behind edit {self.number}")
        require(self.log_id in (b"", edit.log_id), f"edit {edit.number} is another log's")
        self.number, self.log_id = edit.number, edit.log_id
        self.compacted_position = edit.compacted_position
        for name in edit.removed:
            require(name in self.archive, f"edit {edit.number} removes {name}, which is not there")
            del self.archive[name]
        self.archive.update((file.name, file) for file in edit.added)
        self.released.update(edit.released_segments)
        self.gaps.extend(edit.gaps)


@dataclass
class NamedFile:
    """One file of a directory; `from_position` is the first whose rows are read from it and not from the archive."""
    name: str
    file: files.File
    from_position: int = 1

    def blocks(self):
        try:
            for stored in self.file.blocks():
                if stored.header.last_position >= self.from_position:
                    yield stored
        except FormatError as error:
            raise FormatError(f"{self.name}: {error}") from None


class Directory:
    def __init__(self, path):
        self.path = Path(path)
        self.manifest = Manifest()
        try:
            for edit in files.read_edits((self.path / "MANIFEST").read_bytes()):
                self.manifest.add(edit)
        except FileNotFoundError:
            raise FormatError(f"{path} has no MANIFEST: it is no data directory") from None
        except FormatError as error:
            raise FormatError(f"MANIFEST: {error}") from None

    def files(self):
        """NamedFiles: the archive, then the journal behind it. Repeats nothing that both have."""
        yield from self.archive_files()
        yield from self.segments()

    def archive_files(self):
        for name in sorted(self.manifest.archive):
            yield self._read(name, self._archive_file)

    def segments(self):
        for path in sorted((self.path / "journal").glob("*.segment")):
            if int(path.stem, 16) not in self.manifest.released:
                yield self._read(f"journal/{path.name}", self._segment)

    def _read(self, name, read):
        try:
            return read(name, (self.path / name).read_bytes())
        except FileNotFoundError:
            raise FormatError(f"{name} is missing") from None
        except FormatError as error:
            raise FormatError(f"{name}: {error}") from None

    def _require_log(self, file):
        require(self.manifest.log_id in (b"", file.header.log_id), "the file is another log's")

    def _segment(self, name, data):
        segment = int(Path(name).stem, 16)
        file = files.read_sealed(data, segment) if files.is_sealed(data) else files.read_open(data, segment)
        self._require_log(file)
        return NamedFile(name, file, self.manifest.compacted_position + 1)

    def _archive_file(self, name, data):
        entry = self.manifest.archive[name]
        match = ARCHIVE_NAME.fullmatch(name)
        require(match and match["model"] == folder_name(entry.model), f"no name for a file of the model {entry.model}")
        require(len(data) == entry.bytes, f"{len(data)} bytes, not {entry.bytes}")
        file = files.read_sealed(data, int(match["id"], 16))
        self._require_log(file)
        headers = [frame.header for frame in file.frames]
        found = (sum(header.rows for header in headers),
                 min(header.position for header in headers), max(header.last_position for header in headers),
                 min(header.min_time for header in headers), max(header.max_time for header in headers))
        wanted = (entry.rows, entry.first_position, entry.last_position, entry.min_time, entry.max_time)
        require(found == wanted, f"rows, positions and times are {found}, the manifest says {wanted}")
        require(file.footer.rows_hash == entry.rows_hash, "the footer and the manifest have different rows hashes")
        return NamedFile(name, file)


def require_archive_rows(named, blocks):
    """An archive file's decoded rows against its rows hash and zones, and the positions and the order they should have."""
    total, previous, last = 0, None, None
    for stored in blocks:
        block = stored.block
        total = (total + rows_hash(block)) % 2**64
        columns = {(column.role, column.name): column for column in block.columns}
        require((block_pb2.ROLE_SYSTEM, "position") in columns, f"{named.name}: rows without a position")
        positions = columns[block_pb2.ROLE_SYSTEM, "position"].values
        require((int(positions.min()), int(positions.max())) == (stored.header.position, stored.header.last_position),
                f"{named.name}: the positions of the rows are not the header's")

        schema = (block.kind, block.model, block.version, block.environment,
                  frozenset((*key, column.type, column.dimension) for key, column in columns.items()))
        time = columns.get((block_pb2.ROLE_TIME, "time"))
        order = list(zip(time.values.tolist() if time else [0] * block.rows, positions.tolist()))
        require(order == sorted(order) and (schema != previous or last <= order[0]),
                f"{named.name}: rows that do not ascend by time and position")
        previous, last = schema, order[-1]
    try:
        require_zones(named.file.footer, [stored.block for stored in blocks])
    except FormatError as error:
        raise FormatError(f"{named.name}: {error}") from None
    require(total == named.file.footer.rows_hash, f"{named.name}: the hash of the rows is wrong")
