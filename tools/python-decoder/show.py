"""Prints what a data directory holds; see `decode`."""
import argparse
import csv
import os
import sys
from collections import Counter

from cursor import FormatError
from hindcast.v1 import block_pb2 as proto
from hindcast_decoder import Directory, require_archive_rows


def enum_name(enum, number):
    """`KIND_PREDICTION` as `prediction`."""
    return enum.Name(number).split("_", 1)[1].lower()


def stream(block):
    return (enum_name(proto.Kind, block.kind), block.model, block.version or "(no version)",
            enum_name(proto.Environment, block.environment))


def print_counts(directory):
    """A line for each file and stream in it, and the sums."""
    total = Counter()
    for named in directory.files():
        blocks = list(named.blocks())
        if named.name in directory.manifest.archive:
            require_archive_rows(named, blocks)
        rows = Counter()
        for stored in blocks:
            rows[stream(stored.block)] += stored.block.rows
        for what, count in sorted(rows.items()):
            print(f"{named.name}: {count:,} rows, {' '.join(what)}")
        if named.file.bytes_behind:
            print(f"{named.name}: {named.file.bytes_behind} bytes behind the last good frame")
        total += rows
    for what, count in sorted(total.items()):
        print(f"together: {count:,} rows, {' '.join(what)}")
    for gap in directory.manifest.gaps:
        print(f"gap: positions {gap.first_position} to {gap.last_position}: {gap.reason}")


def print_csv(directory):
    """All rows: kind, model, version, environment and the columns, times in microseconds. Behind an empty line a new
    header, where the columns change."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    previous = None
    for named in directory.files():
        for stored in named.blocks():
            block = stored.block
            header = ["kind", "model", "version", "environment"] + [
                f"{enum_name(proto.Role, column.role)}:{column.name}" for column in block.columns]
            if header != previous:
                if previous:
                    print()
                writer.writerow(header)
                previous = header
            kind, model, _, environment = stream(block)
            for row in zip(*(column.rows() for column in block.columns)):
                writer.writerow([kind, model, block.version, environment, *row])


def main():
    options = argparse.ArgumentParser(prog="decode", description="Reads a data directory of Hindcast.")
    options.add_argument("directory", metavar="DIR")
    options.add_argument("--csv", action="store_true", help="print the rows, not how many there are")
    options = options.parse_args()
    try:
        (print_csv if options.csv else print_counts)(Directory(options.directory))
    except FormatError as error:
        sys.exit(f"decode: {options.directory}: {error}")
    except BrokenPipeError:
        # Whoever read has enough; nothing is left to be written at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
