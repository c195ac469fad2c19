"""Tables of predictions in the few types that a block has: what is measured, and what must come back, is this form."""
import uuid

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

ID, TIME = "prediction_id", "timestamp"
# What a read of two columns asks for.
CHOSEN = ("score", "label")


def role(name):
    """Of a column other than id and time, as tools/bench/size has it."""
    if name in CHOSEN:
        return "output"
    return "tag" if name.startswith("tag_") else "feature"


def qualified(name):
    """A column's name in a block: `role:name`."""
    return "time:time" if name == TIME else f"{role(name)}:{name}"


def block_type(type_):
    """The type of the same values that a block has; raises TypeError if there is none."""
    if pa.types.is_dictionary(type_):
        return block_type(type_.value_type)
    if pa.types.is_boolean(type_) or pa.types.is_float32(type_) or pa.types.is_float64(type_):
        return type_
    if pa.types.is_integer(type_):
        return pa.int64()
    if pa.types.is_string(type_) or pa.types.is_large_string(type_):
        return pa.string()
    if pa.types.is_timestamp(type_) or pa.types.is_date(type_):
        return pa.timestamp("us")
    if pa.types.is_fixed_size_list(type_) and pa.types.is_floating(type_.value_type):
        return pa.list_(pa.float32(), type_.list_size)
    if pa.types.is_list(type_) or pa.types.is_large_list(type_):
        if pa.types.is_string(type_.value_type):
            return pa.list_(pa.string())
        if pa.types.is_floating(type_.value_type) or pa.types.is_integer(type_.value_type):
            return pa.list_(pa.float64())
    raise TypeError(f"a block has no type for {type_}")


def plain(table):
    """The table in the types of a block, each column in one piece."""
    fields = []
    for field in table.schema:
        try:
            type_ = pa.binary(16) if field.name == ID else block_type(field.type)
        except TypeError as error:
            raise SystemExit(f"format: column {field.name}: {error}; leave it out of the file")
        fields.append(pa.field(field.name, type_))
    columns = [_id_bytes(table[f.name]) if f.name == ID else _whole(table[f.name].cast(f.type)) for f in fields]
    return pa.table(columns, schema=pa.schema(fields))


def _whole(column):
    pieces = column.combine_chunks()
    return pieces.chunk(0) if isinstance(pieces, pa.ChunkedArray) else pieces


def _id_bytes(column):
    if pa.types.is_fixed_size_binary(column.type):
        return _whole(column)
    return pa.array([uuid.UUID(text).bytes for text in column.to_pylist()], pa.binary(16))


def same(one, other):
    """Whether two tables have the same values; floats by their bits."""
    if one.num_rows != other.num_rows or set(one.column_names) != set(other.column_names):
        return False
    return all(_same(_plain_column(one[f.name], f.type), _whole(other[f.name])) for f in other.schema)


def _plain_column(column, type_):
    column = _whole(column)
    if pa.types.is_fixed_size_list(type_) and not pa.types.is_fixed_size_list(column.type):
        return pa.FixedSizeListArray.from_arrays(column.flatten().cast(type_.value_type), type_.list_size)
    return column if column.type == type_ else column.cast(type_)


def _same(one, other):
    type_ = other.type
    if pa.types.is_list(type_) or pa.types.is_fixed_size_list(type_):
        if pa.types.is_list(type_) and not pc.list_value_length(one).equals(pc.list_value_length(other)):
            return False
        return _same(one.flatten(), other.flatten())
    if not pa.types.is_floating(type_):
        return one.equals(other)
    if not one.is_valid().equals(other.is_valid()):
        return False
    bits = np.int64 if type_ == pa.float64() else np.int32
    one, other = (np.asarray(values.fill_null(0)).view(bits) for values in (one, other))
    return np.array_equal(one, other)
