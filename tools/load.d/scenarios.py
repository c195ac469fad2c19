"""What is done to the server, one thing after another, while healthy clients go on."""
import asyncio
import dataclasses
import random
import typing

import peers


@dataclasses.dataclass
class Scenario:
    name: str
    # How many peers, of how many connections in all and with the server's own figures.
    count: typing.Callable[[int, dict], int]
    play: typing.Callable
    # Seconds of healthy work, times the command's own.
    stretch: float = 1.0
    # A peer that is done before the deadline comes again.
    repeats: bool = False
    # Words that every outcome must have one of; empty: anything but "error".
    outcomes: tuple = ()
    # Of the first scenario's throughput, what healthy clients must keep: on a small machine they may lose some to others,
    # but not nearly all of it.
    floor: float = 0.1
    # Whether the server must have given up all of the peers' reads before the end.
    ends_reads: bool = False


async def stopped(scene):
    return await peers.stopped_reader(scene, at_socket=scene.rng.random() < 0.5)


def scenarios(stall):
    """`stall`: the server's patience with readers that take nothing, in seconds."""
    return [
        Scenario("healthy alone", lambda connections, status: 0, peers.idle),
        Scenario("mostly idle connections", lambda connections, status: connections, peers.idle, 2),
        Scenario(
            "readers that stop reading", lambda connections, status: max(4, connections // 10), stopped, 2 + stall / 4,
            # Who reads no socket cannot see that its stream was ended.
            outcomes=("ENHANCE_YOUR_CALM", "RESOURCE_EXHAUSTED", "socket:"), ends_reads=True),
        Scenario(
            "readers at 10 KB/s", lambda connections, status: max(4, connections // 10), peers.slow_reader, 2,
            outcomes=("went on", "ENHANCE_YOUR_CALM", "RESOURCE_EXHAUSTED")),
        Scenario(
            "oversized messages, frames, headers", lambda connections, status: max(8, connections // 5), peers.oversized,
            outcomes=("RESOURCE_EXHAUSTED", "GOAWAY", "RST_STREAM", "socket:")),
        Scenario(
            "messages that never end", lambda connections, status: max(8, connections // 5), peers.endless_message, 2,
            outcomes=("RESOURCE_EXHAUSTED", "DEADLINE_EXCEEDED", "was left alone", "socket:", "INVALID_ARGUMENT")),
        Scenario(
            "hostile blocks", lambda connections, status: max(4, connections // 50), peers.hostile_block, repeats=True,
            outcomes=("INVALID_ARGUMENT", "RESOURCE_EXHAUSTED")),
        Scenario("gone in the middle of a frame", lambda connections, status: connections // 2, peers.vanishing, repeats=True),
        Scenario("connections that come and go", lambda connections, status: max(4, connections // 20), peers.churn),
        Scenario(
            "senders that read no answers", lambda connections, status: max(2, connections // 50), peers.flood,
            # They send real blocks: every stream gets a like share, and the healthy ones are 3 of 23.
            outcomes=("was taken", "RESOURCE_EXHAUSTED", "ENHANCE_YOUR_CALM", "socket:"), floor=0.04),
        Scenario(
            "more connections than the limit", lambda connections, status: status["connections_max"] + 20, peers.crowd,
            outcomes=("found a place", "GOAWAY ENHANCE_YOUR_CALM: ")),
        Scenario("healthy alone again", lambda connections, status: 0, peers.idle),
    ]


async def perform(scenario, count, scene):
    """All peers of a scenario until the scene's deadline; how often each outcome came."""
    outcomes = {}

    async def play(number):
        own = dataclasses.replace(scene, rng=random.Random(scene.rng.randrange(1 << 60)))
        # Not all in the same instant: a thousand connections a second.
        await asyncio.sleep(number / 1_000)
        while True:
            outcome = brief(await peers.act(scenario.play, own))
            outcomes[outcome] = outcomes.get(outcome, 0) + 1
            if not scenario.repeats or scene.left <= 0.2:
                return
            await asyncio.sleep(min(own.rng.uniform(0.1, 1.0), scene.left))

    await asyncio.gather(*(play(number) for number in range(count)))
    return outcomes


def brief(outcome):
    """Without the numbers, so that the same outcomes count together."""
    text = "".join("#" if character.isdigit() else character for character in outcome)
    while "##" in text:
        text = text.replace("##", "#")
    return text[:160]


def wrong(scenario, outcomes):
    """Outcomes that must not be."""
    def is_right(outcome):
        if scenario.outcomes:
            return any(words in outcome for words in scenario.outcomes)
        return not outcome.startswith("error")
    return [outcome for outcome in outcomes if not is_right(outcome)]
