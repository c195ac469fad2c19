"""The message `Block` into columns of values."""
import unicodedata
from dataclasses import dataclass

import columns
import plain
from cursor import FormatError, require
from google.protobuf.message import DecodeError
from hindcast.v1 import block_pb2 as proto
from steps import COST, DOUBLE_LISTS, STRING_LISTS, STRINGS, require_values

ROWS_MAX = 1_048_576
BLOCK_BYTES_MAX = 64 << 20
COLUMNS_MAX = 4096 + 1  # one more in an archive: position
DIMENSION_MAX = 65_536
NAME_BYTES_MAX, MODEL_BYTES_MAX = 256, 128
SOURCES_DEEP_MAX = 8
# All columns together may take so many bytes to decode, and more by what comes out.
COST_MAX, COST_PER_VALUE, COST_PER_TEXT_BYTE = 512 << 20, 160, 4


@dataclass
class Block:
    kind: int
    model: str
    version: str
    environment: int
    rows: int
    columns: list  # of columns.Column, in the order of the message


def parse(message_type, payload):
    try:
        return message_type.FromString(bytes(payload))
    except DecodeError as error:
        raise FormatError(f"no {message_type.DESCRIPTOR.name}: {error}") from None


def decode_block(payload):
    require(len(payload) <= BLOCK_BYTES_MAX, "a block of more than 64 MiB")
    message = parse(proto.Block, payload)
    require(message.kind in proto.Kind.values() and message.kind, f"the unknown kind {message.kind}")
    require(message.environment in proto.Environment.values() and message.environment,
            f"the unknown environment {message.environment}")
    require_name(message.model, 1, MODEL_BYTES_MAX)
    require_name(message.version, 0, MODEL_BYTES_MAX)
    require(1 <= message.rows <= ROWS_MAX, f"{message.rows} rows")
    require(len(message.columns) <= COLUMNS_MAX, f"{len(message.columns)} columns")
    return Block(message.kind, message.model, message.version, message.environment, message.rows,
                 _Columns(message).decoded())


class _Columns:
    """Decodes each column once, and before it what it is computed from."""

    def __init__(self, message):
        self.rows = message.rows
        self.messages, self.done, self.open = {}, {}, []
        self.depths = {}  # through how many others a column is computed
        for column in message.columns:
            require_name(column.name, 1, NAME_BYTES_MAX)
            require(column.role in proto.Role.values() and column.role, f"{column.name}: the unknown role {column.role}")
            require((column.role, column.name) not in self.messages, f"{column.name} is there twice")
            self.messages[column.role, column.name] = column

    def decoded(self):
        result = [self.find(*key) for key in self.messages]
        require_values(sum(map(value_bytes, result)))
        return result

    def find(self, role, name):
        key = role, name
        if key not in self.done:
            self._decode(key)
        if self.open:
            user = self.open[-1]
            self.depths[user] = max(self.depths[user], self.depths[key] + 1)
            require(self.depths[user] <= SOURCES_DEEP_MAX, f"computed through more than {SOURCES_DEEP_MAX} others")
        return self.done[key]

    def _decode(self, key):
        role, name = key
        require(key in self.messages, f"there is no column {name} of the role {role} to compute from")
        require(key not in self.open, f"{name} is computed from itself")
        require(len(self.open) <= SOURCES_DEEP_MAX, f"computed through more than {SOURCES_DEEP_MAX} others")
        column = self.messages[key]
        self.open.append(key)
        self.depths[key] = 0
        try:
            if column.type == proto.TYPE_VECTOR:
                require(1 <= column.dimension <= DIMENSION_MAX, f"the dimension {column.dimension}")
            if column.encoded:
                self.done[key] = columns.decode(column, self.rows, self.find)
            else:
                self.done[key] = columns.Column(column.name, column.role, column.type, column.dimension,
                                                *plain.decode(column, self.rows), cost=0)
            if column.HasField("statistics"):
                self.done[key].statistics = column.statistics
        except FormatError as error:
            raise FormatError(f"column {name}: {error}") from None
        self.open.pop()
        self._require_cost()

    def _require_cost(self):
        found = self.done.values()
        limit = COST_MAX + sum(COST_PER_VALUE * value_count(column, self.rows) + COST_PER_TEXT_BYTE * text_bytes(column)
                               for column in found)
        require(sum(column.cost for column in found) <= limit, "decoding the block takes more than it gives")


def value_count(column, rows):
    if column.type == proto.TYPE_VECTOR:
        return column.values.size
    if column.type in (proto.TYPE_STRING_LIST, proto.TYPE_DOUBLE_LIST):
        return sum(map(len, column.values))
    return rows


def text_bytes(column):
    if column.type in (proto.TYPE_STRING, proto.TYPE_BYTES):
        return sum(map(len, column.values))
    if column.type == proto.TYPE_STRING_LIST:
        return sum(len(value) for row in column.values for value in row)
    return 0


def value_bytes(column):
    if not isinstance(column.values, list):
        return column.values.nbytes
    if column.type == proto.TYPE_DOUBLE_LIST:
        return sum(COST[DOUBLE_LISTS] + row.nbytes for row in column.values)
    texts = value_count(column, len(column.values))
    lists = len(column.values) if column.type == proto.TYPE_STRING_LIST else 0
    return COST[STRING_LISTS] * lists + COST[STRINGS] * texts + text_bytes(column)


def require_name(name, shortest, longest):
    count = len(name.encode())
    require(shortest <= count <= longest, f"a name of {count} bytes")
    require(not any(unicodedata.category(character) == "Cc" for character in name), "a control character in a name")
