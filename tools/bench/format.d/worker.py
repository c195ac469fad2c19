"""Measures one peer in a process of its own, so that no other's threads or memory are charged to it: reads a job as JSON
from standard input, writes what was found as JSON to standard output. `run` in the other process does both.

Seconds are those of all threads of the process, user and system.
"""
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import tables

# After so many seconds of one kind, fewer rounds have to do.
ROUNDS_SECONDS_MAX = 45


def run(peer, table_path, rows_in_block, rounds, folder, timeout):
    """What `measure` gives, or {"error": why}."""
    job = {"peer": peer, "table": str(table_path), "rows_in_block": rows_in_block, "rounds": rounds, "folder": str(folder)}
    one = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS", "ARROW_IO_THREADS")}
    try:
        done = subprocess.run(
            [sys.executable, __file__], input=json.dumps(job), capture_output=True, text=True, timeout=timeout,
            env=os.environ | one)
    except subprocess.TimeoutExpired:
        return {"error": f"more than {timeout} s"}
    if done.returncode:
        return {"error": (done.stderr.strip().splitlines() or [f"status {done.returncode}"])[-1][:200]}
    return json.loads(done.stdout.splitlines()[-1])


def seconds(body, rounds):
    """The median."""
    found = []
    while len(found) < rounds and (not found or sum(found) < ROUNDS_SECONDS_MAX):
        began = time.process_time()
        result = body()
        found.append(time.process_time() - began)
        del result
    return statistics.median(found)


def measure(peer, table, rounds):
    chosen = [name for name in tables.CHOSEN if name in table.column_names]
    peer.prepare(table)
    # What is imported or made by the first call of all.
    peer.encode(table.slice(0, 64))
    peer.read(chosen)
    encode = seconds(lambda: peer.encode(table), rounds)
    if hasattr(peer, "overhead"):
        encode -= seconds(peer.overhead, rounds)
    found = {
        "rows": table.num_rows, "bytes": peer.byte_count(), "encode_seconds": encode,
        "decode_seconds": seconds(peer.read, rounds), "chosen_seconds": seconds(lambda: peer.read(chosen), rounds),
    }
    if not tables.same(peer.result(), table):
        return {"error": "does not give back what it was given"}
    columns = peer.column_bytes()
    if columns:
        found["columns"] = columns
    return found


def main():
    import pyarrow as pa
    import peers
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    job = json.load(sys.stdin)
    with pa.OSFile(job["table"], "rb") as file:
        table = pa.ipc.open_file(file).read_all().combine_chunks()
    with tempfile.TemporaryDirectory(dir=job["folder"]) as folder:
        peer = peers.ALL[job["peer"]](pathlib.Path(folder), job["rows_in_block"])
        if peer.rows_max:
            table = table.slice(0, peer.rows_max)
        rounds = min(job["rounds"], peer.rounds_max or job["rounds"])
        print(json.dumps(measure(peer, table, rounds)))


if __name__ == "__main__":
    main()
