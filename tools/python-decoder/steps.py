"""Every step but tokens and those that compute from other columns: a function from a decoder, `n` and a parameter to values.

Values of a domain:
    BYTES         a bytes object, n bytes
    INTEGERS      int64 array, shape (n,); arithmetic wraps
    FLOAT32       float32 array, shape (n,)
    FLOAT64       float64 array, shape (n,)
    STRINGS       list of n bytes objects
    UUIDS         uint8 array, shape (n, 16)
    VECTORS       float32 array, shape (n, dimension)
    STRING_LISTS  list of n lists of bytes objects
    DOUBLE_LISTS  list of n float64 arrays
"""
import zlib

import numpy
import zstandard

from cursor import require, unpack

BYTES, INTEGERS, FLOAT32, FLOAT64, STRINGS, UUIDS, VECTORS, STRING_LISTS, DOUBLE_LISTS = (
    "bytes", "integers", "float32", "float64", "strings", "uuids", "vectors", "lists of strings", "lists of doubles")
# What FORMAT.md counts for a value, in bytes; for strings their bytes come on top.
COST = {BYTES: 1, INTEGERS: 8, FLOAT64: 8, FLOAT32: 4, UUIDS: 16, STRINGS: 4, STRING_LISTS: 4, DOUBLE_LISTS: 4}
LENGTH_MAX = 16 << 20
VALUES_MAX = 256 << 20
# So many bytes at a time become at most 8 MiB: a block of zstd has 3 bytes and more, and gives up to 128 KiB.
ZSTD_PIECE = 192
STEPS = {}  # (code, domain): function


def step(code, *domains):
    def add(function):
        for domain in domains:
            STEPS[code, domain] = function
        return function
    return add


def require_values(count):
    require(count <= VALUES_MAX, "more than 256 MiB of values")


def signed(value):
    """A Python int modulo 2^64, as int64."""
    return numpy.int64((value + 2**63) % 2**64 - 2**63)


def indexes(values, limit, what):
    """Integers that must be 0 to `limit` - 1."""
    require(not len(values) or (values.min() >= 0 and values.max() < limit), f"{what} outside 0 to {limit - 1}")
    return values


def flags(values):
    """Integers that must be 0 or 1, as an array of bool."""
    return indexes(values, 2, "a bool").astype(bool)


def replaced(values, rows, exceptions):
    values[indexes(rows, len(values), "the row of an exception")] = exceptions
    return values


# Any domain

@step(0x00, BYTES, INTEGERS, FLOAT32, FLOAT64, STRINGS, UUIDS, VECTORS, STRING_LISTS, DOUBLE_LISTS)
def empty(decoder, n, _):
    require(n == 0, f"empty where {n} values belong")
    shapes = {INTEGERS: ("i8", 0), FLOAT32: ("f4", 0), FLOAT64: ("f8", 0), UUIDS: ("u1", (0, 16)),
              VECTORS: ("f4", (0, decoder.dimension))}
    if decoder.domain == BYTES:
        return b""
    if decoder.domain not in shapes:
        return []
    kind, shape = shapes[decoder.domain]
    return numpy.zeros(shape, kind)


# Bytes

@step(0x10, BYTES)
def raw(decoder, n, _):
    return bytes(decoder.data.take(n))


@step(0x11, BYTES)
def fill(decoder, n, _):
    return bytes([decoder.data.byte()]) * n


@step(0x12, BYTES)
def zlib_stream(decoder, n, _):
    stream = zlib.decompressobj()
    try:
        # One byte more than is wanted shows a stream that is too long, and 0 would mean no bound.
        result = stream.decompress(decoder.data.take(decoder.data.varint()), n + 1)
    except zlib.error as error:
        require(False, f"zlib: {error}")
    require(len(result) == n and stream.eof and not stream.unused_data, f"zlib: not one stream of {n} bytes")
    return result


@step(0x13, BYTES)
def zstd_frames(decoder, n, _):
    compressed = decoder.data.take(decoder.data.varint())
    result, frame, place = bytearray(), None, 0
    try:
        while place < len(compressed):
            frame = frame or zstandard.ZstdDecompressor().decompressobj()
            piece = compressed[place:place + ZSTD_PIECE]
            result += frame.decompress(piece)
            require(len(result) <= n, f"zstd: more than {n} bytes")
            place += len(piece) - len(frame.unused_data)
            if frame.eof:
                frame = None
    except zstandard.ZstdError as error:
        require(False, f"zstd: {error}")
    require(frame is None and len(result) == n, f"zstd: not whole frames of {n} bytes")
    return bytes(result)


# Integers

@step(0x20, INTEGERS)
def constant(decoder, n, _):
    return numpy.full(n, decoder.data.zigzag(), numpy.int64)


@step(0x21, INTEGERS)
def bit_packed(decoder, n, width):
    base = signed(decoder.data.zigzag())
    packed = decoder.child(BYTES, -(-n * width // 8))
    offsets = numpy.arange(n, dtype=numpy.uint64) * numpy.uint64(width)
    return base + unpack(packed, offsets, numpy.full(n, width, numpy.uint64)).view(numpy.int64)


@step(0x22, INTEGERS)
def byte_planes(decoder, n, planes):
    result = numpy.full(n, decoder.data.zigzag(), numpy.int64)
    for plane in range(planes):
        values = numpy.frombuffer(decoder.child(BYTES, n), numpy.uint8).astype(numpy.uint64)
        result += (values << numpy.uint64(8 * plane)).view(numpy.int64)
    return result


@step(0x23, INTEGERS)
def delta(decoder, n, _):
    require(n >= 1, "delta without a value")
    first = numpy.full(1, decoder.data.zigzag(), numpy.int64)
    return numpy.cumsum(numpy.concatenate([first, decoder.child(INTEGERS, n - 1)]), dtype=numpy.int64)


@step(0x24, INTEGERS)
def dictionary(decoder, n, _):
    k = decoder.data.count(n, "entries")
    entries = decoder.child(INTEGERS, k)
    return entries[indexes(decoder.child(INTEGERS, n), k, "a code")]


@step(0x25, INTEGERS)
def runs(decoder, n, _):
    k = decoder.data.count(n, "runs")
    values, lengths = decoder.child(INTEGERS, k), decoder.child(INTEGERS, k)
    require(not k or (lengths.min() >= 1 and lengths.max() <= n), f"the length of a run outside 1 to {n}")
    require(lengths.sum() == n, f"runs of {lengths.sum()} values together, not {n}")
    return numpy.repeat(values, lengths)


@step(0x26, INTEGERS)
def multiples(decoder, n, _):
    base, factor = signed(decoder.data.zigzag()), signed(decoder.data.varint())
    return base + factor * decoder.child(INTEGERS, n)


# Floating point

def ordered(integers, kind):
    """The inverse of `ordered`, which is its own: all but the sign bit inverted where that is set."""
    return numpy.where(integers < 0, integers ^ numpy.iinfo(integers.dtype).max, integers).view(kind)


@step(0x30, FLOAT32)
def ordered32(decoder, n, _):
    return ordered(decoder.child(INTEGERS, n).astype(numpy.int32), numpy.float32)


@step(0x31, FLOAT64)
def ordered64(decoder, n, _):
    return ordered(decoder.child(INTEGERS, n), numpy.float64)


@step(0x32, FLOAT64)
def float32(decoder, n, _):
    values = ordered32(decoder, n, None).astype(numpy.float64)
    values[numpy.isnan(values)] = numpy.nan
    return values


@step(0x33, FLOAT64)
def decimal(decoder, n, exponent):
    k = decoder.data.count(n, "exceptions")
    rows, bits = decoder.child(INTEGERS, k), decoder.child(INTEGERS, k)
    values = decoder.child(INTEGERS, n).astype(numpy.float64) / numpy.float64(10**exponent)
    return replaced(values, rows, bits.view(numpy.float64))


# Strings

@step(0x40, STRINGS)
def text(decoder, n, _):
    lengths = indexes(decoder.child(INTEGERS, n), LENGTH_MAX + 1, "the length of a text")
    ends = numpy.cumsum(lengths).tolist()
    joined = decoder.child(BYTES, ends[-1] if ends else 0)
    return [joined[start:end] for start, end in zip([0] + ends, ends)]


@step(0x41, STRINGS)
def text_dictionary(decoder, n, _):
    k = decoder.data.count(n, "entries")
    entries = decoder.child(STRINGS, k)
    codes = indexes(decoder.child(INTEGERS, n), k, "a code")
    return [entries[code] for code in codes.tolist()]


@step(0x42, STRINGS)
def text_integers(decoder, n, _):
    return [b"%d" % value for value in decoder.child(INTEGERS, n).tolist()]


@step(0x43, STRINGS)
def text_uuids(decoder, n, _):
    return [uuid_text(value.tobytes()).encode() for value in decoder.child(UUIDS, n)]


def uuid_text(value):
    """16 bytes as 36 characters."""
    digits = value.hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


# Uuids, vectors, lists

@step(0x48, UUIDS)
def uuid(decoder, n, _):
    return numpy.frombuffer(decoder.child(BYTES, 16 * n), numpy.uint8).reshape(n, 16)


@step(0x49, UUIDS)
def uuid7(decoder, n, _):
    times = decoder.child(INTEGERS, n).astype(">i8").view(numpy.uint8).reshape(n, 8)[:, 2:]
    rest = numpy.frombuffer(decoder.child(BYTES, 10 * n), numpy.uint8).reshape(n, 10)
    return numpy.concatenate([times, rest], axis=1)


@step(0x50, VECTORS)
def vector(decoder, n, _):
    return decoder.child(FLOAT32, n * decoder.dimension).reshape(decoder.dimension, n).T


@step(0x51, STRING_LISTS, DOUBLE_LISTS)
def lists(decoder, n, _):
    domain = STRINGS if decoder.domain == STRING_LISTS else FLOAT64
    lengths = decoder.child(INTEGERS, n)
    indexes(lengths, VALUES_MAX, "the length of a list")
    ends = numpy.cumsum(lengths).tolist()
    require_values(ends[-1] * COST[domain] if ends else 0)
    elements = decoder.child(domain, ends[-1] if ends else 0)
    return [elements[start:end] for start, end in zip([0] + ends, ends)]
