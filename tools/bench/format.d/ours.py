"""Our own format, measured by FormatBenchmark (Swift): blocks in memory, in the time of its one thread."""
import json
import subprocess

import tables

# What one block may have, decoded, is 256 MiB; Limits.swift has it.
BLOCK_RAW_BYTES_MAX = 250 << 20

INGEST, COMPACTION = "hindcast ingest", "hindcast compaction"


def rows_in_block_max(table):
    """The largest power of two whose rows surely fit into a block."""
    rows = max(1, BLOCK_RAW_BYTES_MAX * table.num_rows // max(1, table.nbytes))
    return 1 << (rows.bit_length() - 1)


def run(binary, path, name, rows_in_block, rounds):
    chosen = ",".join(f"output:{column}" for column in tables.CHOSEN)
    command = [binary, path, "--rows", rows_in_block, "--rounds", rounds, "--choose", chosen, "--columns", "--json"]
    if name == COMPACTION:
        command.append("--compaction")
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"format: FormatBenchmark failed on {path}: {done.stderr.strip()[-500:]}")
    found = json.loads(done.stdout)
    columns = found.pop("columns")
    # A reader of files pays for the frames, too.
    found["block_bytes"], found["bytes"] = found["bytes"], found.pop("framed_bytes")
    del found["bytes_an_event"]
    found["columns"] = {column["name"]: column["bytes"] for column in columns}
    found["encodings"] = {column["name"]: column["encoding"] for column in columns}
    return found
