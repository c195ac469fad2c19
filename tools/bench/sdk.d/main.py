"""The SDK beside other ways to log the same events, in one run: what a call takes of the thread that makes it, what an event
takes of the service until the other side has it, and how many events a second become durable.

  tools/bench/sdk                        everything, three rounds: some 20 minutes
  tools/bench/sdk --only calls,healthy   cases whose names have all of these words; --list names them
  tools/bench/sdk --quick                few events, one round, built for debugging: only shows that it works
  tools/bench/sdk --json FILE            all figures, of each round and their medians

Events have 30 features: 12 doubles and one that may be null, 6 integers, 3 booleans, 6 short texts, of which 3 have few
values, a float and a time; and a score and a label. They are made beforehand, 262,144 of them, and all different.

calls       Processor time of the calling threads, an event, over batches of 50,000 at full rate, and the time of each single
            call, at full rate and paced: bursts of a millisecond's worth, --rate events a second in all. After each batch
            ours and librdkafka wait, untimed, until it is delivered. Ours against a server (healthy), an address where
            nobody listens (dead), a line of 1 MB/s to a server (slow), and a queue that is full (full: all are dropped);
            only with a full queue anything is dropped. Kafka is protobuf-c and librdkafka, zstd, linger.ms=100, its own
            mock cluster in another process: typed is a message of 30 fields, named has a name beside each value.
            At full rate two processors are busy with more than the calls: what the calls wait for is in the percentiles.
allocations Memory taken from the heap, an event, in the calling thread, after the first batch. glibc only.
limits      What no call can be faster than: copies, a lock, an id and the time; and what protobuf-c takes alone.
delivery    --count events from one thread, as fast as they are taken, until all are acknowledged. Client CPU is of all
            threads. Ours and NATS are durable: ours is fdatasync before each answer; NATS syncs each message, or every two
            minutes. It gets batches of --nats-rows typed protobuf rows, zstd level 3, 256 of them on their way at once.
memory      Two threads log at full rate for --memory-seconds with nobody listening; then the server comes, and every event
            has to be acknowledged or dropped, and counted.

Medians of all rounds; a round runs every case once. Only ratios of one run mean anything: machines differ, and this one may
be shared. Ends with status 1 if a case fails.
"""
import argparse
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
import tempfile

import cases
import events
import report
from processes import Failed

POOL, POOL_QUICK, SEED = 262_144, 8_192, 1


def arguments():
    parser = argparse.ArgumentParser(
        prog="tools/bench/sdk", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", metavar="WORDS", default="", help="cases that have all of these, with commas between")
    parser.add_argument("--list", action="store_true", help="name the cases")
    parser.add_argument("--quick", action="store_true", help="few events, one round, fewer cases, debug builds: figures mean nothing")
    parser.add_argument("--rounds", type=int, default=3, help="default: %(default)s")
    parser.add_argument("--rate", type=int, default=50_000, help="paced events a second; default: %(default)s")
    parser.add_argument("--count", type=int, default=1_000_000, help="events of a delivery; default: %(default)s")
    parser.add_argument("--nats-rows", type=int, default=500, help="rows in a message; default: %(default)s")
    parser.add_argument("--memory-seconds", type=float, default=60, help="default: %(default)s")
    parser.add_argument("--json", metavar="FILE", help="write everything there, too")
    parser.add_argument("--directory", metavar="DIR", help="where logs and streams go, on the disk to be measured; "
                        "default: .build/bench-sdk")
    parser.add_argument("--binaries", metavar="DIR", help="has hindcast and SDKBenchmark, built in release; "
                        "default: build them")
    parser.add_argument("--build", required=True, help=argparse.SUPPRESS)  # what tools/bench/sdk has compiled
    options = parser.parse_args()
    if min(options.rounds, options.rate, options.count, options.nats_rows) < 1:
        parser.error("numbers are at least 1")
    if options.quick:
        options.rounds, options.rate = 1, 2_000
    options.binaries = os.path.abspath(options.binaries or options.build)
    for name, program in (("hindcast", "hindcast"), ("sdk_benchmark", "SDKBenchmark")):
        setattr(options, name, os.path.join(options.binaries, program))
    for name, program in (("peers", "peers"), ("kafka_mock", "kafka-mock"), ("allocations", "allocations.so")):
        setattr(options, name, os.path.join(options.build, program))
    options.nats_server = os.path.join(os.path.dirname(sys.executable), "nats-server")
    return options


def chosen(options):
    words = [word.strip() for word in options.only.split(",") if word.strip()]
    names = [name for name in cases.all_cases() if all(word in name for word in words)]
    if options.quick and not words:
        names = [name for name in names if "8 threads" not in name and "named" not in name]
    if not names:
        raise SystemExit(f"sdk: no case has {options.only} in its name; --list names them")
    return names


def first_line(*words):
    done = subprocess.run(words, capture_output=True, text=True)
    return (done.stdout or done.stderr).strip().split("\n")[0]


def machine(options):
    """What the figures depend on."""
    with open("/proc/cpuinfo") as file:
        models = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    with open("/proc/meminfo") as file:
        memory = int(file.readline().split()[1]) / 2**20
    return {
        "processor": models[0] if models else platform.machine(), "processors": len(os.sched_getaffinity(0)),
        "memory_gib": round(memory, 1), "kernel": platform.release(), "libc": " ".join(platform.libc_ver()),
        "load": round(os.getloadavg()[0], 2),
        "file_system": first_line("stat", "-f", "-c", "%T", options.directory or options.build),
        "hindcast": first_line(options.hindcast, "--version"),
        "nats": first_line(options.nats_server, "--version"),
        "librdkafka": first_line("pkg-config", "--modversion", "rdkafka"),
        "protobuf-c": first_line("pkg-config", "--modversion", "libprotobuf-c"),
        "opentelemetry-sdk": importlib.metadata.version("opentelemetry-sdk"), "python": platform.python_version(),
    }


def main():
    options = arguments()
    if options.list:
        print(*cases.all_cases(), sep="\n")
        return 0
    names, every = chosen(options), cases.all_cases()
    directory = options.directory or options.build
    os.makedirs(directory, exist_ok=True)
    facts = machine(options)
    print("\n".join(f"{name}: {value}" for name, value in facts.items()), end="\n\n", flush=True)
    if options.quick:
        print("quick: the figures below mean nothing", end="\n\n")
    elif facts["load"] > 0.5:
        print(f"sdk: something else keeps the machine busy: load {facts['load']}", file=sys.stderr)

    rounds = {name: [] for name in names}
    with tempfile.TemporaryDirectory(prefix="run.", dir=directory) as folder:
        path = os.path.join(folder, "events")
        pool = events.make(POOL_QUICK if options.quick else POOL, SEED)
        pool.tofile(path)
        print(f"events of {events.raw_bytes(pool):.1f} raw bytes", end="\n\n", flush=True)
        del pool
        context = cases.Context(options, folder, path)
        for turn in range(options.rounds):
            for name in names:
                if turn and name.startswith(cases.ONCE):
                    continue
                if sys.stderr.isatty():
                    print(f"\r\033[Kround {turn + 1} of {options.rounds}: {name}", end="", file=sys.stderr, flush=True)
                try:
                    rounds[name].append(every[name](context))
                except (Failed, subprocess.TimeoutExpired) as failure:
                    rounds[name].append(str(failure))
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)

    found = report.Report(rounds)
    print(found.text())
    if options.json:
        with open(options.json, "w") as file:
            json.dump({"machine": facts, "is_quick": options.quick, "count": context.count, "rate": options.rate,
                       "nats_rows": options.nats_rows, "medians": found.medians, "rounds": rounds}, file, indent=1)
            file.write("\n")
    return 1 if any(found.failures.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
