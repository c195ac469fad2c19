"""Holds a real server to its bounds: many connections, peers that misbehave in every way we know, and healthy clients that
must not suffer from it. Traffic goes to 127.0.0.1 only, and everything ends by itself.

  tools/load                        1,000 connections, about four minutes
  tools/load --connections 100 --seconds 2
  tools/load --soak 10              everything at once, at random, for ten minutes; memory and descriptors must stay flat

Ends with status 1 if resident memory passes --memory-max, descriptors do not come back, a healthy client gets an error, or
an acknowledged block is not in the log. Throughput beside the others is reported, as a ratio to the first scenario's.
"""
import argparse
import asyncio
import random
import resource
import shutil
import sys
import tempfile

import run
import soak
from server import Server


def byte_count(text):
    for suffix, shift in (("GiB", 30), ("MiB", 20), ("KiB", 10)):
        if text.endswith(suffix):
            return int(text[:-3]) << shift
    return int(text)


def arguments():
    parser = argparse.ArgumentParser(
        prog="tools/load", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=".build/release/hindcast", help="default: %(default)s")
    parser.add_argument("--connections", type=int, default=1_000, help="default: %(default)s")
    parser.add_argument("--seconds", type=float, default=8, help="of healthy work a scenario; default: %(default)s")
    parser.add_argument("--memory-max", type=byte_count, default=1 << 30, help="default: 1GiB")
    parser.add_argument("--stall", type=int, default=15, help="the server's --stall-timeout, seconds; default: %(default)s")
    parser.add_argument("--only", default="", metavar="WORDS", help="scenarios with these words in their names, and the first")
    parser.add_argument("--soak", type=float, metavar="MINUTES", help="mix everything instead")
    parser.add_argument("--seed", type=int, help="default: a random one, which is printed")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--keep", action="store_true", help="keep the data directory and the server's log")
    return parser.parse_args()


def main():
    options = arguments()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard < options.connections * 2 + 100:
        sys.exit(f"load: {options.connections} connections need more open files than {hard}; see ulimit -Hn")
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 32)
    if not options.json:
        print(f"load: seed {seed}", flush=True)
    folder = tempfile.mkdtemp(prefix="hindcast-load-")
    server = Server(options.binary, folder, options.memory_max, options.stall)
    failures, text = [], ""
    try:
        work = run.Run(
            server, options.memory_max, options.connections, options.seconds, options.stall, seed, options.only,
            options.json)
        if options.soak:
            result = asyncio.run(soak.soak(work, options.binary, options.soak * 60))
            failures, text = result.failures, soak.as_json(result) if options.json else soak.text(result)
        else:
            results = asyncio.run(work.all(options.binary))
            failures = [failure for result in results for failure in result.failures]
            text = run.as_json(results) if options.json else "\n".join([run.HEADER, *map(run.line, results)])
        ended = server.stop()
        if ended != 0:
            failures.append(f"the server ended with {ended}")
    finally:
        server.stop()
        if options.keep or failures:
            print(f"load: data and the server's log are in {folder}", file=sys.stderr)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    print(text)
    for failure in failures:
        print(f"FAILED: {failure}", file=sys.stderr)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
