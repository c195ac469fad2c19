"""The parts of tools/crash; see its usage text."""
import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile

from disk_full import DiskFull
from failing_fsync import FailingFsync
from kills import Kills
import seeded_defects
from server import Failed
from terminal import Terminal

import grpc


def byte_count(text):
    for unit, shift in (("KiB", 10), ("MiB", 20), ("GiB", 30)):
        if text.endswith(unit):
            return int(text.removesuffix(unit)) << shift
    return int(text)


def arguments():
    parser = argparse.ArgumentParser(prog="tools/crash", add_help=False, allow_abbrev=False)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--disk-full", action="store_true")
    parser.add_argument("--failing-fsync", action="store_true")
    parser.add_argument("--binary", required=True)
    parser.add_argument("--dying", required=True)
    parser.add_argument("--failing-disk", required=True)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--pace", type=float, default=60)
    parser.add_argument("--check-every", type=int, default=25)
    parser.add_argument("--segment-bytes", type=byte_count, default=512 << 10)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def main():
    options = arguments()
    parts = [part for wanted, part in ((options.kills, Kills), (options.disk_full, DiskFull),
                                       (options.failing_fsync, FailingFsync)) if wanted]
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 32)
    terminal = Terminal(options.json)

    def interrupt(*_):
        raise KeyboardInterrupt

    # So that no server, client or mount outlives the test.
    signal.signal(signal.SIGTERM, interrupt)
    terminal.line(f"the checker finds each of {seeded_defects.run()} seeded defects")
    for part in parts:
        name = part.__name__
        terminal.line(f"{name}: seed {seed}")
        folder = tempfile.mkdtemp(prefix="hindcast-crash-")
        try:
            summary = part(options, folder, seed, terminal).run()
        except (Failed, grpc.RpcError) as failed:
            terminal.end()
            what = failed.details() if isinstance(failed, grpc.RpcError) else failed
            sys.exit(f"tools/crash: {name}, seed {seed}: {what}\ntools/crash: everything is kept in {folder}")
        except KeyboardInterrupt:
            terminal.end()
            shutil.rmtree(folder, ignore_errors=True)
            sys.exit(130)
        shutil.rmtree(folder)
        terminal.summary(name, summary)


if __name__ == "__main__":
    main()
