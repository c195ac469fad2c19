"""The 128 bytes before every payload, and the payload behind them."""
import struct
from typing import NamedTuple

from checksums import crc32c, xxh3
from cursor import FormatError, require

HEADER_BYTES = 128
MAGIC = b"HCF1"
VERSION = 1
FILE_HEADER, BLOCK, FOOTER, MANIFEST_EDIT, MARK = range(1, 6)
HIGHEST = 2**63 - 1
LAYOUT = struct.Struct("<4sBBHIIQQQ16sQQQIBB2xqqQQ4xI")
assert LAYOUT.size == HEADER_BYTES


class Header(NamedTuple):
    magic: bytes
    version: int
    type: int
    header_length: int
    flags: int
    payload_length: int
    segment: int
    position: int
    durable_position: int
    producer: bytes
    epoch: int
    sequence: int
    model_reference: int
    rows: int
    kind: int
    environment: int
    min_time: int
    max_time: int
    payload_hash: int
    last_position: int
    checksum: int


class Frame(NamedTuple):
    offset: int
    header: Header
    payload: memoryview

    @property
    def end(self):
        """Where the payload ends."""
        return self.offset + HEADER_BYTES + len(self.payload)

    @property
    def next(self):
        """Where the next frame may start."""
        return -(-self.end // 8) * 8


def parse_header(data):
    """`data`: 128 bytes. The checks stand in the order in which FORMAT.md wants them."""
    require(len(data) == HEADER_BYTES, f"{len(data)} bytes where a frame header has {HEADER_BYTES}")
    header = Header._make(LAYOUT.unpack(data))
    require(header.magic == MAGIC, "no frame here")
    require(crc32c(data[:124]) == header.checksum, "the header's checksum is wrong")
    require(header.version == VERSION and header.header_length == HEADER_BYTES,
            f"a frame of version {header.version}: this decoder knows {VERSION}, update it")
    require(FILE_HEADER <= header.type <= MARK, f"a frame of the unknown type {header.type}")
    positions = (header.segment, header.position, header.durable_position, header.last_position)
    require(max(positions) <= HIGHEST, "a position or id beyond 2^63 - 1")
    if header.type == BLOCK:
        require(1 <= header.position <= header.last_position, "the positions are out of order")
    return header


def frame_at(data, offset, segment):
    """The frame at `offset` of the bytes of the file with the id `segment`, its payload checked."""
    data = memoryview(data)
    try:
        require(offset % 8 == 0, "a frame starts at a multiple of 8")
        header = parse_header(data[offset:offset + HEADER_BYTES])
        require(header.segment == segment, f"a frame of the file {header.segment:016x}")
        start = offset + HEADER_BYTES
        payload = data[start:start + header.payload_length]
        require(len(payload) == header.payload_length, "the payload is cut short")
        require(xxh3(payload) == header.payload_hash, "the payload's hash is wrong")
    except FormatError as error:
        raise FormatError(f"frame at offset {offset}: {error}") from None
    return Frame(offset, header, payload)


def require_zeros(data, start, end):
    require(not any(memoryview(data)[start:end]), f"bytes that are not zero between the offsets {start} and {end}")
