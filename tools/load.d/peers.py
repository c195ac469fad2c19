"""Peers that misbehave, each in its own way. A peer is a coroutine that runs until its deadline or until the server has
done with it, and returns what became of it in words; the same outcomes are counted together."""
import asyncio
import dataclasses
import random
import struct
import time

import calls
import http2
import protobuf as p
from http2 import Connection, Ended, frame

MESSAGE_MAX = 64 << 20


@dataclasses.dataclass
class Scene:
    """What a peer needs to play its part."""
    address: tuple
    deadline: float
    rng: random.Random
    # An encoded block, for those that send real ones.
    template: bytes = b""
    # Positions of blocks that well-behaved peers were promised.
    promised: set = dataclasses.field(default_factory=set)

    @property
    def left(self):
        return max(0.0, self.deadline - time.monotonic())


async def act(play, scene):
    """Plays the part, and no longer than the scene lasts, whatever the server does or leaves undone."""
    try:
        return await asyncio.wait_for(play(scene), scene.left + 1)
    except asyncio.TimeoutError:
        return "was left alone"


async def idle(scene, interval=10.0):
    """Mostly idle: a small block now and then, on one connection that stays."""
    connection = Connection(scene.address)
    try:
        await connection.open()
        await asyncio.sleep(scene.rng.uniform(0, min(interval, max(0.1, scene.left - 1))))
        while time.monotonic() < scene.deadline:
            answer = await connection.call(calls.PUT, calls.append_request(calls.small_block(scene.rng.randrange(1 << 40))))
            position, refusal = calls.append_answer(answer)
            if refusal or not position:
                return f"error: refused: {refusal}"
            scene.promised.add(position)
            await asyncio.sleep(min(scene.rng.uniform(0.5, 1.5) * interval, scene.left))
        return "stayed, and all its blocks were acknowledged"
    except Ended as end:
        return f"error: {end}"
    finally:
        connection.close()


async def stopped_reader(scene, at_socket=False):
    """Asks for everything and then takes nothing: opens no window, or does not even read its socket."""
    window = 16 << 20 if at_socket else 256 << 10
    connection = Connection(scene.address, window=window, receive_buffer=64 << 10)
    connection.give_window = _give_nothing
    try:
        await connection.open()
        stream = await connection.request(calls.READ)
        await stream.send(http2.message(calls.read_request()), end=True)
        if at_socket:
            connection.reader.cancel()
            # Unread data is all there is to see; the server's patience shows in the end of the connection.
            return await _until_closed(connection, scene.deadline)
        while time.monotonic() < scene.deadline and not stream.is_over:
            await asyncio.sleep(0.1)
        return stream.status or "was left alone"
    except Ended as end:
        return str(end)
    finally:
        connection.close()


async def _give_nothing(number, count):
    pass


async def _until_closed(connection, deadline):
    while time.monotonic() < deadline:
        await asyncio.sleep(0.2)
        # TCP_INFO starts with the state: 1 is ESTABLISHED.
        if connection.socket.getsockopt(6, 11, 1) != b"\x01":
            return "socket: closed by the server"
    return "socket: open to the end, and never looked at"


async def slow_reader(scene, bytes_per_second=10_000):
    """Takes what it asked for, but slowly. That is its right."""
    connection = Connection(scene.address, window=32 << 10, receive_buffer=32 << 10)
    connection.give_window = _give_nothing
    try:
        await connection.open()
        stream = await connection.request(calls.READ)
        await stream.send(http2.message(calls.read_request()), end=True)
        step = 0.5
        while time.monotonic() < scene.deadline and not stream.is_over:
            await asyncio.sleep(step)
            increment = int(bytes_per_second * step)
            for number in (0, stream.number):
                await connection.send(frame(http2.WINDOW_UPDATE, 0, number, struct.pack(">I", increment)))
        return stream.status or "went on reading"
    except Ended as end:
        return str(end)
    finally:
        connection.close()


async def oversized(scene):
    """A message whose prefix claims more than the server takes, or a frame, or headers over their limits."""
    connection = Connection(scene.address)
    try:
        await connection.open()
        kind = scene.rng.randrange(4)
        if kind == 0:
            stream = await connection.request(calls.APPEND)
            await stream.send(http2.message(b"x" * 1_000, length=scene.rng.choice([MESSAGE_MAX * 2, 1 << 31, (1 << 32) - 1])))
            await stream.receive()
        elif kind == 1:
            stream = await connection.request(calls.READ)
            await stream.send(http2.message(b"x" * 1_000, length=32 << 20))
            await stream.receive()
        elif kind == 2:
            await connection.send(frame(http2.SETTINGS, 0, 0, b"\0" * 6 * 200_000))
            await asyncio.sleep(scene.left)
        else:
            await connection.request(calls.APPEND, *((f"x-{number}", "y" * 100) for number in range(400)))
            await asyncio.sleep(scene.left)
        return connection.ended or "was left alone"
    except Ended as end:
        return str(end)
    finally:
        connection.close()


async def endless_message(scene):
    """A message that goes on and never ends: a large claim, then a trickle."""
    connection = Connection(scene.address)
    try:
        await connection.open()
        stream = await connection.request(scene.rng.choice([calls.APPEND, calls.PUT]))
        await stream.send(http2.message(b"x" * scene.rng.randrange(1, 1 << 20), length=scene.rng.randrange(2 << 20, 60 << 20)))
        while time.monotonic() < scene.deadline and not stream.is_over:
            await stream.send(b"x" * 100)
            await asyncio.sleep(0.2)
        return stream.status or "was left alone"
    except Ended as end:
        return str(end)
    finally:
        connection.close()


async def vanishing(scene):
    """Goes in the middle of a frame: by reset, by closing, in the preface, in headers or in data."""
    connection = Connection(scene.address)
    try:
        where = scene.rng.randrange(3)
        if where == 0:
            await connection.open(read=False)
        else:
            await connection.open()
            if where == 1:
                headers = frame(http2.HEADERS, http2.END_HEADERS, 1, http2.request_headers(calls.APPEND))
                await connection.send(headers[:scene.rng.randrange(1, len(headers))])
            else:
                stream = await connection.request(calls.APPEND)
                body = http2.message(b"x" * scene.rng.randrange(1, 200_000), length=scene.rng.randrange(200_000, 30 << 20))
                await stream.send(body)
                await connection.send(frame(http2.DATA, 0, 1, b"x" * 5_000)[:scene.rng.randrange(1, 5_000)])
        await asyncio.sleep(scene.rng.uniform(0, 0.1))
        return "vanished"
    except Ended as end:
        return str(end)
    finally:
        connection.close(reset=scene.rng.random() < 0.5)


async def churn(scene):
    """Opens, asks a little or nothing, and closes; again and again."""
    rounds = 0
    while time.monotonic() < scene.deadline:
        connection = Connection(scene.address)
        try:
            await connection.open()
            if scene.rng.random() < 0.7:
                await connection.call(calls.STATUS, b"")
            if scene.rng.random() < 0.3:
                await connection.request(calls.APPEND)
            rounds += 1
        except Ended as end:
            return f"error: {end}"
        finally:
            connection.close(reset=scene.rng.random() < 0.3)
        await asyncio.sleep(scene.rng.uniform(0, 0.05))
    return "went on"


async def flood(scene):
    """Sends blocks as fast as it can and reads no answer."""
    connection = Connection(scene.address)
    try:
        await connection.open()
        stream = await connection.request(calls.APPEND)
        request = http2.message(calls.append_request(calls.tagged(scene.template, (1 << 63) + scene.rng.randrange(1 << 40))))
        while time.monotonic() < scene.deadline:
            await asyncio.wait_for(stream.send(request), max(0.1, scene.left))
        return "was taken from, or held back"
    except asyncio.TimeoutError:
        return "was taken from, or held back"
    except Ended as end:
        return str(end)
    finally:
        connection.close()


async def crowd(scene):
    """One connection too many, where the limit is reached: told so, and closed."""
    connection = Connection(scene.address)
    try:
        await connection.open()
        while scene.left > 0 and not connection.ended:
            await asyncio.sleep(min(0.2, scene.left))
        return connection.ended or "found a place"
    except Ended as end:
        return str(end)
    finally:
        connection.close()


async def hostile_block(scene):
    """Bytes that unpack to many times their size, and blocks that decode to more than a block may."""
    connection = Connection(scene.address)
    try:
        await connection.open()
        if scene.rng.random() < 0.5:
            payload = b"\xfa\x01\x00" * scene.rng.randrange(1_000, 2 << 20)
        else:
            # A million rows of the largest vectors, all zero: a few bytes.
            column = p.bytes_field(1, b"v") + p.integer(2, 3) + p.integer(3, 9) + p.integer(4, 65_536)
            encoded = p.varint(1 << 20) + bytes([3, 0x50, 0x30, 0x20, 0])
            block = p.integer(1, 3) + p.bytes_field(2, b"hostile") + p.integer(4, 1) + p.integer(5, 1 << 20) + \
                p.bytes_field(6, column + p.bytes_field(15, encoded))
            payload = calls.append_request(block)
        await connection.call(calls.PUT, payload)
        return "error: was accepted"
    except Ended as end:
        return str(end)
    finally:
        connection.close()


def mixed(rng=random):
    """One of them, as a soak draws it."""
    return rng.choice([stopped_reader, slow_reader, oversized, endless_message, vanishing, churn, hostile_block])
