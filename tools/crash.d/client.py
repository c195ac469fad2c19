"""One life of a producer: appends blocks over the `Append` stream until it is told to stop (SIGTERM), and then until all that
it sent is acknowledged. After a broken stream or a refusal it connects again and sends again, with the same sequence
numbers, what is not acknowledged; now and then also what is, which must be answered with the first position.

usage: client.py HOST:PORT SEED PRODUCER EPOCH LEDGER [BLOCKS_PER_SECOND]
"""
import os
import random
import signal
import sys
import threading
import time

import grpc
from hindcast.v1 import service_pb2 as s
from hindcast.v1 import service_pb2_grpc

import events
from ledger import LedgerWriter

# As many positions of one producer as the server promises to remember.
REMEMBERED = 1_024
WINDOW_MAX = 24


class Wrong(Exception):
    """An answer that must not be."""


class Refused(Exception):
    def __init__(self, delay):
        self.delay = delay


class Life:
    def __init__(self, address, seed, producer, epoch, ledger, pace):
        self.address, self.producer, self.epoch, self.pace = address, producer, epoch, pace
        self.id = events.producer_id(seed, producer)
        self.rng = random.Random(f"{seed} {producer} {epoch}")
        self.ledger = LedgerWriter(ledger)
        self.positions = []  # of acknowledged blocks, in the order of their sequences
        self.sent = 0
        self.stopping = False

    def run(self):
        parent = os.getppid()
        while not self.stopping or len(self.positions) < self.sent:
            if os.getppid() != parent:
                return  # The test was killed; nobody else ends this process.
            try:
                self.stream()
                delay = 0
            except grpc.RpcError:
                delay = 0.02
            except Refused as refused:
                delay = refused.delay
            time.sleep(delay)

    def stream(self):
        # A channel of its own: the shared ones wait ever longer before they connect again.
        options = [("grpc.use_local_subchannel_pool", 1), ("grpc.max_send_message_length", -1)]
        with grpc.insecure_channel(self.address, options=options) as channel:
            stream = Stream(self)
            call = service_pb2_grpc.HindcastStub(channel).Append(stream.requests())
            self.ledger.write("c")
            try:
                for answer in call:
                    stream.take(answer)
            finally:
                stream.end()
                call.cancel()

    def request(self, sequence):
        block = events.block(self.producer, self.epoch, sequence)
        return s.AppendRequest(producer=self.id, epoch=self.epoch, sequence=sequence, block=block)


class Stream:
    """What is on its way on one stream. `requests` runs on a thread of gRPC's, `take` on the main one."""

    def __init__(self, life):
        self.life = life
        self.changed = threading.Condition()
        self.flight = []  # sequences in the order they were sent
        self.ended = False
        self.window = life.rng.randint(1, WINDOW_MAX)
        self.due = time.monotonic()

    def requests(self):
        life = self.life
        acknowledged = len(life.positions)
        # What was acknowledged just before the stream broke is what a server might forget.
        for sequence in range(max(1, acknowledged - life.rng.randint(0, 3)), acknowledged + 1):
            if not self.enter(sequence):
                return
            yield life.request(sequence)
        upcoming = acknowledged + 1
        while True:
            if upcoming > life.sent and life.stopping:
                return
            again = life.rng.random() < 0.03 and self.older()
            sequence = again or upcoming
            request = life.request(sequence)
            if not self.enter(sequence):
                return
            if not again:
                if sequence > life.sent:
                    life.ledger.write("s", sequence)
                    life.sent = sequence
                upcoming += 1
            yield request

    def older(self):
        """A block that is acknowledged; mostly one whose position the server still knows."""
        known = len(self.life.positions)
        return known and self.life.rng.randint(1 if self.life.rng.random() < 0.1 else max(1, known - 900), known)

    def enter(self, sequence):
        """Waits for room. False: the stream has ended."""
        if self.life.pace:
            self.due = max(self.due + 1 / self.life.pace, time.monotonic() - 1)
            time.sleep(max(0, self.due - time.monotonic()))
        with self.changed:
            while len(self.flight) >= self.window and not self.ended:
                self.changed.wait(0.1)
            self.flight.append(sequence)
            return not self.ended

    def end(self):
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    def take(self, answer):
        life = self.life
        with self.changed:
            if not self.flight:
                raise Wrong(f"an answer to block {answer.sequence}, but all are answered")
            sequence = self.flight.pop(0)
            self.changed.notify_all()
        if answer.sequence != sequence:
            raise Wrong(f"an answer to block {answer.sequence} where block {sequence}'s was due")
        if answer.HasField("error"):
            error = answer.error
            life.ledger.write("r", sequence, error.code, error.retry_after_ms, " ".join(error.message.split()))
            if not error.retryable:
                raise Wrong(f"block {sequence} was refused for good: {error.message}")
            raise Refused(max(error.retry_after_ms / 1_000, 0.01))
        if sequence <= len(life.positions):
            self.verify(answer)
        elif answer.position == 0:
            raise Wrong(f"block {sequence} was acknowledged without a position")
        elif life.positions and answer.position <= life.positions[-1]:
            raise Wrong(f"block {sequence} stands at {answer.position}, the one before it at {life.positions[-1]}")
        else:
            life.ledger.write("a", sequence, answer.position, int(answer.duplicate))
            life.positions.append(answer.position)

    def verify(self, answer):
        """A block that was acknowledged before."""
        life, sequence = self.life, answer.sequence
        first = life.positions[sequence - 1]
        # Long ago the server may have forgotten where, never that it has it. Blocks that were stored meanwhile count.
        is_long_ago = life.sent - sequence >= REMEMBERED
        if not answer.duplicate or answer.position != first and not (is_long_ago and answer.position == 0):
            raise Wrong(
                f"block {sequence}, acknowledged at {first} and sent again, was answered with position {answer.position}, "
                f"duplicate {answer.duplicate}")
        life.ledger.write("v", sequence)


def main():
    address, seed, producer, epoch, ledger, *pace = sys.argv[1:]
    life = Life(address, int(seed), int(producer), int(epoch), ledger, float(pace[0]) if pace else 0)

    def stop(*_):
        life.stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        life.run()
    except Wrong as wrong:
        life.ledger.write("!", f"producer {producer}, epoch {epoch}: {wrong}")
        sys.exit(1)


if __name__ == "__main__":
    main()
