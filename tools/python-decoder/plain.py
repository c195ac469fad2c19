"""Plain columns: what a client may send and `Append` carries; stored blocks have none."""
import numpy

from cursor import require
from hindcast.v1 import block_pb2 as proto
from columns import chosen
from steps import flags

LISTS = {
    proto.TYPE_BOOL: ("bools", numpy.int64), proto.TYPE_INT64: ("int64s", numpy.int64),
    proto.TYPE_TIMESTAMP: ("int64s", numpy.int64), proto.TYPE_FLOAT32: ("float32s", numpy.float32),
    proto.TYPE_FLOAT64: ("float64s", numpy.float64), proto.TYPE_STRING: ("strings", None),
    proto.TYPE_BYTES: ("byte_strings", None), proto.TYPE_UUID: ("byte_strings", None),
    proto.TYPE_VECTOR: ("float32s", numpy.float32), proto.TYPE_STRING_LIST: ("strings", None),
    proto.TYPE_DOUBLE_LIST: ("float64s", numpy.float64),
}


def decode(column, rows):
    """(present, values) of a message `Column`, as columns.Column has them."""
    require(column.type in LISTS, f"the unknown type {column.type}")
    name, kind = LISTS[column.type]
    values = getattr(column, name)
    values = list(values) if kind is None else numpy.array(values, kind)
    if column.type in (proto.TYPE_STRING, proto.TYPE_STRING_LIST):
        values = [value.encode() for value in values]
    if column.type in (proto.TYPE_STRING_LIST, proto.TYPE_DOUBLE_LIST):
        ends = numpy.cumsum([0, *column.list_lengths]).tolist()
        require(ends[-1] == len(values), f"{len(values)} elements, and lengths of {ends[-1]}")
        values = [values[start:end] for start, end in zip(ends, ends[1:])]
    elif column.type == proto.TYPE_VECTOR:
        require(len(values) == rows * column.dimension, f"{len(values)} components")
        values = values.reshape(rows, column.dimension)
    require(len(values) == rows, f"{len(values)} values in a block of {rows} rows")

    present = None
    if column.validity:
        require(len(column.validity) == -(-rows // 8), f"a validity of {len(column.validity)} bytes")
        bits = numpy.unpackbits(numpy.frombuffer(column.validity, numpy.uint8), bitorder="little")
        present = bits[:rows].astype(bool)
        values = chosen(values, present)
    if column.type == proto.TYPE_UUID:
        require(all(len(value) == 16 for value in values), "a uuid that is not 16 bytes")
        values = numpy.frombuffer(b"".join(values), numpy.uint8).reshape(len(values), 16)
    return present, flags(values) if column.type == proto.TYPE_BOOL else values
