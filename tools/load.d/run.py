"""One run: a server, healthy clients, and scenarios around them; and what all of it shows."""
import asyncio
import dataclasses
import json
import random
import subprocess
import time

import calls
import healthy
import http2
import scenarios as scenes
from peers import Scene

# For descriptors to come back after the peers are gone.
SETTLE_SECONDS = 30


@dataclasses.dataclass
class Result:
    name: str
    peers: int = 0
    megabytes_per_second: float = 0.0
    reader_megabytes_per_second: float = 0.0
    ratio: float = 0.0
    p99_milliseconds: float = 0.0
    acknowledged: int = 0
    promised: int = 0
    lost: int = 0
    waits: int = 0
    peak_bytes: int = 0
    end_bytes: int = 0
    descriptors_before: int = 0
    descriptors_after: int = 0
    processor_share: float = 0.0
    outcomes: dict = dataclasses.field(default_factory=dict)
    failures: list = dataclasses.field(default_factory=list)


class Run:
    def __init__(self, server, memory_max, connections, seconds, stall, seed, only="", quiet=False):
        self.server, self.memory_max, self.connections = server, memory_max, connections
        self.seconds, self.stall, self.rng, self.quiet = seconds, stall, random.Random(seed), quiet
        self.only, self.template = only, b""

    async def status(self):
        connection = http2.Connection(self.server.address)
        try:
            await connection.open()
            return calls.status(await connection.call(calls.STATUS, b""))
        finally:
            connection.close()

    async def prepare(self, binary):
        """Some real blocks: made by `hindcast bench`, one of them the template of all that healthy clients send."""
        host, port = self.server.address
        made = await asyncio.create_subprocess_exec(
            binary, "bench", "--server", f"{host}:{port}", "--events", "200000", "--json",
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        _, errors = await made.communicate()
        if made.returncode:
            raise SystemExit(f"load: hindcast bench failed: {errors.decode()}")
        connection = http2.Connection(self.server.address, window=8 << 20)
        await connection.open()
        stream = await connection.request(calls.READ)
        await stream.send(http2.message(calls.read_request()), end=True)
        blocks = []
        while (item := await stream.receive()) is not None:
            kind, _, content = calls.read_item(item)
            if kind == "block":
                blocks.append(bytes(content))
        connection.close()
        self.template = min(blocks, key=lambda block: abs(len(block) - (256 << 10)))

    def writers(self, **more):
        return healthy.writers(
            address=self.server.address, template=self.template, first_tag=self.rng.randrange(1 << 40) << 20, **more)

    def follower(self, first):
        return healthy.follower(address=self.server.address, first=first)

    async def play(self, scenario, writers):
        status = await self.status()
        server, result = self.server, Result(scenario.name, scenario.count(self.connections, status))
        seconds = self.seconds * scenario.stretch
        first = status["durable_position"] + 1
        result.descriptors_before = await self.settled_descriptors()
        server.reset_peak()
        processor, began = server.processor_seconds, time.monotonic()
        follower = self.follower(first)
        await asyncio.to_thread(follower.receive, 60)
        # The healthy clients are there first: a crowd may take all other places.
        writers.send(seconds)
        await asyncio.sleep(0.5)
        scene = Scene(server.address, time.monotonic() + seconds - 0.5, self.rng, self.template)
        looking = asyncio.create_task(self.reads_left(scene.deadline - 2)) if scenario.ends_reads else None
        result.outcomes = await scenes.perform(scenario, result.peers, scene)
        if looking and (reads := await looking) > 1:
            result.failures.append(f"{reads} reads are still open, of which only the healthy reader's should be")
        wrote = await asyncio.to_thread(writers.receive, 120)
        result.processor_share = (server.processor_seconds - processor) / (time.monotonic() - began)
        self.take(result, scene, wrote)
        follower.send(max([first - 1, *wrote["acknowledged"], *scene.promised]))
        read = await asyncio.to_thread(follower.receive, 120)
        follower.stop()
        self.compare(result, wrote["acknowledged"], scene.promised, read)
        result.descriptors_after = await self.settled_descriptors(result.descriptors_before)
        result.peak_bytes, result.end_bytes = server.peak, server.resident
        self.judge(result, scenario)
        return result

    async def reads_left(self, when):
        await asyncio.sleep(max(0, when - time.monotonic()))
        return (await self.status())["reads_open"]

    def take(self, result, scene, wrote):
        result.acknowledged, result.promised = len(wrote["acknowledged"]), len(scene.promised)
        result.megabytes_per_second = wrote["bytes"] / wrote["seconds"] / 1e6
        result.waits = wrote["waits"]
        if wrote["latencies"]:
            result.p99_milliseconds = wrote["latencies"][int(len(wrote["latencies"]) * 0.99)] * 1e3
        result.failures += wrote["errors"]

    @staticmethod
    def compare(result, acknowledged, promised, read):
        """Every acknowledged block must have been read where the server said it is, and be the one that was sent."""
        result.failures += read["errors"]
        result.reader_megabytes_per_second = read["bytes"] / read["seconds"] / 1e6
        absent = object()
        lost = [position for position, tag in acknowledged.items() if read["tags"].get(position, absent) != tag]
        lost += [position for position in promised if position not in read["tags"]]
        result.lost = len(lost)
        if lost:
            result.failures.append(f"{len(lost)} acknowledged blocks are not in the log, the first at {min(lost)}")

    async def settled_descriptors(self, wanted=None):
        """Descriptors once they stop changing, or are down to those wanted."""
        deadline = time.monotonic() + SETTLE_SECONDS
        last, since = self.server.descriptors, time.monotonic()
        while time.monotonic() < deadline:
            await asyncio.sleep(0.1)
            now = self.server.descriptors
            if wanted is not None and now <= wanted:
                return now
            if now != last:
                last, since = now, time.monotonic()
            if wanted is None and time.monotonic() - since > 1:
                return now
        return last

    def judge(self, result, scenario):
        if not self.server.is_running:
            result.failures.append(f"the server ended:\n{self.server.last_words()}")
        if result.peak_bytes > self.memory_max:
            result.failures.append(f"resident memory reached {result.peak_bytes:,} bytes, over {self.memory_max:,}")
        if result.descriptors_after > result.descriptors_before:
            result.failures.append(
                f"{result.descriptors_after - result.descriptors_before} descriptors did not come back")
        result.failures += [f"a peer's outcome: {outcome}" for outcome in scenes.wrong(scenario, result.outcomes)]

    async def all(self, binary):
        await self.prepare(binary)
        writers = self.writers()
        writers.send(1.0)
        await asyncio.to_thread(writers.receive, 60)
        results, baseline = [], None
        for number, scenario in enumerate(scenes.scenarios(self.stall)):
            if number and self.only not in scenario.name:
                continue
            if not self.server.is_running:
                break
            self.say(f"... {scenario.name}")
            result = await self.play(scenario, writers)
            baseline = baseline or result.megabytes_per_second or 1.0
            result.ratio = result.megabytes_per_second / baseline
            if result.ratio < scenario.floor:
                result.failures.append(f"healthy throughput fell to {result.ratio:.2f} of what it was")
            results.append(result)
            self.say(line(result))
        writers.stop()
        return results

    def say(self, text):
        if not self.quiet:
            print(text, flush=True)


HEADER = (f"{'scenario':36} {'peers':>6} {'MB/s':>7} {'ratio':>6} {'p99 ms':>7} {'read MB/s':>9} {'acked':>6} {'lost':>5} "
          f"{'peak MiB':>9} {'end MiB':>8} {'descriptors':>12} {'CPU':>5}")


def line(result):
    text = (f"{result.name:36} {result.peers:6} {result.megabytes_per_second:7.1f} {result.ratio:6.2f} "
            f"{result.p99_milliseconds:7.0f} {result.reader_megabytes_per_second:9.1f} "
            f"{result.acknowledged + result.promised:6} {result.lost:5} {result.peak_bytes / 2**20:9.0f} "
            f"{result.end_bytes / 2**20:8.0f} {result.descriptors_before:5} ->{result.descriptors_after:4} "
            f"{result.processor_share:5.2f}")
    for outcome, count in sorted(result.outcomes.items(), key=lambda each: -each[1]):
        text += f"\n    {count} x {outcome}"
    for failure in result.failures[:20]:
        text += f"\n    FAILED: {failure}"
    return text


def as_json(results):
    return json.dumps([dataclasses.asdict(result) for result in results], indent=2)
