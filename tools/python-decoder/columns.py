"""The bytes of `Column.encoded` into values."""
from dataclasses import dataclass, field

import numpy

import related
import tokens  # noqa: F401, it adds its step
from cursor import Cursor, FormatError, require
from hindcast.v1 import block_pb2 as proto
from steps import (COST, DOUBLE_LISTS, FLOAT32, FLOAT64, INTEGERS, STEPS, STRING_LISTS, STRINGS, UUIDS, VECTORS,
                   flags, require_values, uuid_text)
from tree import SHAPES, parse_tree

COLUMN_COST_MAX = 2 << 30
DOMAINS = {
    proto.TYPE_BOOL: INTEGERS, proto.TYPE_INT64: INTEGERS, proto.TYPE_TIMESTAMP: INTEGERS,
    proto.TYPE_FLOAT32: FLOAT32, proto.TYPE_FLOAT64: FLOAT64, proto.TYPE_STRING: STRINGS, proto.TYPE_BYTES: STRINGS,
    proto.TYPE_UUID: UUIDS, proto.TYPE_VECTOR: VECTORS, proto.TYPE_STRING_LIST: STRING_LISTS,
    proto.TYPE_DOUBLE_LIST: DOUBLE_LISTS,
}
TOKENS_COST_FIXED = 20_480
# Steps that take other room: a value, in bytes; the text of strings comes on top.
STEP_COST = {0x27: COST[INTEGERS] + 1, 0x60: 24, 0x61: 24, 0x62: 32}


@dataclass
class Column:
    name: str
    role: int
    type: int
    dimension: int
    present: numpy.ndarray | None  # bool, shape (rows,); None: every row has a value
    values: object  # as many as there are values, in the shape that steps.py gives for the domain
    cost: int  # of decoding, in bytes
    codes: list = field(default_factory=list)  # of the steps
    statistics: object = None  # the message ZoneStatistics, where the column has one

    def rows(self):
        """One Python value a row, None where there is none; texts as str, uuids as their text, vectors as lists."""
        values = iter(self._converted())
        if self.present is None:
            return list(values)
        return [next(values) if present else None for present in self.present.tolist()]

    def _converted(self):
        if self.type == proto.TYPE_BOOL:
            return self.values.astype(bool).tolist()
        if self.type == proto.TYPE_STRING:
            return [value.decode() for value in self.values]
        if self.type == proto.TYPE_UUID:
            return [uuid_text(value.tobytes()) for value in self.values]
        if self.type == proto.TYPE_STRING_LIST:
            return [[value.decode() for value in row] for row in self.values]
        if self.type == proto.TYPE_DOUBLE_LIST:
            return [row.tolist() for row in self.values]
        return self.values if self.type == proto.TYPE_BYTES else self.values.tolist()


@dataclass
class Source:
    """What a column that is computed sees of another: its values where the computed one has any."""
    name: str
    type: int
    values: object


class Decoder:
    """Walks through the steps of one column and, in the same order, through their data."""

    def __init__(self, nodes, data, type, dimension):
        self.nodes, self.data = iter(nodes), data
        self.type, self.dimension = type, dimension
        self.sources = []
        self.domain = None  # of the step that is being decoded, until it asks for a child
        self.cost = 0

    def charge(self, cost):
        self.cost += cost
        require(self.cost <= COLUMN_COST_MAX, "decoding takes more than 2 GiB")

    def child(self, domain, n):
        node = next(self.nodes)
        name = SHAPES[node.code][0]
        require(node.code not in (0x01, 0x02) and node.code not in related.COMPUTED, f"{name} below another step")
        return self.values(node, domain, n)

    def values(self, node, domain, n):
        require((node.code, domain) in STEPS, f"{SHAPES[node.code][0]} gives no {domain}")
        if domain == VECTORS:
            require_values(n * self.dimension * COST[FLOAT32])
        else:
            self.charge(n * STEP_COST.get(node.code, COST[domain]))
        if node.code == 0x27:
            self.charge(TOKENS_COST_FIXED)
        self.domain = domain
        result = STEPS[node.code, domain](self, n, node.parameter)
        if domain == STRINGS:
            self.charge(sum(map(len, result)))
        return result


def source_names(data):
    """[(role, name)] of a related step."""
    count = data.byte()
    require(count in (1, 2), f"a column computed from {count} others")
    result = []
    for _ in range(count):
        role = data.byte()
        name = bytes(data.take(data.varint()))
        try:
            result.append((role, name.decode()))
        except UnicodeDecodeError:
            raise FormatError("the name of a source is not UTF-8") from None
    return result


def decode(column, rows, find):
    """The values of the message `column` in a block of so many rows. `find(role, name)` gives the Column of a source."""
    require(column.type in DOMAINS, f"the unknown type {column.type}")
    encoded = Cursor(column.encoded)
    count = encoded.varint()
    require(count == rows, f"{count} rows in a block of {rows}")
    nodes = parse_tree(encoded.take(encoded.varint()))
    decoder = Decoder(nodes, encoded, column.type, column.dimension)
    domain = DOMAINS[column.type]

    node = next(decoder.nodes)
    is_related = node.code == 0x02
    if is_related:
        found = [find(*source) for source in source_names(encoded)]
        node = next(decoder.nodes)
    present, n = None, rows
    if node.code == 0x01:
        present = flags(decoder.child(INTEGERS, rows))
        n = int(present.sum())
        node = next(decoder.nodes)
    require((node.code in related.COMPUTED) == is_related,
            f"{SHAPES[node.code][0]} {'below' if is_related else 'without'} related")
    if is_related:
        decoder.sources = [Source(source.name, source.type, without_nulls(source, present)) for source in found]
    values = decoder.values(node, domain, n)
    require(encoded.remaining == 0, f"{encoded.remaining} bytes are left over")
    require_text(column.type, values)
    if column.type == proto.TYPE_BOOL:
        values = flags(values)
    return Column(column.name, column.role, column.type, column.dimension, present, values, decoder.cost,
                  [node.code for node in nodes])


def without_nulls(source, present):
    require(source.present is None, f"the source {source.name} has nulls")
    return source.values if present is None else chosen(source.values, present)


def chosen(values, present):
    """The values of those rows that `present`, an array of bool, says."""
    if isinstance(values, list):
        return [value for value, there in zip(values, present.tolist()) if there]
    return values[present]


def require_text(type, values):
    try:
        if type == proto.TYPE_STRING:
            for value in values:
                value.decode()
        elif type == proto.TYPE_STRING_LIST:
            for row in values:
                for value in row:
                    value.decode()
    except UnicodeDecodeError:
        raise FormatError("a text that is not UTF-8") from None
