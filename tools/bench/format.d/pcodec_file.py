"""Pcodec compresses arrays of numbers; this is the plainest file around it that holds a table in blocks and gives single
columns back. What is no number goes through zstd-3.

A column of a block is four parts, each perhaps empty: validity, lengths (of lists, or of strings without a dictionary),
values, dictionary. Behind all parts stand their lengths and the length of that.
"""
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import zstandard
from pcodec import ChunkConfig, standalone

from peers import Peer

PARTS = 4


class Pcodec(Peer):
    def __init__(self, folder, rows_in_block, level):
        super().__init__(folder, rows_in_block)
        self.config = ChunkConfig(compression_level=level)

    def prepare(self, table):
        self.schema, self.rows = table.schema, table.num_rows

    def encode(self, table):
        self.zstd = zstandard.ZstdCompressor(level=3)
        lengths = []
        with open(self.path, "wb") as file:
            for first in range(0, table.num_rows, self.rows_in_block):
                for values in table.slice(first, self.rows_in_block).columns:
                    for part in self.parts(values.chunk(0)):
                        file.write(part)
                        lengths.append(len(part))
            directory = self.zstd.compress(np.array(lengths, np.uint32).tobytes())
            file.write(directory + len(directory).to_bytes(4, "little"))

    def parts(self, values):
        validity = lengths = dictionary = b""
        if values.null_count:
            validity = self.zstd.compress(np.packbits(np.asarray(values.is_valid())).tobytes())
            values = values.drop_null()
        type_ = values.type
        if pa.types.is_list(type_):
            lengths = self.numbers(pc.list_value_length(values).to_numpy().astype(np.uint32))
            values, type_ = values.flatten(), type_.value_type
        if pa.types.is_string(type_):
            coded = values.dictionary_encode()
            entries = coded.dictionary
            if 2 * len(entries) <= len(values):
                codes = coded.indices.to_numpy().astype(np.uint16 if len(entries) <= 1 << 16 else np.uint32)
                choices = (b"p" + self.numbers(codes), b"z" + self.zstd.compress(codes.tobytes()))
                head = np.concatenate([[len(entries)], pc.binary_length(entries).to_numpy()]).astype(np.uint32)
                dictionary = self.zstd.compress(head.tobytes() + text(entries))
                return validity, lengths, min(choices, key=len), dictionary
            own = self.numbers(pc.binary_length(values).to_numpy().astype(np.uint32))
            # A list of strings has two kinds of lengths.
            lengths = len(lengths).to_bytes(4, "little") + lengths + own
            return validity, lengths, self.zstd.compress(text(values)), dictionary
        if pa.types.is_boolean(type_):
            return validity, lengths, self.zstd.compress(np.packbits(np.asarray(values)).tobytes()), dictionary
        if pa.types.is_fixed_size_list(type_):
            matrix = values.flatten().to_numpy().reshape(-1, type_.list_size)
            pieces = [self.numbers(np.ascontiguousarray(column)) for column in matrix.T]
            ends = np.array([len(piece) for piece in pieces], np.uint32).tobytes()
            return validity, lengths, ends + b"".join(pieces), dictionary
        numbers = values.cast(pa.int64()) if pa.types.is_timestamp(type_) else values
        return validity, lengths, self.numbers(numbers.to_numpy()), dictionary

    def numbers(self, array):
        return standalone.simple_compress(array, self.config)

    def directory(self, data):
        count = int.from_bytes(data[-4:], "little")
        lengths = np.frombuffer(zstandard.decompress(data[-4 - count:-4]), np.uint32)
        return lengths.reshape(-1, len(self.schema), PARTS).astype(np.int64)

    def read(self, columns=None):
        with open(self.path, "rb") as file:
            data = memoryview(file.read())
        lengths = self.directory(bytes(data))
        ends = np.cumsum(lengths.ravel()).reshape(lengths.shape)
        chosen = [self.schema.field(name) for name in columns] if columns else list(self.schema)
        found = []
        for field in chosen:
            place = self.schema.get_field_index(field.name)
            pieces = []
            for block in range(len(lengths)):
                parts = [bytes(data[end - length:end]) for end, length in zip(ends[block, place], lengths[block, place])]
                rows = min(self.rows_in_block, self.rows - block * self.rows_in_block)
                pieces.append(column(parts, rows, field.type))
            found.append(pa.chunked_array(pieces, field.type))
        return pa.table(found, schema=pa.schema(chosen))

    def column_bytes(self):
        sizes = self.directory(self.path.read_bytes()).sum(axis=(0, 2))
        return dict(zip(self.schema.names, sizes.tolist()))


def column(parts, rows, type_):
    validity, lengths, values, dictionary = parts
    valid = None
    if validity:
        valid = np.unpackbits(np.frombuffer(zstandard.decompress(validity), np.uint8))[:rows].astype(bool)
        rows = int(valid.sum())
    own = None
    if pa.types.is_string(leaf(type_)) and not dictionary:
        cut = 4 + int.from_bytes(lengths[:4], "little")
        lengths, own = lengths[4:cut], lengths[cut:]
    offsets = None
    if pa.types.is_list(type_):
        offsets = ends(decompressed(lengths, np.uint32))
        rows = int(offsets[-1])
    found = flat(values, dictionary, own, rows, leaf(type_))
    if offsets is not None:
        found = pa.ListArray.from_arrays(pa.array(offsets), found)
    if valid is not None:
        found = found.take(pa.array(np.cumsum(valid) - 1, mask=~valid))
    return found if found.type == type_ else found.cast(type_)


def flat(values, dictionary, own, rows, type_):
    if pa.types.is_string(type_):
        if not dictionary:
            return strings(ends(decompressed(own, np.uint32)), zstandard.decompress(values))
        kept = zstandard.decompress(dictionary)
        count = int.from_bytes(kept[:4], "little")
        entries = strings(ends(np.frombuffer(kept, np.uint32, count, 4)), kept[4 + 4 * count:])
        width = np.uint16 if count <= 1 << 16 else np.uint32
        codes = (decompressed(values[1:], width) if values[:1] == b"p"
                 else np.frombuffer(zstandard.decompress(values[1:]), width))
        return entries.take(pa.array(codes))
    if pa.types.is_boolean(type_):
        return pa.array(np.unpackbits(np.frombuffer(zstandard.decompress(values), np.uint8))[:rows].astype(bool))
    if pa.types.is_fixed_size_list(type_):
        size = type_.list_size
        stops = 4 * size + np.cumsum(np.frombuffer(values, np.uint32, size), dtype=np.int64)
        starts = [4 * size, *stops[:-1]]
        matrix = np.empty((rows, size), np.float32)
        for index, (start, stop) in enumerate(zip(starts, stops)):
            matrix[:, index] = decompressed(values[start:stop], np.float32)
        return pa.FixedSizeListArray.from_arrays(pa.array(matrix.ravel()), size)
    return pa.array(decompressed(values, None))


def leaf(type_):
    return type_.value_type if pa.types.is_list(type_) else type_


def decompressed(data, type_):
    """Pcodec gives None for no numbers."""
    found = standalone.simple_decompress(data) if data else None
    return np.empty(0, type_ or np.float64) if found is None else found


def text(values):
    """The bytes of all strings, one after the other."""
    _, offsets, data = values.buffers()
    if data is None or not len(values):
        return b""
    bounds = np.frombuffer(offsets, np.int32)[[values.offset, values.offset + len(values)]]
    return data.slice(int(bounds[0]), int(bounds[1] - bounds[0])).to_pybytes()


def ends(lengths):
    return np.concatenate([np.zeros(1, np.int32), np.cumsum(lengths, dtype=np.int32)])


def strings(offsets, data):
    return pa.StringArray.from_buffers(len(offsets) - 1, pa.py_buffer(offsets), pa.py_buffer(data))
