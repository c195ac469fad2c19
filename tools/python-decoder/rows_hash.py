"""The hash of rows that does not depend on their order. Hashes are uint64, and wrap."""
import struct

import numpy

from checksums import xxh3
from hindcast.v1 import block_pb2 as proto

WHOLE = (proto.TYPE_BOOL, proto.TYPE_INT64, proto.TYPE_TIMESTAMP)


def mix(x):
    """SplitMix64's finaliser, of an array."""
    x = x ^ (x >> numpy.uint64(30))
    x = x * numpy.uint64(0xBF58476D1CE4E5B9)
    x = x ^ (x >> numpy.uint64(27))
    x = x * numpy.uint64(0x94D049BB133111EB)
    return x ^ (x >> numpy.uint64(31))


def value_hashes(column):
    """uint64, one for each value that is there."""
    values = column.values
    if column.type in WHOLE:
        return values.astype(numpy.int64).view(numpy.uint64)
    if column.type == proto.TYPE_FLOAT64:
        return values.view(numpy.uint64)
    if column.type == proto.TYPE_FLOAT32:
        return values.view(numpy.uint32).astype(numpy.uint64)
    if column.type in (proto.TYPE_STRING, proto.TYPE_BYTES):
        hashes = map(xxh3, values)
    elif column.type == proto.TYPE_STRING_LIST:
        hashes = (xxh3(b"".join(struct.pack("<I", len(text)) + text for text in row)) for row in values)
    else:
        hashes = (xxh3(row.tobytes()) for row in values)
    return numpy.fromiter(hashes, numpy.uint64, len(values))


def rows_hash(block):
    """The sum of the hashes of a block's rows."""
    model, version = block.model.encode(), block.version.encode()
    stream = xxh3(struct.pack("<BBI", block.kind, block.environment, len(model)) + model + version)
    sums = numpy.full(block.rows, stream, numpy.uint64)
    for column in block.columns:
        seed = xxh3(struct.pack("<BBI", column.role, column.type, column.dimension) + column.name.encode())
        hashes = mix(numpy.uint64(seed) ^ mix(value_hashes(column)))
        if column.present is None:
            sums += hashes
        else:
            sums[column.present] += hashes
    return int(mix(sums).sum(dtype=numpy.uint64))
