"""A reader that follows the log through the server's deaths, as a sink does: what it has up to a `reached` is delivered, and
after a broken stream it goes on behind that. On SIGTERM, when the server is up and nobody appends, it reads the rest and
leaves the keys of all delivered rows, and what it must not have seen.

usage: follower.py HOST:PORT KEYS_FILE
"""
import json
import os
import random
import signal
import sys
import threading
import time

import grpc
import numpy as np
from hindcast.v1 import block_pb2 as b
from hindcast.v1 import service_pb2 as s
from hindcast.v1 import service_pb2_grpc

import events


class Follower:
    def __init__(self, address):
        self.address = address
        self.reached = 0
        self.streams = 0
        self.delivered = []
        self.pending_keys, self.pending_positions = [], []
        self.complaints = []
        self.stopping = threading.Event()

    def run(self):
        parent = os.getppid()
        while not self.stopping.is_set():
            if os.getppid() != parent:
                return  # The test was killed; nobody else ends this process.
            try:
                self.read(follow=True)
            except grpc.RpcError:
                time.sleep(0.05)
        self.read(follow=False)

    def read(self, follow):
        # What came without a `reached` behind it comes again.
        self.pending_keys, self.pending_positions = [], []
        options = [("grpc.max_receive_message_length", -1), ("grpc.use_local_subchannel_pool", 1)]
        with grpc.insecure_channel(self.address, options=options) as channel:
            call = service_pb2_grpc.HindcastStub(channel).Read(
                s.ReadRequest(from_position=self.reached + 1, follow=follow, plain=True, columns=["id"]))
            self.streams += 1
            if follow:
                threading.Thread(target=lambda: (self.stopping.wait(), call.cancel()), daemon=True).start()
            for item in call:
                # Now and then so slow that compaction overtakes it.
                if follow and random.random() < 0.001:
                    time.sleep(random.uniform(0, 2))
                kind = item.WhichOneof("item")
                if kind == "gap":
                    self.complaints.append(f"a gap at {item.gap.first_position}: {item.gap.reason}")
                elif kind == "reached":
                    self.deliver(item.reached)
                else:
                    self.take(item.block)

    def take(self, stored):
        own, ids = None, []
        for column in stored.block.columns:
            if column.role == b.ROLE_ID:
                ids = column.byte_strings
            elif column.role == b.ROLE_SYSTEM and column.name == "position":
                own = np.array(column.int64s, dtype=np.uint64)
        keys = events.keys_of(b"".join(ids), stored.block.kind == b.KIND_ACTUAL)
        if keys is None:
            self.complaints.append(f"an id at position {stored.position} that nobody sent")
            return
        self.pending_keys.append(keys)
        self.pending_positions.append(np.full(len(keys), stored.position, dtype=np.uint64) if own is None else own)

    def deliver(self, reached):
        if reached < self.reached:
            self.complaints.append(f"reached {reached} after {self.reached}")
        if self.pending_keys:
            keys, positions = np.concatenate(self.pending_keys), np.concatenate(self.pending_positions)
            if positions.min() <= self.reached:
                self.complaints.append(f"position {positions.min()} again, after {self.reached} was reached")
            ripe = positions <= reached
            self.delivered.append(keys[ripe])
            self.pending_keys, self.pending_positions = [keys[~ripe]], [positions[~ripe]]
            if not len(keys[~ripe]):
                self.pending_keys, self.pending_positions = [], []
        self.reached = max(self.reached, reached)


def main():
    address, path = sys.argv[1:]
    follower = Follower(address)
    signal.signal(signal.SIGTERM, lambda *_: follower.stopping.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Beside the main thread, which is the one that takes signals.
    work = threading.Thread(target=follower.run)
    work.start()
    while work.is_alive():
        work.join(0.1)
    keys = np.concatenate(follower.delivered) if follower.delivered else np.empty(0, dtype=np.uint64)
    np.save(path, keys)
    with open(path + ".json", "w") as out:
        json.dump({"reached": follower.reached, "streams": follower.streams, "complaints": follower.complaints}, out)


if __name__ == "__main__":
    main()
