"""Reads a Delta table with four readers, each into {(role, name, type): {id: value}} as `expected.py` has it."""
import json, os, subprocess, sys
import deltalake, duckdb, numpy, pandas, pyarrow, pyarrow.parquet
from expected import bits

TYPES = {"boolean": "bool", "long": "int64", "double": "float64", "string": "string", "timestamp": "timestamp"}


class Log:
    """The transaction log, read by its protocol with nothing but a JSON parser."""

    def __init__(self, table):
        self.table, self.versions, self.files, self.fields, self.checkpoint = table, 0, [], [], 0
        folder = os.path.join(table, "_delta_log")
        for name in sorted(os.listdir(folder) if os.path.isdir(folder) else []):
            if not name.endswith(".json") or name.startswith("."):
                continue
            self.versions += 1
            for line in open(os.path.join(folder, name), encoding="utf-8"):
                action = json.loads(line)
                if "add" in action:
                    self.files.append(action["add"]["path"])
                if "remove" in action:
                    self.files.remove(action["remove"]["path"])
                if "metaData" in action:
                    self.fields = json.loads(action["metaData"]["schemaString"])["fields"]
                if "txn" in action:
                    self.checkpoint = action["txn"]["version"]

    def paths(self):
        return [os.path.join(self.table, name) for name in self.files]

    def columns(self):
        """(role, name, type) by the table's column."""
        return {
            field["name"]: (field["metadata"]["hindcast.role"], field["metadata"]["hindcast.name"], TYPES[field["type"]])
            for field in self.fields
        }

    def row_count(self):
        return sum(pyarrow.parquet.read_metadata(path).num_rows for path in self.paths())

    def ids(self):
        return [id for path in self.paths() for id in pyarrow.parquet.read_table(path, columns=["id"])["id"].to_pylist()]


def arrow_type(kind):
    """What a type of the log is in Arrow, as a text that no dialect of strings or time zones changes."""
    return {"bool": "bool", "float64": "double", "timestamp": "timestamp[us, UTC]"}.get(kind, kind)


def plain_type(kind):
    if pyarrow.types.is_timestamp(kind):
        return f"timestamp[{kind.unit}, {'UTC' if str(kind.tz) in ('UTC', 'Etc/UTC') else kind.tz}]"
    return "string" if str(kind) in ("large_string", "string_view") else str(kind)


def arrow_values(column):
    column = column.combine_chunks() if isinstance(column, pyarrow.ChunkedArray) else column
    if pyarrow.types.is_timestamp(column.type):
        return column.cast(pyarrow.int64()).to_pylist()
    if pyarrow.types.is_float64(column.type):
        numbers = numpy.asarray(column.fill_null(0)).view("int64").tolist()
        return [number if valid else None for number, valid in zip(numbers, column.is_valid().to_pylist())]
    return column.to_pylist()


def from_arrow(table, log):
    """Columns by key, and what is wrong with their types."""
    wrong = [f"{name} is {plain_type(table[name].type)}, not {arrow_type(kind)}"
             for name, (_, _, kind) in log.columns().items() if plain_type(table[name].type) != arrow_type(kind)]
    ids = table["id"].to_pylist()
    if len(set(ids)) != len(ids):
        wrong.append(f"{len(ids) - len(set(ids))} ids come twice")
    return {key: dict(zip(ids, arrow_values(table[name]))) for name, key in log.columns().items()}, wrong


def by_deltalake(log):
    return from_arrow(deltalake.DeltaTable(log.table).to_pyarrow_table(), log)


def by_pyarrow(log):
    tables = [pyarrow.parquet.read_table(path) for path in log.paths()]
    # A file from before a column came lacks it.
    return from_arrow(pyarrow.concat_tables(tables, promote_options="default"), log)


DUCKDB_DELTA = None


def duckdb_has_delta():
    """Whether DuckDB's extension can be had; without a network it cannot."""
    global DUCKDB_DELTA
    if DUCKDB_DELTA is None:
        try:
            DUCKDB_DELTA = subprocess.run(
                [sys.executable, "-c", "import duckdb; c = duckdb.connect(); c.execute('INSTALL delta'); c.execute('LOAD delta')"],
                stderr=subprocess.DEVNULL, timeout=20).returncode == 0
        except subprocess.TimeoutExpired:
            DUCKDB_DELTA = False
    return DUCKDB_DELTA


def by_duckdb(log):
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    if duckdb_has_delta():
        connection.execute("LOAD delta")
        found = connection.sql("SELECT * FROM delta_scan(?)", params=[log.table])
    else:
        found = connection.sql("SELECT * FROM read_parquet(?, union_by_name = true)", params=[log.paths()])
    return from_arrow(found.to_arrow_table(), log)


def by_pandas(log):
    """As a user reads it, without asking for nullable types: whole numbers with nulls are float64 there, NaN is null."""
    frame = deltalake.DeltaTable(log.table).to_pandas()
    wrong = []
    if frame["id"].duplicated().any():
        wrong.append("ids come twice")
    result = {}
    for name, key in log.columns().items():
        series, kind = frame[name], key[2]
        has_nulls = series.isna().any()
        fits = {"bool": "object" if has_nulls else "bool", "int64": "float64" if has_nulls else "int64",
                "float64": "float64", "timestamp": "datetime64[us, UTC]", "string": "str"}[kind]
        if str(series.dtype) not in (fits, "object" if kind == "string" else fits):
            wrong.append(f"{name} is {series.dtype}, not {fits}")
        if kind == "timestamp":
            values = [None if pandas.isna(value) else value.value // 1000 for value in series.astype("datetime64[ns, UTC]")]
        elif kind == "float64":
            values = [None if pandas.isna(value) else bits(value) for value in series]
        else:
            values = [None if pandas.isna(value) else value for value in series]
        result[key] = dict(zip(frame["id"], values))
    return result, wrong


def as_pandas_has_it(columns):
    """Expected columns with what pandas makes of nulls: NaN is null, and whole numbers beside nulls are float64."""
    result = {}
    not_a_number = bits(float("nan"))
    for (role, name, kind), values in columns.items():
        if kind == "float64":
            values = {id: None if value == not_a_number else value for id, value in values.items()}
        elif kind == "int64" and None in values.values():
            values = {id: None if value is None else float(value) for id, value in values.items()}
        result[role, name, kind] = values
    return result


READERS = {"deltalake": by_deltalake, "pyarrow": by_pyarrow, "DuckDB": by_duckdb, "pandas": by_pandas}
