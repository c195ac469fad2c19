"""Everything at once, at random, for minutes: what must not grow is watched from outside."""
import asyncio
import dataclasses
import json
import random
import statistics
import time

import peers
import scenarios as scenes
from peers import Scene
from server import Samples, slope

# Healthy writers send at this rate: for so long that it counts what arrives, not how fast.
BYTES_PER_SECOND = 8_000_000
# Memory and descriptors are flat if over the last two thirds they grew by no more than this part of their bound.
GROWTH_MAX = 0.05
BIN_SECONDS = 10


@dataclasses.dataclass
class Soak:
    seconds: float = 0.0
    acknowledged: int = 0
    promised: int = 0
    lost: int = 0
    waits: int = 0
    reader_megabytes_per_second: float = 0.0
    megabytes_per_second: float = 0.0
    p99_milliseconds: float = 0.0
    peak_bytes: int = 0
    end_bytes: int = 0
    # Over the last two thirds: mean, growth as the slope of medians gives it, per minute and in all.
    resident_mean: float = 0.0
    resident_slope_per_minute: float = 0.0
    resident_growth: float = 0.0
    descriptors_mean: float = 0.0
    descriptors_slope_per_minute: float = 0.0
    descriptors_growth: float = 0.0
    descriptors_before: int = 0
    descriptors_after: int = 0
    medians: list = dataclasses.field(default_factory=list)
    counters: dict = dataclasses.field(default_factory=dict)
    outcomes: dict = dataclasses.field(default_factory=dict)
    failures: list = dataclasses.field(default_factory=list)


async def soak(work, binary, seconds):
    server, result = work.server, Soak(seconds=seconds)
    await work.prepare(binary)
    first = (await work.status())["durable_position"] + 1
    result.descriptors_before = await work.settled_descriptors()
    server.reset_peak()
    samples = Samples(server, 0.5)
    writers = work.writers(streams=4, bytes_per_second=BYTES_PER_SECOND)
    follower = work.follower(first)
    await asyncio.to_thread(follower.receive, 60)
    writers.send(seconds)
    deadline = time.monotonic() + seconds
    promised = set()

    def scene(until, seed):
        return Scene(server.address, min(until, deadline), random.Random(seed), work.template, promised)

    def count(outcome):
        result.outcomes[outcome] = result.outcomes.get(outcome, 0) + 1

    async def stay(seed):
        """Mostly idle, for as long as the soak lasts."""
        await asyncio.sleep(seed % 10_000 / 1_000)
        outcome = scenes.brief(await peers.act(lambda part: peers.idle(part, 20), scene(deadline, seed)))
        if outcome.startswith("error"):
            result.failures.append(f"a mostly idle client: {outcome}")
        count(f"idle: {outcome}")

    async def misbehave(seed):
        rng = random.Random(seed)
        await asyncio.sleep(rng.uniform(0, 5))
        while (left := deadline - time.monotonic()) > 0.5:
            play = peers.mixed(rng)
            until = time.monotonic() + min(left, rng.uniform(1, 3 * work.stall))
            outcome = scenes.brief(await peers.act(play, scene(until, rng.randrange(1 << 60))))
            if outcome.startswith("error"):
                result.failures.append(f"{play.__name__}: {outcome}")
            count(f"{play.__name__}: {outcome}")
            await asyncio.sleep(min(rng.uniform(0, 2), max(0, deadline - time.monotonic())))

    async def watch():
        while (left := deadline - time.monotonic()) > 1 and server.is_running:
            figures = await work.status()
            work.say(f"{seconds - left:6.0f} s  resident {figures['resident_bytes'] / 2**20:5.0f} MiB  descriptors "
                     f"{figures['open_descriptors']:5}  connections {figures['connections_open']:5}  streams "
                     f"{figures['streams_open']:5}  reads {figures['reads_open']:4}  acknowledged idle blocks {len(promised)}")
            await asyncio.sleep(min(20, left - 0.5))

    seeds = [work.rng.randrange(1 << 60) for _ in range(work.connections)]
    staying = len(seeds) * 3 // 4
    await asyncio.gather(watch(), *map(stay, seeds[:staying]), *map(misbehave, seeds[staying:]))
    rows = samples.stop()
    wrote = await asyncio.to_thread(writers.receive, 120)
    writers.stop()
    work.take(result, Scene(server.address, 0, work.rng, promised=promised), wrote)
    follower.send(max([first - 1, *wrote["acknowledged"], *promised]))
    read = await asyncio.to_thread(follower.receive, 120)
    follower.stop()
    work.compare(result, wrote["acknowledged"], promised, read)
    result.descriptors_after = await work.settled_descriptors(result.descriptors_before)
    result.peak_bytes, result.end_bytes = server.peak, server.resident
    result.counters = {name: value for name, value in (await work.status()).items() if value}
    judge(result, rows, work)
    return result


def judge(result, rows, work):
    end = rows[-1][0] if rows else 0
    bins = {}
    for seconds, resident, descriptors in rows:
        bins.setdefault(int(seconds // BIN_SECONDS), []).append((seconds, resident, descriptors))
    medians = [tuple(statistics.median(column) for column in zip(*part)) for _, part in sorted(bins.items())]
    result.medians = [(round(seconds), round(resident / 2**20), descriptors) for seconds, resident, descriptors in medians]
    late = [median for median in medians if median[0] > end / 3]
    span = end * 2 / 3
    for name, index, bound in (("resident", 1, work.memory_max), ("descriptors", 2, work.connections)):
        points = [(median[0], median[index]) for median in late]
        per_second = slope(points)
        setattr(result, f"{name}_mean", statistics.mean(value for _, value in points))
        setattr(result, f"{name}_slope_per_minute", per_second * 60)
        setattr(result, f"{name}_growth", per_second * span)
        if per_second * span > GROWTH_MAX * bound:
            result.failures.append(f"{name} grew by {per_second * span:,.0f} over the last two thirds")
    if result.peak_bytes > work.memory_max:
        result.failures.append(f"resident memory reached {result.peak_bytes:,} bytes, over {work.memory_max:,}")
    if result.descriptors_after > result.descriptors_before:
        result.failures.append(f"{result.descriptors_after - result.descriptors_before} descriptors did not come back")
    if not work.server.is_running:
        result.failures.append(f"the server ended:\n{work.server.last_words()}")


def text(result):
    mebibyte = 2**20
    lines = [
        f"soak of {result.seconds:.0f} s",
        f"acknowledged blocks   {result.acknowledged} of writers, {result.promised} of mostly idle clients; lost {result.lost}",
        f"healthy writers       {result.megabytes_per_second:.1f} MB/s, p99 {result.p99_milliseconds:.0f} ms",
        f"resident memory       peak {result.peak_bytes / mebibyte:.0f} MiB, mean {result.resident_mean / mebibyte:.0f}, at the "
        f"end {result.end_bytes / mebibyte:.0f}; over the last two thirds {result.resident_slope_per_minute / mebibyte:+.2f} MiB a "
        f"minute, {result.resident_growth / mebibyte:+.1f} MiB in all",
        f"descriptors           before {result.descriptors_before}, mean {result.descriptors_mean:.0f}, after "
        f"{result.descriptors_after}; over the last two thirds {result.descriptors_slope_per_minute:+.2f} a minute",
        "resident MiB, medians " + " ".join(str(resident) for _, resident, _ in result.medians),
    ]
    lines += [f"    {count} x {outcome}" for outcome, count in sorted(result.outcomes.items(), key=lambda each: -each[1])]
    lines.append("    " + ", ".join(f"{name} {value}" for name, value in sorted(result.counters.items())))
    return "\n".join(lines)


def as_json(result):
    return json.dumps(dataclasses.asdict(result), indent=2)
