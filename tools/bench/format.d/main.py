"""Our block format beside others, in one run: bytes an event, and the time of one core to encode, to decode, and to decode
two columns (score and label). Ids are left out everywhere: a random UUID costs 16 bytes in every format.

  tools/bench/format                  the project's own streams; more than half an hour
  tools/bench/format FILE.parquet     in their place, columns: prediction_id, timestamp, score, label, tag_*, features
  tools/bench/format --streams wide,sparse --formats pcodec,duckdb
  tools/bench/format --quick          few events, for seeing that it works

Ours are blocks in memory, with 128 bytes for the frame of each counted; the others write and read files in memory
(/dev/shm, or the system's cache). Times are medians of --rounds, user and system, of all threads of the process that does
the work; only ratios of one run mean anything. What ours decodes of two columns is just those; a reader is given ids and
times as well, which is chosen_with_ids_and_times_seconds in the JSON. Avro is measured on 32,768 events, with the time
that its objects take in Python.

Targets stand beside the streams named fraud and embedding if they are given as files.
"""
import argparse
import importlib.metadata
import json
import os
import pathlib
import shutil
import sys
import tempfile

import pyarrow as pa
import pyarrow.parquet as pq

import blocks
import ours
import peers
import report
import streams
import tables
import worker

# Two of the largest blocks; of the streams that have much in a row, one.
ROWS = {"text_heavy": 131_072, "wide": 131_072}
ROWS_USUAL = 262_144
# Seconds that one peer may take for one stream.
TIMEOUT = 1_800
QUICK_STREAMS = ("fraud", "embedding", "ranking")


def arguments():
    parser = argparse.ArgumentParser(
        prog="tools/bench/format", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", metavar="FILE.parquet")
    parser.add_argument("--streams", metavar="NAMES", help="of the project's own, with commas between; default: all")
    parser.add_argument("--rows", type=int, help="events; default: 262,144, 131,072 of large ones, all of a file")
    parser.add_argument("--blocks", default="4096,32768,131072", help="rows in a block; default: %(default)s")
    parser.add_argument("--formats", default="", metavar="WORDS", help="ours, and those with such a word in their names")
    parser.add_argument("--rounds", type=int, default=3, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=1, help="of the project's own streams; default: %(default)s")
    parser.add_argument("--columns", type=int, default=15,
                        help="name so many of those in which a peer is smaller; default: %(default)s")
    parser.add_argument("--json", metavar="FILE", help="write everything there, too, by column")
    parser.add_argument("--quick", action="store_true", help="few events, one round, some streams")
    parser.add_argument("--binary", help="FormatBenchmark, built in release; default: build it")
    parser.add_argument("--list", action="store_true", help="name formats and streams")
    return parser.parse_args()


def sources(options):
    """Names and tables, made or read one after the other."""
    for path in options.files:
        table = pq.read_table(path)
        for name in (tables.ID, tables.TIME, *tables.CHOSEN):
            if name not in table.column_names:
                raise SystemExit(f"format: {path} has no column {name}")
        yield pathlib.Path(path).stem, table.slice(0, options.rows) if options.rows else table
    if options.files:
        return
    for name in options.streams.split(",") if options.streams else QUICK_STREAMS if options.quick else streams.ALL:
        if name not in streams.ALL:
            raise SystemExit(f"format: no stream {name}; there are {', '.join(streams.ALL)}")
        yield name, streams.make(name, options.rows or ROWS.get(name, ROWS_USUAL), options.seed)


def measured(name, table, options, sizes, folder, note):
    """All results of one stream."""
    table = tables.plain(table)
    block_path, table_path = folder / "blocks", folder / "table.arrow"
    blocks.write(block_path, table, name)
    table = table.drop_columns([tables.ID])
    with pa.OSFile(str(table_path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)
    largest = ours.rows_in_block_max(table)
    sizes = sorted({min(size, largest) for size in sizes})
    found = []

    def add(format_, block, result):
        found.append({"stream": name, "format": format_, "block": block, **result})
        note(f"{name}, {format_}, {block:,} rows: " + (
            result.get("error") or f"{result['bytes'] / result['rows']:.2f} bytes an event"))

    for size in sizes:
        for format_ in (ours.INGEST, ours.COMPACTION):
            if format_ == ours.INGEST or size == sizes[-1]:
                add(format_, size, ours.run(options.binary, block_path, format_, size, options.rounds))
        for format_ in wanted_peers(options, size, size == sizes[-1]):
            add(format_, size, worker.run(format_, table_path, size, options.rounds, folder, TIMEOUT))
    return found


def wanted_peers(options, size, is_largest):
    for format_ in peers.ALL:
        if options.formats and not any(word in format_ for word in options.formats.split(",")):
            continue
        if not is_largest and (options.quick or format_ in peers.LARGEST_ONLY) or options.quick and format_ in peers.SLOW:
            continue
        if format_.startswith("avro") and size > peers.Avro.rows_max:
            continue
        yield format_


def working_folder():
    """In memory if there is much room."""
    memory = pathlib.Path("/dev/shm")
    has_room = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 8 << 30
    return tempfile.TemporaryDirectory(prefix="hindcast-format-", dir=memory if has_room else None)


def write_json(options, results, shown):
    """After each stream: a run that is ended early leaves what it had."""
    packages = ("chdb", "duckdb", "fastavro", "numpy", "pcodec", "pyarrow")
    made = {"versions": {name: importlib.metadata.version(name) for name in packages}, "rounds": options.rounds,
            "seed": options.seed, "is_quick": options.quick}
    with open(options.json, "w") as file:
        json.dump({"made": made, "must_show": shown, "smaller_peers": report.smaller_peers(results),
                   "larger_columns": report.larger_columns(results), "results": results.all}, file, indent=1)
        file.write("\n")


def main():
    options = arguments()
    if options.list:
        print("formats:", *(f"  {name}" for name in (ours.INGEST, ours.COMPACTION, *peers.ALL)), sep="\n")
        print("streams:", *(f"  {name:18}{maker.__doc__.splitlines()[0]}" for name, maker in streams.ALL.items()), sep="\n")
        return
    sizes = [int(size) for size in options.blocks.split(",")]
    if options.quick:
        sizes, options.rounds, options.rows = [2_048, 4_096], 1, options.rows or 4_096

    def note(text):
        if sys.stderr.isatty():
            print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)

    everything, shown = [], []
    for name, table in sources(options):
        with working_folder() as folder:
            found = measured(name, table, options, sizes, pathlib.Path(folder), note)
        note("")
        results = report.Results(found)
        everything += found
        targets = report.TARGETS.get(name, {}) if options.files and not options.quick else {}
        shown += report.must_show(results, name, targets)
        print(report.stream_table(results, name), end="\n\n", flush=True)
        if options.json:
            write_json(options, report.Results(everything), shown)
    results = report.Results(everything)
    smaller, columns = report.smaller_peers(results), report.larger_columns(results)
    if len(results.streams()) > 1:
        print(report.size_table(results), end="\n\n")
    print(report.must_show_table(shown), end="\n\n")
    if smaller:
        print(report.smaller_peers_table(smaller), end="\n\n")
    if columns and options.columns:
        print(report.larger_columns_table(columns, options.columns))


if __name__ == "__main__":
    main()
