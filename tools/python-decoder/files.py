"""Segments, archive files and the manifest: frames between a file header and, where a file is sealed, a footer."""
import struct
from dataclasses import dataclass

import frames
from blocks import decode_block, parse
from checksums import crc32c, xxh3
from cursor import FormatError, require
from hindcast.v1 import block_pb2, storage_pb2

TRAILER = struct.Struct("<Q4sI")
TRAILER_MAGIC = b"HCFT"


@dataclass
class StoredBlock:
    header: frames.Header
    block: object  # blocks.Block


@dataclass
class File:
    """A segment or an archive file. `footer` is None where a segment is not sealed."""
    header: storage_pb2.FileHeader
    footer: storage_pb2.FileFooter | None
    frames: list  # of frames.Frame, blocks only
    bytes_behind: int  # not zero, behind the last good frame of a segment that is not sealed

    def blocks(self):
        """StoredBlocks, one after the other, each held to its frame's header."""
        for frame in self.frames:
            try:
                block = decode_block(frame.payload)
                require_header(frame.header, block)
            except FormatError as error:
                raise FormatError(f"block at offset {frame.offset}: {error}") from None
            yield StoredBlock(frame.header, block)


def require_header(header, block):
    """A frame's header repeats what its block says."""
    found = (header.rows, header.kind, header.environment, header.model_reference)
    require(found == (block.rows, block.kind, block.environment, xxh3(block.model.encode())),
            "the header tells of another block")
    times = [column.values for column in block.columns if column.role == block_pb2.ROLE_TIME]
    lowest, highest = (int(times[0].min()), int(times[0].max())) if times else (0, 0)
    require((header.min_time, header.max_time) == (lowest, highest), "the header's times are not the block's")


def read_file_header(data, segment):
    """The first frame and its message."""
    frame = frames.frame_at(data, 0, segment)
    require(frame.header.type == frames.FILE_HEADER, "the file does not begin with a file header")
    return frame, parse(storage_pb2.FileHeader, frame.payload)


def read_sealed(data, segment):
    """A file that ends in a footer and a trailer, every byte of it checked. Between the frames of a segment there may be
    bytes that are none, where recovery found damage; in an archive file only zeros."""
    require(len(data) >= frames.HEADER_BYTES + TRAILER.size, "the file is too short for a trailer")
    offset, magic, checksum = TRAILER.unpack(data[-TRAILER.size:])
    require(magic == TRAILER_MAGIC and checksum == crc32c(data[-TRAILER.size:-4]), "the trailer is not good")
    first, header = read_file_header(data, segment)
    footer_frame = frames.frame_at(data, offset, segment)
    require(footer_frame.header.type == frames.FOOTER, "the trailer does not lead to a footer")
    frames.require_zeros(data, footer_frame.end, len(data) - TRAILER.size)
    footer = parse(storage_pb2.FileFooter, footer_frame.payload)

    blocks, end = [], first
    for entry in footer.frames:
        require(entry.offset >= end.next, "the footer's entries do not lie one behind the other")
        frame = frames.frame_at(data, entry.offset, segment)
        require_entry(entry, frame, footer.streams)
        frames.require_zeros(data, end.end, end.next)
        blocks.append(frame)
        end = frame
    require(offset >= end.next, "the footer's entries do not lie in front of it")
    frames.require_zeros(data, end.end, end.next)
    hashes = b"".join(struct.pack("<Q", frame.header.payload_hash) for frame in blocks)
    require(footer.content_hash == xxh3(hashes), "the content hash is wrong")
    require(footer.rows == sum(frame.header.rows for frame in blocks), "the footer counts other rows")
    return File(header, footer, blocks, 0)


def require_entry(entry, frame, streams):
    """An entry of a footer repeats what its frame's header says."""
    header = frame.header
    found = (entry.payload_length, entry.position, entry.last_position, entry.rows, entry.min_time, entry.max_time,
             entry.payload_hash)
    wanted = (header.payload_length, header.position, header.last_position, header.rows, header.min_time, header.max_time,
              header.payload_hash)
    require(header.type == frames.BLOCK and found == wanted, f"the footer and the frame at offset {frame.offset} differ")
    require(entry.stream < len(streams), f"a frame of the stream {entry.stream}, of {len(streams)}")
    stream = streams[entry.stream]
    require((stream.kind, stream.environment, xxh3(stream.model.encode()))
            == (header.kind, header.environment, header.model_reference), "a frame of another stream")


def is_sealed(data):
    if len(data) < TRAILER.size:
        return False
    _, magic, checksum = TRAILER.unpack(data[-TRAILER.size:])
    return magic == TRAILER_MAGIC and checksum == crc32c(data[-TRAILER.size:-4])


def read_open(data, segment):
    """A segment that is not sealed: its frames up to the first that is not good. Nothing is recovered."""
    frame, header = read_file_header(data, segment)
    blocks, position = [], frame.header.position
    while frame.next < len(data):
        try:
            following = frames.frame_at(data, frame.next, segment)
        except FormatError:
            break
        if following.header.type != frames.BLOCK or following.header.position != position:
            break
        frames.require_zeros(data, frame.end, frame.next)
        blocks.append(following)
        frame, position = following, position + 1
    rest = data[frame.end:]
    if rest and not is_mark(rest, frame, segment, data):
        return File(header, None, blocks, len(rest.rstrip(b"\0")))
    return File(header, None, blocks, 0)


def is_mark(rest, frame, segment, data):
    try:
        mark = frames.frame_at(data, frame.next, segment)
    except FormatError:
        return False
    return mark.header.type == frames.MARK and not any(data[mark.end:])


def read_edits(data):
    """The messages ManifestEdit of a MANIFEST, in order."""
    frame, _ = read_file_header(data, 0)
    while frame.end < len(data):
        frames.require_zeros(data, frame.end, frame.next)
        if frame.next >= len(data):
            break
        frame = frames.frame_at(data, frame.next, 0)
        require(frame.header.type == frames.MANIFEST_EDIT, f"no manifest edit at offset {frame.offset}")
        yield parse(storage_pb2.ManifestEdit, frame.payload)
