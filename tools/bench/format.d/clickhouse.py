"""ClickHouse inside the process (chDB): a MergeTree table with the codecs that serve each column best, all tried on the
first rows. A block is a part of the table, and parts are not merged."""
import pyarrow as pa

from peers import Peer, quoted

# Rows on which codecs are tried.
SAMPLE_ROWS = 131_072
CODECS = {
    "Float64": ("", "Gorilla, ", "FPC, ", "ALP, ", "Delta(8), "),
    "Float32": ("", "Gorilla, ", "FPC, ", "ALP, ", "Delta(4), "),
    "Int64": ("", "Delta(8), ", "DoubleDelta, ", "T64, ", "T64('bit'), ", "Delta(8), T64, "),
}
CODECS["DateTime64(6, 'UTC')"] = CODECS["Int64"]


class ClickHouse(Peer):
    def prepare(self, table):
        from chdb import session
        self.session = session.Session(str(self.folder / "clickhouse"))
        for setting in ("max_threads", "max_insert_threads", "enable_alp_codec", "allow_suspicious_codecs",
                        "allow_suspicious_low_cardinality_types"):
            self.session.query(f"SET {setting} = 1")
        self.source = self.folder / "source.arrow"
        with pa.OSFile(str(self.source), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table, max_chunksize=self.rows_in_block)
        self.schema = table.schema
        self.types = {f.name: self.choices(f, table[f.name].null_count > 0) for f in table.schema}
        self.choose()

    def choices(self, field, is_nullable):
        """All the ways to store the column: types, each with its codecs."""
        type_ = field.type
        is_list = pa.types.is_list(type_) or pa.types.is_fixed_size_list(type_)
        leaf = type_.value_type if is_list else type_
        if pa.types.is_timestamp(leaf):
            word = "DateTime64(6, 'UTC')"
        else:
            word = {pa.bool_(): "Bool", pa.int64(): "Int64", pa.float32(): "Float32", pa.float64(): "Float64",
                    pa.string(): "String"}[leaf]
        words = [word, f"LowCardinality({word})"] if word == "String" else [word]
        def whole(text):
            if is_list:
                return f"Array({text})"
            if not is_nullable:
                return text
            return text.replace("(String", "(Nullable(String)") if text.startswith("Low") else f"Nullable({text})"
        return [f"{whole(text)} CODEC({codec}ZSTD(1))" for text in words for codec in CODECS.get(word, ("",))]

    def choose(self):
        """One table has every column in every way; the system says what each takes."""
        tried = {f"{name} {index}": (name, way) for name, ways in self.types.items() for index, way in enumerate(ways)}
        self.create("tried", {column: way for column, (_, way) in tried.items()})
        wanted = ", ".join(f'"{name}" AS "{column}"' for column, (name, _) in tried.items())
        self.session.query(f"INSERT INTO tried SELECT {wanted} FROM {self.given} LIMIT {SAMPLE_ROWS}")
        sizes = self.sizes("tried")
        for name in self.types:
            self.types[name] = min((sizes[column], way) for column, (owner, way) in tried.items() if owner == name)[1]
        self.session.query("DROP TABLE tried SYNC")

    @property
    def given(self):
        return f"file('{self.source}', 'Arrow')"

    def create(self, name, columns):
        body = ", ".join(f'"{column}" {way}' for column, way in columns.items())
        self.session.query(f"DROP TABLE IF EXISTS {name} SYNC")
        self.session.query(
            f"CREATE TABLE {name} ({body}) ENGINE = MergeTree ORDER BY tuple() "
            "SETTINGS min_bytes_for_wide_part = 0, min_rows_for_wide_part = 0")
        self.session.query(f"SYSTEM STOP MERGES {name}")

    def encode(self, table):
        """Reading what is inserted is a part of this; `overhead` is what to take off."""
        self.create("events", self.types)
        names = ("max_insert_block_size", "max_block_size", "min_insert_block_size_rows")
        settings = "".join(f"{name} = {self.rows_in_block}, " for name in names)
        self.session.query(
            f"INSERT INTO events SELECT * FROM {self.given} SETTINGS {settings} min_insert_block_size_bytes = 0")

    def overhead(self):
        self.session.query(f"SELECT * FROM {self.given} FORMAT Null")

    def read(self, columns=None):
        """Columns in ClickHouse's memory, not made into an Arrow table: others pay for that only in conversion."""
        self.session.query(f"SELECT {quoted(columns)} FROM events FORMAT Null")

    def result(self):
        data = self.session.query(
            "SELECT * FROM events ORDER BY toUInt64(splitByChar('_', _part)[2]), _part_offset "
            "SETTINGS output_format_arrow_compression_method = 'none'", "Arrow").bytes()
        return pa.ipc.open_file(pa.py_buffer(data)).read_all()

    def rows_of(self, query):
        import json
        return json.loads(self.session.query(query, "JSON").bytes())["data"]

    def byte_count(self):
        (row,) = self.rows_of("SELECT sum(bytes_on_disk) AS bytes FROM system.parts WHERE table = 'events' AND active")
        return int(row["bytes"])

    def sizes(self, name):
        return {row["name"]: int(row["data_compressed_bytes"]) for row in self.rows_of(
            f"SELECT name, data_compressed_bytes FROM system.columns WHERE table = '{name}'")}

    def column_bytes(self):
        return self.sizes("events")
