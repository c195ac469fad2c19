"""SIGKILL for the server, over and over, while clients append, a reader follows and compaction runs."""
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter

import numpy as np
from hindcast.v1 import service_pb2 as s
from hindcast.v1 import service_pb2_grpc

import events
from check import check
from fleet import Fleet
from ledger import Ledger
from moments import Moments
from server import Failed, Server

# Of a life's last blocks, how many are sent once more at the end. The server promises to know the last 1,024.
SENT_AGAIN = 300
# How long a moment is waited for, and the longest that a server lives otherwise.
MOMENT_SECONDS = 3.0

FOLLOWER = os.path.join(os.path.dirname(__file__), "follower.py")


class Kills:
    def __init__(self, options, folder, seed, terminal):
        self.options, self.folder, self.seed, self.terminal = options, folder, seed, terminal
        self.rng = random.Random(seed)
        self.data = os.path.join(folder, "data")
        self.server = Server(options.binary, self.data, os.path.join(folder, "server.log"), [
            "--segment-bytes", str(options.segment_bytes), "--compact-every", "1s"])
        self.fleet = Fleet(self.server, os.path.join(folder, "clients"), seed, options.clients, options.pace)
        self.moments = Moments(self.data, self.rng)
        self.follower = None
        self.kills = 0
        self.at, self.calls, self.left = Counter(), Counter(), Counter()
        self.readings, self.checked = 0, 0
        self.torn_tails = 0
        self.sent_again = 0
        self.last_verdict = None

    def run(self):
        """Returns what was found, by name; throws `Failed`."""
        began = time.monotonic()
        try:
            self.server.start()
            self.fleet.begin()
            self._begin_follower()
            self.fleet.wait_for_progress(1, 60)
            due = self.options.check_every
            while self.kills < self.options.kills:
                self._kill_once()
                if due <= self.kills < self.options.kills:
                    due += self.options.check_every
                    self._check_while_running()
            self._finish()
        finally:
            self.fleet.end()
            self.server.end()
            if self.follower is not None and self.follower.poll() is None:
                self.follower.kill()
        return self._summary(time.monotonic() - began)

    # The kills. Each begins and ends with a server that is ready.

    def _kill_once(self):
        if self.rng.random() < 0.15:
            self.fleet.kill_one(self.rng.randrange(len(self.fleet.lives)))
        moment = self.moments.choose()
        if moment in ("start", "call"):
            # The server's life ends now, and so do the next ones: recoveries of recoveries.
            self._kill("any")
            for _ in range(min(self.rng.randint(1, 3), self.options.kills - self.kills)):
                self._kill_at_start() if moment == "start" else self._kill_at_call()
        else:
            came = self.moments.wait(moment, MOMENT_SECONDS if moment != "any" else self.rng.uniform(0.05, 1.5))
            self._kill(moment if came else "any")
        self.server.start()
        self.torn_tails += self._counters()["torn_tails"]
        acknowledged = self.fleet.refresh()
        self.terminal.progress(
            f"{self.kills} of {self.options.kills} kills, {acknowledged:,} blocks acknowledged, {self.readings} readings")

    def _kill_at_start(self):
        self.server.spawn()
        time.sleep(self.rng.uniform(0, self.server.start_seconds * 1.2))
        self._kill("start" if not self.server.is_ready() else "any")

    def _kill_at_call(self):
        log = os.path.join(self.folder, "last-call")
        self.server.spawn(self.moments.call(self.options.dying, log))
        deadline = time.monotonic() + self.server.start_seconds + MOMENT_SECONDS
        while self.server.process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.005)
        if self.server.process.poll() is None:
            return self._kill("any")
        if self.server.process.returncode != -signal.SIGKILL or not os.path.exists(log):
            raise Failed(self.server.end_by_itself())
        with open(log) as file:
            when, call, path = file.read().strip().split(" ", 2)
        os.remove(log)
        self.calls[f"{when} {call} in {self._what(path)}"] += 1
        self._count("call of a start" if not self.server.is_ready() else "call")

    def _what(self, path):
        """The part of the data directory that a path belongs to."""
        return os.path.relpath(path, self.data).split("/")[0].split(".")[0]

    def _kill(self, moment):
        self.server.kill()
        self._count(moment)

    def _count(self, moment):
        self.kills += 1
        self.at[moment] += 1
        self.left.update(self.moments.left_behind())

    def _counters(self):
        return {each.name: each.value for each in self.server.status().counters}

    # The checks.

    def _check_while_running(self):
        self.fleet.wait_for_progress(1, 60)
        self._judge("with clients running")
        self.server.verify()

    def _judge(self, when):
        verdict = check(self.server, self.fleet.ledgers)
        self.last_verdict = verdict
        self.readings += 1
        self.checked += verdict.acknowledged
        if not verdict.is_good:
            raise Failed(f"{when}: " + "; ".join(verdict.complaints))
        self.terminal.line(
            f"{self.kills} kills, {when}: {verdict.acknowledged:,} acknowledged events are there once, "
            f"{verdict.events:,} in all")
        return verdict

    def _finish(self):
        self.fleet.wait_for_progress(1, 60)
        self.fleet.stop()
        self._send_again()
        self._end_follower()
        before = self._judge("at the end")
        if self.server.status().gaps:
            raise Failed(f"Status names gaps: {self.server.status().gaps}")
        if (code := self.server.terminate()) != 0:
            raise Failed(f"the server ended with {code} on SIGTERM")
        self.server.verify()
        compacted = subprocess.run(
            [self.options.binary, "compact", "--data", self.data, "--quiet"], capture_output=True, text=True)
        if compacted.returncode != 0:
            raise Failed(f"hindcast compact ended with {compacted.returncode}: {compacted.stderr.strip()}")
        self.server.start()
        status = self.server.status()
        if status.compacted_position != status.durable_position:
            raise Failed(f"compaction archived the positions up to {status.compacted_position} of {status.durable_position}")
        after = self._judge("with everything in the archive")
        if not np.array_equal(before.keys, after.keys) or not np.array_equal(before.positions, after.positions):
            raise Failed("the archive holds other events than the journal and the archive did before")
        self.server.terminate()
        self.server.verify()

    def _send_again(self):
        """The last blocks of every producer's present life: each is answered with its first position, and adds nothing."""
        before = self.server.status().durable_position
        with self.server.channel() as channel:
            stub = service_pb2_grpc.HindcastStub(channel)
            for ledger in self.fleet.current():
                first = max(1, ledger.acknowledged - SENT_AGAIN + 1)
                sequences = range(first, ledger.acknowledged + 1)
                requests = (s.AppendRequest(
                    producer=events.producer_id(self.seed, ledger.producer), epoch=ledger.epoch, sequence=sequence,
                    block=events.block(ledger.producer, ledger.epoch, sequence)) for sequence in sequences)
                for sequence, answer in zip(sequences, stub.Append(requests, timeout=300), strict=True):
                    position = ledger.positions[sequence - 1]
                    if answer.HasField("error") or not answer.duplicate or answer.position != position:
                        raise Failed(f"block {sequence} of producer {ledger.producer}, acknowledged at {position} and sent "
                                     f"again, was answered so: {answer}")
                    self.sent_again += 1
        after = self.server.status().durable_position
        if after != before:
            raise Failed(f"resending acknowledged blocks moved the durable position from {before} to {after}")

    # The reader that follows.

    def _begin_follower(self):
        self.keys_file = os.path.join(self.folder, "followed.npy")
        with open(os.path.join(self.folder, "follower.log"), "ab") as log:
            self.follower = subprocess.Popen(
                [sys.executable, "-B", FOLLOWER, self.server.address, self.keys_file],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def _end_follower(self):
        self.follower.terminate()
        try:
            code = self.follower.wait(timeout=300)
        except subprocess.TimeoutExpired:
            raise Failed("the following reader did not come to the end of the log within 300 s") from None
        if code != 0:
            raise Failed(f"the following reader ended with {code}; see {self.folder}/follower.log")
        with open(self.keys_file + ".json") as file:
            followed = json.load(file)
        if followed["complaints"]:
            raise Failed("the following reader saw " + "; ".join(followed["complaints"][:8]))
        self.followed_streams = followed["streams"]
        self.followed = np.sort(np.load(self.keys_file))

    def _summary(self, seconds):
        verdict = self.last_verdict
        if not np.array_equal(self.followed, verdict.keys):
            missing = len(np.setdiff1d(verdict.keys, self.followed))
            raise Failed(
                f"the following reader saw {len(self.followed)} events, the log holds {verdict.events}; {missing} were missed")
        ledgers = self.fleet.ledgers
        return {
            "seed": self.seed, "kills": self.kills, "kills_by_moment": dict(self.at),
            "kills_by_call": dict(sorted(self.calls.items())), "kills_left_behind": dict(self.left),
            "torn_tails": self.torn_tails, "client_kills": self.fleet.killed, "restarts": self.server.starts - 1,
            "events_acknowledged": verdict.acknowledged, "events_in_log": verdict.events, "events_checked": self.checked,
            "readings": self.readings, "events_followed": len(self.followed), "follower_streams": self.followed_streams,
            "blocks_acknowledged": sum(ledger.acknowledged for ledger in ledgers),
            "answers_lost_and_found": sum(ledger.found for ledger in ledgers),
            "acknowledged_blocks_sent_again": sum(ledger.verified for ledger in ledgers) + self.sent_again,
            "lost": verdict.lost, "duplicated": verdict.duplicated, "moved": verdict.moved, "never_sent": verdict.unasked,
            "seconds": round(seconds, 1),
        }
