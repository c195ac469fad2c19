"""The formats beside which ours is measured. Each writes a `tables.plain` table without ids to a file in its folder and
reads all columns, or some, of it as an Arrow table, with one thread.

`prepare` is not timed: there a peer tries what serves which column and opens what stays open. Files are read through the
system's cache.
"""
import os
import pathlib

import pyarrow as pa
import pyarrow.parquet as pq

import parquet_tuning


class Peer:
    # More rows or rounds than this say nothing more, and take minutes; None: as many as are asked for.
    rows_max = None
    rounds_max = None

    def __init__(self, folder, rows_in_block):
        self.folder, self.rows_in_block = pathlib.Path(folder), rows_in_block
        self.path = self.folder / "file"

    def prepare(self, table):
        pass

    def encode(self, table):
        raise NotImplementedError

    def read(self, columns=None):
        raise NotImplementedError

    def result(self):
        """What is read as a table, for the check that nothing was lost."""
        return self.read()

    def byte_count(self):
        return os.path.getsize(self.path)

    def column_bytes(self):
        """Bytes of each column; None: not known."""
        return None


class Parquet(Peer):
    """pyarrow's writer and reader. Tuned: see parquet_tuning.py."""

    def __init__(self, folder, rows_in_block, codec, level=None, is_tuned=False):
        super().__init__(folder, rows_in_block)
        self.options = {"compression": codec, "compression_level": level, "row_group_size": rows_in_block}
        self.is_tuned = is_tuned

    def prepare(self, table):
        if self.is_tuned:
            self.options |= parquet_tuning.options(table.slice(0, self.rows_in_block), self.options)

    def encode(self, table):
        pq.write_table(table, self.path, **self.options)

    def read(self, columns=None):
        return pq.read_table(self.path, columns=columns, use_threads=False)

    def column_bytes(self):
        metadata = pq.read_metadata(self.path)
        found = {}
        for group in range(metadata.num_row_groups):
            for index in range(metadata.num_columns):
                chunk = metadata.row_group(group).column(index)
                name = chunk.path_in_schema.split(".")[0]
                found[name] = found.get(name, 0) + chunk.total_compressed_size
        return found


class ParquetReadByDuckDB(Parquet):
    """Our columns in pyarrow's Parquet, read by DuckDB."""

    def prepare(self, table):
        super().prepare(table)
        self.connection = duckdb_connection()

    def read(self, columns=None):
        return self.connection.sql(f"SELECT {quoted(columns)} FROM read_parquet('{self.path}')").to_arrow_table()


class DuckDBParquet(ParquetReadByDuckDB):
    """Parquet as DuckDB writes it."""

    def encode(self, table):
        self.connection.register("given", table)
        self.connection.execute(
            f"COPY given TO '{self.path}' (FORMAT parquet, PARQUET_VERSION v2, COMPRESSION zstd, "
            f"COMPRESSION_LEVEL {self.options['compression_level']}, ROW_GROUP_SIZE {self.rows_in_block})")


class DuckDBStorage(Peer):
    """DuckDB's own file. It is opened anew for each read, so that no buffers are warm but the system's."""

    def prepare(self, table):
        self.connection = duckdb_connection()

    def encode(self, table):
        self.path.unlink(missing_ok=True)
        self.connection.register("given", table)
        self.connection.execute(
            f"ATTACH '{self.path}' AS made (STORAGE_VERSION 'latest', ROW_GROUP_SIZE {self.rows_in_block}); "
            "CREATE TABLE made.events AS FROM given; CHECKPOINT made; DETACH made")

    def read(self, columns=None):
        self.connection.execute(f"ATTACH '{self.path}' AS kept (READ_ONLY)")
        try:
            return self.connection.sql(f"SELECT {quoted(columns)} FROM kept.events").to_arrow_table()
        finally:
            self.connection.execute("DETACH kept")


class Orc(Peer):
    """pyarrow's ORC. Stripes are given in bytes, so their rows are only about those asked for."""

    def encode(self, table):
        from pyarrow import orc
        stripe_bytes = max(1 << 16, table.nbytes * self.rows_in_block // table.num_rows)
        orc.write_table(
            table, str(self.path), compression="zstd", compression_strategy="compression", compression_block_size=262_144,
            stripe_size=stripe_bytes, dictionary_key_size_threshold=0.8)

    def read(self, columns=None):
        from pyarrow import orc
        return orc.ORCFile(str(self.path)).read(columns=columns)


class Avro(Peer):
    """Rows, through fastavro. Making and taking apart Python's objects is most of its time, so its seconds say what a
    service in Python pays rather than what the format costs; making the objects before encoding is not counted."""

    rows_max = 32_768
    rounds_max = 1

    def __init__(self, folder, rows_in_block, codec):
        super().__init__(folder, rows_in_block)
        self.codec = codec

    def prepare(self, table):
        import fastavro
        self.schema = fastavro.parse_schema(avro_schema(table.schema))
        self.arrow = table.schema
        self.rows = avro_columns(table).to_pylist()

    def encode(self, table):
        from fastavro.write import Writer
        with open(self.path, "wb") as file:
            writer = Writer(file, self.schema, codec=self.codec, sync_interval=1 << 40)
            for index, row in enumerate(self.rows, 1):
                writer.write(row)
                if index % self.rows_in_block == 0:
                    writer.dump()
            writer.flush()

    def read(self, columns=None):
        import fastavro
        wanted = self.arrow if columns is None else pa.schema([self.arrow.field(name) for name in columns])
        with open(self.path, "rb") as file:
            return list(fastavro.reader(file, reader_schema=fastavro.parse_schema(avro_schema(wanted))))

    def result(self):
        fields = [pa.field(f.name, pa.int64() if pa.types.is_timestamp(f.type) else f.type) for f in self.arrow]
        return pa.Table.from_pylist(self.read(), pa.schema(fields))


def avro_schema(schema):
    def word(type_):
        if pa.types.is_list(type_) or pa.types.is_fixed_size_list(type_):
            return {"type": "array", "items": word(type_.value_type)}
        if pa.types.is_timestamp(type_) or pa.types.is_integer(type_):
            return "long"
        return {pa.bool_(): "boolean", pa.float32(): "float", pa.float64(): "double", pa.string(): "string"}[type_]
    fields = [{"name": f.name, "type": ["null", word(f.type)] if f.nullable else word(f.type)} for f in schema]
    return {"type": "record", "name": "Event", "fields": fields}


def avro_columns(table):
    for index, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            table = table.set_column(index, field.name, table[field.name].cast(pa.int64()))
    return table


def duckdb_connection():
    import duckdb
    connection = duckdb.connect(config={"threads": 1})
    connection.execute("SET TimeZone = 'UTC'; SET preserve_insertion_order = true")
    return connection


def quoted(columns):
    return "*" if columns is None else ", ".join(f'"{name}"' for name in columns)


def _clickhouse(folder, rows):
    import clickhouse
    return clickhouse.ClickHouse(folder, rows)


def _pcodec(level):
    def make(folder, rows):
        import pcodec_file
        return pcodec_file.Pcodec(folder, rows, level)
    return make


# Measured with the largest blocks only: elsewhere they are as much slower, and hardly smaller, than their like.
LARGEST_ONLY = ("pcodec 12 + zstd",)
# Left out when it has to be quick.
SLOW = ("pcodec 12 + zstd", "avro deflate", "parquet zstd-19, tuned")

# For each its name, and what makes it of a folder and the rows in a block.
ALL = {
    "parquet snappy, defaults": lambda folder, rows: Parquet(folder, rows, "snappy"),
    "parquet zstd-1, tuned": lambda folder, rows: Parquet(folder, rows, "zstd", 1, True),
    "parquet zstd-1, tuned, read by duckdb": lambda folder, rows: ParquetReadByDuckDB(folder, rows, "zstd", 1, True),
    "parquet zstd-19, tuned": lambda folder, rows: Parquet(folder, rows, "zstd", 19, True),
    "parquet zstd-1, by duckdb": lambda folder, rows: DuckDBParquet(folder, rows, "zstd", 1),
    "duckdb": DuckDBStorage,
    "clickhouse, tuned": _clickhouse,
    "pcodec 8 + zstd": _pcodec(8),
    "pcodec 12 + zstd": _pcodec(12),
    "orc zstd": Orc,
    "avro zstd": lambda folder, rows: Avro(folder, rows, "zstandard"),
    "avro deflate": lambda folder, rows: Avro(folder, rows, "deflate"),
}
