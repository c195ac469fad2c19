"""Clients that keep to every rule, in processes of their own: writers that append as fast as they are let, and a reader
that follows the log and sees what really is in it. What they measure is what the others must not spoil."""
import asyncio
import collections
import multiprocessing
import time

import calls
import http2


class Writers:
    """Append streams of one process. `run` gives what was acknowledged; any error that a client should not see is told."""

    def __init__(self, address, template, first_tag, streams=3, in_flight=4, bytes_per_second=None):
        self.address, self.template, self.streams, self.in_flight = address, template, streams, in_flight
        self.next_tag, self.bytes_per_second = first_tag, bytes_per_second
        self.acknowledged, self.errors, self.waits, self.latencies = {}, [], 0, []

    async def run(self, seconds):
        self.began = time.monotonic()
        self.deadline = self.began + seconds
        self.sent_bytes = 0
        await asyncio.gather(*(self.stream() for _ in range(self.streams)))
        return {
            "acknowledged": self.acknowledged, "errors": self.errors, "waits": self.waits,
            "bytes": len(self.acknowledged) * len(self.template), "seconds": time.monotonic() - self.began,
            "latencies": sorted(self.latencies),
        }

    async def stream(self):
        connection = http2.Connection(self.address)
        try:
            await connection.open()
            stream = await connection.request(calls.APPEND)
            sent = collections.deque()
            room = asyncio.Semaphore(self.in_flight)
            answering = asyncio.create_task(self.answers(stream, sent, room))
            while time.monotonic() < self.deadline and not answering.done():
                await self.pace()
                await room.acquire()
                if answering.done():
                    break
                await self.send(stream, sent)
            sent.append(None)
            await stream.send(b"", end=True)
            await answering
        except http2.Ended as end:
            self.errors.append(f"writer: {end}")
        finally:
            connection.close()

    async def send(self, stream, sent, tag=None):
        if tag is None:
            tag, self.next_tag = self.next_tag, self.next_tag + 1
        sent.append((tag, time.monotonic()))
        await stream.send(http2.message(calls.append_request(calls.tagged(self.template, tag))))

    async def pace(self):
        """Keeps to the rate, over all streams."""
        self.sent_bytes += len(self.template)
        if self.bytes_per_second:
            ahead = self.sent_bytes / self.bytes_per_second - (time.monotonic() - self.began)
            if ahead > 0:
                await asyncio.sleep(ahead)

    async def answers(self, stream, sent, room):
        try:
            while True:
                answer = await stream.receive()
                if answer is None:
                    return
                tag, began = sent.popleft()
                position, refusal = calls.append_answer(answer)
                if refusal is None:
                    self.acknowledged[position] = tag
                    self.latencies.append(time.monotonic() - began)
                elif refusal[2] is None:
                    self.errors.append(f"writer: block refused: {refusal[1]}")
                else:
                    # A client that is told to wait waits; the block goes again under another tag.
                    self.waits += 1
                    await asyncio.sleep(refusal[2])
                room.release()
        except http2.Ended as end:
            self.errors.append(f"writer: {end}")
            room.release()


class Follower:
    """One following read from `first` on: which tag stands at which position, and every gap."""

    def __init__(self, address, first=1):
        self.address, self.first = address, first
        self.tags, self.errors, self.bytes, self.reached = {}, [], 0, 0

    async def run(self, pipe):
        """Says when it has begun; then reads until the pipe gives a position and everything up to it was read, but for no
        more than a minute longer."""
        connection = http2.Connection(self.address, window=8 << 20)
        began = time.monotonic()
        last = deadline = None
        try:
            await connection.open()
            stream = await connection.request(calls.READ)
            await stream.send(http2.message(calls.read_request(first=self.first, follow=True)), end=True)
            pipe.send("reading")
            while last is None or self.reached < last:
                if last is None and pipe.poll():
                    last, deadline = pipe.recv(), time.monotonic() + 60
                    continue
                if deadline and time.monotonic() > deadline:
                    self.errors.append(f"reader: had read up to {self.reached} a minute after position {last} was written")
                    break
                try:
                    item = await asyncio.wait_for(stream.receive(), 0.2)
                except asyncio.TimeoutError:
                    continue
                if item is None:
                    self.errors.append("reader: the read ended although it follows")
                    break
                self.take(item)
        except http2.Ended as end:
            self.errors.append(f"reader: {end}")
        finally:
            connection.close()
        return {"tags": self.tags, "errors": self.errors, "bytes": self.bytes, "seconds": time.monotonic() - began}

    def take(self, item):
        kind, position, content = calls.read_item(item)
        if kind == "block":
            self.bytes += len(content)
            if position in self.tags:
                self.errors.append(f"reader: position {position} came twice")
            self.tags[position] = calls.tag_of(content)
        elif kind == "gap":
            self.errors.append(f"reader: a gap at {position}: {content}")
        else:
            self.reached = max(self.reached, position)


def _write(pipe, arguments):
    writers = Writers(**arguments)
    while True:
        seconds = pipe.recv()
        if seconds is None:
            return
        writers.acknowledged, writers.errors, writers.waits, writers.latencies = {}, [], 0, []
        pipe.send(asyncio.run(writers.run(seconds)))


def _follow(pipe, arguments):
    pipe.send(asyncio.run(Follower(**arguments).run(pipe)))


class Process:
    """A client in a process of its own, so that Python's lock is not what is measured."""

    def __init__(self, target, **arguments):
        context = multiprocessing.get_context("spawn")
        self.pipe, other = context.Pipe()
        self.process = context.Process(target=target, args=(other, arguments), daemon=True)
        self.process.start()

    def send(self, value):
        self.pipe.send(value)

    def receive(self, timeout):
        if not self.pipe.poll(timeout):
            return {"errors": [f"a client gave no result within {timeout:.0f} s"], "acknowledged": {}, "tags": {}, "bytes": 0,
                    "seconds": timeout, "waits": 0, "latencies": []}
        return self.pipe.recv()

    def stop(self):
        self.process.terminate()
        self.process.join()


def writers(**arguments):
    return Process(_write, **arguments)


def follower(**arguments):
    return Process(_follow, **arguments)
