"""What is measured, by name: each case starts what it needs, runs one program, and returns what that found."""
import contextlib
import json
import os
import subprocess
import sys
import time

import processes
from processes import Dead, Failed, Kafka, Nats, Server, Slow

# What SDKBenchmark has for --way.
WAYS = ("literal", "typed")
THREADS = (1, 2, 8)
SLOW_BYTES_A_SECOND = 1_000_000
# Room for every event of a case, so that nothing is dropped though nothing is delivered; and room for next to none.
AMPLE_BYTES, FULL_BYTES = 2 << 30, 64 << 10
SECONDS_MAX = 600
# Of preparing files ahead, which a server does behind its start and which would be measured.
SETTLE_SECONDS = 1.5


class Context:
    """Programs, folders and sizes."""

    def __init__(self, options, folder, events):
        self.options, self.folder, self.events = options, folder, events
        if options.quick:
            self.calls = self.python_calls = ["--batch", 1_000, "--batches", 1, "--rate", options.rate, "--paced-seconds", 0.3]
            self.count, self.memory_seconds, self.memory_bound = 5_000, 1.5, ["--waiting-bytes", 1 << 20]
            self.settle_seconds = 0.2
        else:
            self.calls = ["--batch", 50_000, "--batches", 5, "--rate", options.rate, "--paced-seconds", 4]
            self.python_calls = ["--batch", 10_000, "--batches", 3, "--rate", min(options.rate, 2_000), "--paced-seconds", 4]
            self.count, self.memory_seconds, self.memory_bound = options.count, options.memory_seconds, []
            self.settle_seconds = SETTLE_SECONDS

    def run(self, words, environment=None):
        """The JSON that the program prints."""
        done = subprocess.run(list(map(str, words)), capture_output=True, text=True, timeout=SECONDS_MAX,
                              env={**os.environ, **(environment or {})})
        if done.returncode != 0:
            raise Failed(f"{' '.join(map(str, words))} ended with {done.returncode}: {done.stderr.strip()[-1000:]}")
        return json.loads(done.stdout)

    def ours(self, command, address, *words):
        return [self.options.sdk_benchmark, command, "--events", self.events, "--server", address, *words]

    def peers(self, command, way, *words):
        return [self.options.peers, command, way, "--events", self.events, *words]

    def server(self, address="127.0.0.1:0"):
        return Server(self.options.hindcast, self.folder, address)

    def kafka(self):
        return Kafka(self.options.kafka_mock, self.folder)

    def counting(self):
        return {"LD_PRELOAD": self.options.allocations}


def ours_calls(context, way, state, threads, environment=None, sizes=None):
    words = ["--way", way, "--threads", threads, *(sizes or context.calls)]
    with contextlib.ExitStack() as stack:
        if state == "healthy":
            address = stack.enter_context(context.server()).address
            words += ["--flush", "--waiting-bytes", 256 << 20]
        elif state == "slow":
            server = stack.enter_context(context.server())
            address = stack.enter_context(Slow(server, SLOW_BYTES_A_SECOND)).address
            words += ["--waiting-bytes", AMPLE_BYTES]
        else:
            address = stack.enter_context(Dead()).address
            words += ["--waiting-bytes", AMPLE_BYTES if state == "dead" else FULL_BYTES]
        found = context.run(context.ours("calls", address, *words), environment)
    share = found["dropped"] / found["logged"]
    if found["rejected"] or (share < 0.5 if state == "full" else found["dropped"]):
        raise Failed(f"{found['dropped']:,} of {found['logged']:,} events were dropped, {found['rejected']:,} rejected")
    return found


def kafka_calls(context, message, threads, environment=None, sizes=None):
    with context.kafka() as kafka:
        found = context.run(context.peers("calls", f"kafka-{message}", "--server", kafka.address, "--threads", threads,
                                          *(sizes or context.calls)), environment)
    if found["failed"] or found["dropped"]:
        raise Failed(f"librdkafka: {found['dropped']:,} events were dropped, {found['failed']:,} failed")
    return found


def plain_calls(context, way, threads, environment=None, sizes=None):
    """Those that need nothing beside them."""
    path = os.path.join(context.folder, "peers.jsonl")
    return context.run(context.peers("calls", way, "--threads", threads, "--file", path, *(sizes or context.calls)),
                       environment)


def python_calls(context, way):
    program = os.path.join(processes.HERE, "python_peers.py")
    found = context.run([sys.executable, program, way, "--events", context.events, "--folder", context.folder,
                         *context.python_calls])
    if found.get("logged") != found.get("exported"):
        raise Failed(f"{way}: of {found['logged']:,} events {found['exported']:,} were exported")
    return found


def mutex(context):
    return context.run([context.options.sdk_benchmark, "lock"])


def delivered(context, peer, words):
    """With what the other side's process took, from the start of ours to its end."""
    time.sleep(context.settle_seconds)
    before = peer.processor_seconds
    found = context.run(words)
    found["server_cpu_ns"] = (peer.processor_seconds - before) / context.count * 1e9
    if found["events"] != context.count or found.get("dropped") or found.get("failed"):
        raise Failed(f"of {context.count:,} events {found['events']:,} were acknowledged: {found}")
    found["events_per_second"] = found["events"] / found["seconds"]
    found["bytes_an_event"] = found["bytes"] / found["events"]
    return found


def ours_delivery(context, way):
    with context.server() as server:
        return delivered(context, server,
                         context.ours("deliver", server.address, "--way", way, "--count", context.count))


def kafka_delivery(context, message):
    with context.kafka() as kafka:
        return delivered(context, kafka, context.peers(
            "deliver", f"kafka-{message}", "--server", kafka.address, "--count", context.count))


def nats_delivery(context, sync):
    with Nats(context.options.nats_server, context.folder, sync) as nats:
        return delivered(context, nats, context.peers(
            "deliver", "jetstream", "--server", nats.address, "--count", context.count,
            "--rows", context.options.nats_rows))


def memory(context, way):
    """A server that comes up when the client has logged without one for long."""
    with Dead() as dead:
        words = context.ours("memory", dead.address, "--way", way, "--seconds", context.memory_seconds,
                             *context.memory_bound)
        process = subprocess.Popen(list(map(str, words)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            if process.stdout.readline().strip() != "dead":
                raise Failed(f"the benchmark of memory ended: {process.communicate()[1].strip()[-1000:]}")
            dead.free()
            with context.server(dead.address) as server:
                output, errors = process.communicate(timeout=SECONDS_MAX)
                if process.returncode != 0:
                    raise Failed(f"the benchmark of memory ended with {process.returncode}: {errors.strip()[-1000:]}")
                models = subprocess.run([context.options.hindcast, "models", "--server", server.address, "--json"],
                                        capture_output=True, text=True, check=True, timeout=60)
        finally:
            process.kill()
            process.wait()
    found = json.loads(output)
    found["stored"] = sum(model["rows"] for model in json.loads(models.stdout) if model["kind"] == "prediction")
    lost = found["logged"] - found["acknowledged"] - found["dropped"]
    if lost or found["rejected"] or found["stored"] != found["acknowledged"] or not found["acknowledged"]:
        raise Failed(f"logged is not acknowledged + dropped, or not what the server has: {found}")
    return found


FEW = ["--batch", "8000", "--batches", "1", "--rate", "50000", "--paced-seconds", "0.05"]


def all_cases():
    """Names and functions of a context, in the order they are run in. Names are what --only looks for."""
    made = {}

    def add(name, function, *words):
        made[name] = lambda context: function(context, *words)

    def threads(count):
        return f"{count} thread{'s' if count > 1 else ''}"

    for way in WAYS:
        for state in ("healthy", "dead", "slow", "full"):
            for count in THREADS:
                add(f"calls: hindcast {way}, {state}, {threads(count)}", ours_calls, way, state, count)
    for message in ("typed", "named"):
        for count in THREADS:
            add(f"calls: kafka {message}, healthy, {threads(count)}", kafka_calls, message, count)
    for count in THREADS:
        add(f"calls: json in C to a file, -, {threads(count)}", plain_calls, "json", count)
    add("calls: json in Python to a file, -, 1 thread", python_calls, "json")
    add("calls: opentelemetry in Python, -, 1 thread", python_calls, "opentelemetry")

    for name, title in LIMITS.items():
        for count in THREADS if name == "values-lock" else (1,):
            add(f"limits: {title}, {threads(count)}", plain_calls, name, count)
    add("limits: a Mutex of Swift's, locked and unlocked, 1 thread", mutex)

    def counted(function, *words):
        return lambda context: function(context, *words, context.counting(), FEW)

    for way in WAYS:
        made[f"allocations: hindcast {way}"] = counted(ours_calls, way, "healthy", 1)
    for message in ("typed", "named"):
        made[f"allocations: kafka {message}"] = counted(kafka_calls, message, 1)
    made["allocations: json in C to a file"] = counted(plain_calls, "json", 1)

    for way in WAYS:
        add(f"delivery: hindcast {way}", ours_delivery, way)
    for message in ("typed", "named"):
        add(f"delivery: kafka {message}, a mock that keeps nothing", kafka_delivery, message)
    add("delivery: nats jetstream, sync_interval: always", nats_delivery, "always")
    add("delivery: nats jetstream, default sync_interval", nats_delivery, None)

    for way in WAYS:
        add(f"memory: hindcast {way}", memory, way)
    return made


LIMITS = {
    "memcpy": "a copy of an event's bytes in one piece",
    "values": "a copy of an event's values one by one",
    "values-lock": "the same behind one lock for all threads",
    "lock": "a pthread mutex, locked and unlocked",
    "stamp": "a UUID of version 7 and the time",
    "pack-typed": "protobuf-c packs a typed event",
    "pack-named": "protobuf-c packs an event of named values",
}
# Run once, whatever the rounds: long, and no time is taken.
ONCE = ("memory: ", "allocations: ")
