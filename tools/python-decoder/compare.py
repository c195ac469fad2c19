"""Holds decoded archives to the files that were imported, value by value with every bit, and to what `hindcast read` prints.

    compare.py --binary HINDCAST --data DIR [--data DIR ...] --lists MODEL FILE.jsonl
               --loans MODEL PREDICTIONS.csv ACTUALS.csv [--loans ...]
"""
import argparse
import importlib.util
import json
import struct
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy

from cursor import FormatError
from hindcast.v1 import block_pb2 as proto
from hindcast_decoder import Directory, require_archive_rows



def load(path):
    """A module by its file: its folder has a module `hindcast` that would hide the generated package."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


csv_reading = load(Path(__file__).resolve().parents[1] / "verify-delta/expected.py")
PREDICTION_USES = {"timestamp": ("time", "time"), "y_pred_proba": ("output", "score"), "y_pred": ("output", "label")}
ACTUAL_USES = {"repaid": ("actual", "label")}
LIST_TYPES = {"embedding": "vector", "narrow": "float32", "words": "string_list", "numbers": "double_list"}
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
GROUPS = {proto.ROLE_FEATURE: "features", proto.ROLE_OUTPUT: "outputs", proto.ROLE_TAG: "tags", proto.ROLE_ACTUAL: "actuals"}


def enum_name(enum, number):
    """`TYPE_FLOAT64` as `float64`."""
    return enum.Name(number).split("_", 1)[1].lower()


def with_bits(value, type):
    """A value such that two are equal only if they are the same."""
    if type == "float64":
        return csv_reading.bits(value)
    if type == "float32":
        return struct.pack("<f", value)
    if type == "vector":
        return struct.pack(f"<{len(value)}f", *value)
    if type == "double_list":
        return struct.pack(f"<{len(value)}d", *value)
    return value


def decoded_table(blocks):
    """{(role, name, type): {id: value}}, without the position; None where a block lacks the column. How many rows."""
    table, ids, rows = {}, {}, 0
    for block in blocks:
        rows += block.rows
        columns = {(column.role, column.name): column for column in block.columns}
        block_ids = columns[proto.ROLE_ID, "id"].rows()
        ids.update(dict.fromkeys(block_ids))
        for (role, name), column in columns.items():
            if role == proto.ROLE_SYSTEM:
                continue
            type = enum_name(proto.Type, column.type)
            key = enum_name(proto.Role, role), name, type
            values = (None if value is None else with_bits(value, type) for value in column.rows())
            table.setdefault(key, {}).update(zip(block_ids, values))
    return {key: {**ids, **values} for key, values in table.items()}, rows


def expected_lists(path):
    rows = [json.loads(line) for line in open(path, encoding="utf-8")]
    table = {("id", "id", "string"): {row["id"]: row["id"] for row in rows},
             ("time", "time", "timestamp"): {row["id"]: microseconds(row["time"]) for row in rows}}
    for name, type in LIST_TYPES.items():
        table["feature", name, type] = {
            row["id"]: None if name not in row else with_bits(row[name], type) for row in rows}
    return table


def microseconds(text):
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1)


def moment(time):
    return (EPOCH + timedelta(microseconds=time)).isoformat(timespec="microseconds").replace("+00:00", "Z")


def differences(found, rows, wanted, free=()):
    """What is wrong, in words. A column of `free` may be there with any values."""
    ids = wanted["id", "id", "string"].keys()
    problems = [] if rows == len(ids) else [f"{rows} rows, not {len(ids)}"]
    problems += [f"no column {key}" for key in wanted.keys() - found.keys()]
    problems += [f"a column {key}" for key in found.keys() - wanted.keys() - set(free)]
    for key in wanted.keys() & found.keys():
        if found[key].keys() != ids:
            problems.append(f"{key}: other ids")
            continue
        wrong = [id for id in ids if found[key][id] != wanted[key][id] or type(found[key][id]) is not type(wanted[key][id])]
        problems += [f"{key}: {len(wrong)} rows differ; that of {wrong[0]!r} is {found[key][wrong[0]]!r}, "
                     f"not {wanted[key][wrong[0]]!r}"] if wrong else []
    return problems


def shortest(value):
    """The number of the fewest digits that is this float32; or for each of a vector."""
    return [shortest(component) for component in value] if isinstance(value, list) else float(str(numpy.float32(value)))


def printed_rows(blocks):
    """What `hindcast read` prints of each row, as a dict."""
    for stored in blocks:
        block = stored.block
        position = stored.header.position
        rows = [{"kind": enum_name(proto.Kind, block.kind), "model": block.model, "version": block.version,
                 "environment": enum_name(proto.Environment, block.environment), "position": position}
                for _ in range(block.rows)]
        for column in block.columns:
            values = column.rows()
            if column.type == proto.TYPE_TIMESTAMP:
                values = [None if value is None else moment(value) for value in values]
            elif column.type in (proto.TYPE_FLOAT32, proto.TYPE_VECTOR):
                values = [None if value is None else shortest(value) for value in values]
            for row, value in zip(rows, values):
                group = row.setdefault(GROUPS[column.role], {}) if column.role in GROUPS else row
                group[column.name] = value
        yield from rows


def same(found, wanted):
    """JSON has no NaN and no infinities: they are printed as texts."""
    if isinstance(wanted, dict):
        return found.keys() == wanted.keys() and all(same(found[name], wanted[name]) for name in wanted)
    if isinstance(wanted, list):
        return len(found) == len(wanted) and all(map(same, found, wanted))
    if isinstance(wanted, float) and wanted - wanted != 0:
        return isinstance(found, str) and str(float(found)) == str(wanted)
    return found == wanted


def reading_differences(binary, data, blocks):
    with subprocess.Popen([binary, "read", "--data", data], stdout=subprocess.PIPE, text=True, encoding="utf-8") as reading:
        count = 0
        for line, wanted in zip(reading.stdout, printed_rows(blocks)):
            count += 1
            if not same(json.loads(line), wanted):
                reading.kill()
                return [f"row {count} is {wanted}, and printed as {line.strip()}"]
        reading.communicate()
    total = sum(stored.block.rows for stored in blocks)
    return [] if count == total and reading.returncode == 0 else [f"{count} rows of {total} compared, it ended with "
                                                                 f"{reading.returncode}"]


class Checks:
    failed = 0

    def note(self, what, problems):
        self.failed += bool(problems)
        print(f"FAIL {what}: {'; '.join(problems[:3])}" if problems else f"ok   {what}", flush=True)


def check_directory(checks, binary, data, wanted):
    """`wanted`: {(model, kind): a table as verify-delta's expected() gives it}."""
    directory = Directory(data)
    blocks, codes = [], set()
    for named in directory.files():
        stored = list(named.blocks())
        if named.name in directory.manifest.archive:
            require_archive_rows(named, stored)
        blocks += stored
        codes.update(code for block in stored for column in block.block.columns for code in column.codes)
    checks.note(f"{data}: {len(directory.manifest.archive)} archive files, {len(blocks)} blocks, {len(codes)} of the steps",
                [])
    for (model, kind), table in wanted.items():
        found, rows = decoded_table(stored.block for stored in blocks
                                    if (stored.block.model, stored.block.kind) == (model, kind))
        # Actuals without a time of their own have the moment of the import.
        free = [("time", "time", "timestamp")] if kind == proto.KIND_ACTUAL else []
        checks.note(f"{data}: {model}, {enum_name(proto.Kind, kind)}s: {rows:,} rows, {len(found)} columns, as in the file",
                    differences(found, rows, table, free))
    checks.note(f"{data}: every row as `hindcast read` prints it, in its order", reading_differences(binary, data, blocks))


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--binary", required=True)
    options.add_argument("--data", action="append", required=True)
    options.add_argument("--lists", nargs=2, action="append", default=[])
    options.add_argument("--loans", nargs=3, action="append", default=[])
    options = options.parse_args()

    wanted = {}
    for model, path in options.lists:
        wanted[model, proto.KIND_PREDICTION] = expected_lists(path)
    for model, predictions, actuals in options.loans:
        wanted[model, proto.KIND_PREDICTION] = csv_reading.expected(predictions, PREDICTION_USES, other="feature")
        wanted[model, proto.KIND_ACTUAL] = csv_reading.expected(actuals, ACTUAL_USES)
    checks = Checks()
    for data in options.data:
        try:
            check_directory(checks, options.binary, data, wanted)
        except FormatError as error:
            checks.note(data, [str(error)])
    sys.exit(checks.failed > 0)


if __name__ == "__main__":
    main()
