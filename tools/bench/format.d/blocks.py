"""Files of plain blocks, which FormatBenchmark reads: each message `hindcast.v1.Block` behind its length in 8 bytes. The
messages are made with what grpcio-tools generates from proto/, as any client in Python would."""
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

import tables

ROOT = pathlib.Path(__file__).resolve().parents[3]
# Far below the 64 MiB that a block may have.
RAW_BYTES_MAX = 24 << 20


def generated():
    """The module of block.proto."""
    with tempfile.TemporaryDirectory(prefix="hindcast-format-") as folder:
        subprocess.run(
            [sys.executable, "-m", "grpc_tools.protoc", f"--proto_path={ROOT / 'proto'}", f"--python_out={folder}",
             "hindcast/v1/block.proto"], check=True)
        sys.path.insert(0, folder)
        try:
            from hindcast.v1 import block_pb2
        finally:
            sys.path.remove(folder)
    return block_pb2


def write(path, table, model):
    """All rows of a `tables.plain` table as plain blocks of predictions."""
    messages = generated()
    rows = max(1, min(131_072, RAW_BYTES_MAX * table.num_rows // max(1, table.nbytes)))
    with open(path, "wb") as file:
        for first in range(0, table.num_rows, rows):
            part = table.slice(first, rows)
            block = messages.Block(
                kind=messages.KIND_PREDICTION, model=model, environment=messages.ENVIRONMENT_PRODUCTION, rows=part.num_rows)
            for name in part.column_names:
                _fill(messages, block.columns.add(), name, part[name].combine_chunks())
            data = block.SerializeToString()
            file.write(len(data).to_bytes(8, "little"))
            file.write(data)


def _fill(messages, column, name, values):
    values = values.chunk(0) if isinstance(values, pa.ChunkedArray) else values
    type_ = values.type
    column.name, column.role = {
        tables.ID: ("id", messages.ROLE_ID), tables.TIME: ("time", messages.ROLE_TIME),
    }.get(name) or (name, messages.Role.Value("ROLE_" + tables.role(name).upper()))
    if values.null_count:
        column.validity = np.packbits(np.asarray(values.is_valid()), bitorder="little").tobytes()
    if pa.types.is_fixed_size_binary(type_):
        column.type = messages.TYPE_UUID
        column.byte_strings.extend(values.to_pylist())
    elif pa.types.is_boolean(type_):
        column.type = messages.TYPE_BOOL
        column.bools.extend(values.fill_null(False).to_pylist())
    elif pa.types.is_timestamp(type_) or pa.types.is_integer(type_):
        column.type = messages.TYPE_TIMESTAMP if pa.types.is_timestamp(type_) else messages.TYPE_INT64
        column.int64s.extend(values.cast(pa.int64()).fill_null(0).to_numpy().tolist())
    elif pa.types.is_floating(type_):
        is_double = type_ == pa.float64()
        column.type = messages.TYPE_FLOAT64 if is_double else messages.TYPE_FLOAT32
        _extend(column, "float64s" if is_double else "float32s", values.fill_null(0).to_numpy())
    elif pa.types.is_string(type_):
        column.type = messages.TYPE_STRING
        column.strings.extend(values.fill_null("").to_pylist())
    elif pa.types.is_fixed_size_list(type_):
        column.type, column.dimension = messages.TYPE_VECTOR, type_.list_size
        if values.null_count:
            zeros = pa.scalar([0.0] * type_.list_size, type_)
            values = pc.if_else(values.is_valid(), values, zeros)
        _extend(column, "float32s", values.flatten().to_numpy())
    else:
        lengths = pc.list_value_length(values).fill_null(0)
        column.list_lengths.extend(lengths.to_numpy().tolist())
        if pa.types.is_string(type_.value_type):
            column.type = messages.TYPE_STRING_LIST
            column.strings.extend(values.flatten().to_pylist())
        else:
            column.type = messages.TYPE_DOUBLE_LIST
            _extend(column, "float64s", values.flatten().to_numpy(zero_copy_only=False))


def _extend(column, field, values):
    """Packed floats are laid out as numpy has them, so the field is put together from the array's bytes: every bit of a NaN
    arrives, and nothing goes through one Python object a value."""
    data = np.ascontiguousarray(values).tobytes()
    if not data:
        return
    key = column.DESCRIPTOR.fields_by_name[field].number << 3 | 2
    prefix = bytearray()
    for number in (key, len(data)):
        while number >= 0x80:
            prefix.append(number & 0x7F | 0x80)
            number >>= 7
        prefix.append(number)
    column.MergeFromString(bytes(prefix) + data)
