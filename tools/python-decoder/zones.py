"""What compaction says of a column's values, held to the values themselves."""
import math
import struct

import numpy

from cursor import require
from hindcast.v1 import block_pb2 as proto

BOUND_BYTES = 32
WHOLE = (proto.TYPE_BOOL, proto.TYPE_INT64, proto.TYPE_TIMESTAMP)
FLOATS = (proto.TYPE_FLOAT32, proto.TYPE_FLOAT64)
TEXTS = (proto.TYPE_STRING, proto.TYPE_BYTES, proto.TYPE_UUID)
# Of the estimate of different values, from which on it is wrong: six standard deviations of 4,096 registers.
DISTINCT_ERROR_MAX = 0.1


def require_statistics(column, rows, statistics):
    """`statistics`: the message ZoneStatistics of a column of so many rows."""
    values = column.values
    require(statistics.nulls == rows - len(values), f"{column.name}: {statistics.nulls} nulls by its statistics")
    integers, numbers, texts, nans = [], [], [], 0
    if column.type in WHOLE:
        integers = bounds(values.astype(numpy.int64).tolist())
        distinct = len(set(values.tolist()))
    elif column.type in FLOATS:
        nans = int(numpy.isnan(values).sum())
        numbers = float_bounds(values[~numpy.isnan(values)].tolist())
        distinct = len(set(values.view(f"u{values.itemsize}").tolist()))
    elif column.type in TEXTS:
        values = [bytes(value) for value in values]
        texts = text_bounds(values)
        distinct = len(set(values))
    else:
        distinct = 0
    found = list(statistics.integers), bits(statistics.numbers), list(statistics.texts), statistics.nans
    wanted = integers, bits(numbers), texts, nans
    require(found == wanted, f"{column.name}: statistics of {found}, values of {wanted}")
    require(not statistics.distinct or abs(statistics.distinct - distinct) <= max(2, DISTINCT_ERROR_MAX * distinct),
            f"{column.name}: {statistics.distinct} different values by its statistics, in truth {distinct}")


def bits(numbers):
    return [struct.pack("<d", number) for number in numbers]


def bounds(values):
    return [min(values), max(values)] if values else []


def float_bounds(values):
    """Of zeros the lower bound is the negative one, the upper the positive one."""
    lower_upper = bounds(values)
    return [math.copysign(0.0, sign) if bound == 0 else bound for bound, sign in zip(lower_upper, (-1, 1))]


def text_bounds(values):
    lower_upper = bounds(values)
    if not lower_upper:
        return []
    lower, upper = lower_upper
    if len(upper) <= BOUND_BYTES:
        return [lower[:BOUND_BYTES], upper]
    kept = upper[:BOUND_BYTES].rstrip(b"\xff")
    return [lower[:BOUND_BYTES]] + ([kept[:-1] + bytes([kept[-1] + 1])] if kept else [])


def require_zones(footer, blocks):
    """The zones of an archive file's footer against its decoded blocks, and against what their columns carry."""
    if not footer.zones:
        return
    require(len(footer.zones) == len(blocks), f"zones of {len(footer.zones)} blocks, of {len(blocks)}")
    for zones, block in zip(footer.zones, blocks):
        columns = {(column.role, column.name): column for column in block.columns}
        for zone in zones.columns:
            require(zone.column < len(footer.columns), "zones of a column that the footer does not name")
            named = footer.columns[zone.column]
            column = columns.get((named.role, named.name))
            require(column is not None and (column.type, column.dimension) == (named.type, named.dimension),
                    f"zones of the column {named.name}, which the block has not")
            require(column.statistics is None or column.statistics == zone.statistics,
                    f"{named.name}: the footer and the column have different statistics")
            require_statistics(column, block.rows, zone.statistics)
