"""Writes and fsyncs of the journal that fail: the server stops appending and says so, goes on serving reads, tries no fsync
again, and after a restart everything that was acknowledged is there once.

Device-mapper could fail a real block device, but needs a kernel that has it, and root; containers and many virtual machines
have neither. A library between the server and the C library needs nothing, and chooses the call and the file.
"""
import errno
import os
import random
import time
from dataclasses import dataclass

from check import check
from fleet import Fleet
from server import Failed, Server

RESOURCE_EXHAUSTED, UNAVAILABLE = 8, 14
SECONDS_MAX = 60
TRIES = 4
PREPARED = "/prepared"
SERVICES = ("", "hindcast.v1.Hindcast")


@dataclass
class Case:
    """A call that fails. `is_fatal`: the journal stops, otherwise appends go on."""
    what: str
    call: str
    path: str = ".segment"
    lose: str = "none"
    times: int = 1  # 0: from then on every one
    error: int = errno.EIO
    skip: int = 0
    is_fatal: bool = True
    is_telling: bool = False


CASES = [
    # Once, so that a second try would succeed: the error is told once and the pages count as clean.
    Case("an fsync fails, its bytes are lost", "fdatasync", lose="all", is_telling=True),
    Case("an fsync fails, its bytes survive", "fdatasync", is_telling=True),
    Case("an fsync fails, some of its pages are lost", "fdatasync", lose="some", is_telling=True),
    Case("every fsync fails, the bytes are lost", "fdatasync", lose="all", times=0),
    Case("the third fsync fails, some of its pages are lost", "fdatasync", lose="some", skip=2),
    Case("an fsync fails for want of space, its bytes are lost", "fdatasync", lose="all", error=errno.ENOSPC),
    Case("a write fails", "write"),
    Case("every write fails", "write", times=0),
    Case("half a write is done, the rest fails", "short_write", is_telling=True),
    Case("five writes fail for want of space", "write", times=5, error=errno.ENOSPC, is_fatal=False),
    Case("half a write is done, there is no space for the rest", "short_write", times=3, error=errno.ENOSPC, is_fatal=False),
    Case("preparing a segment fails", "write", path=PREPARED, times=0, is_fatal=False),
    Case("a prepared segment's fsync fails, its zeros are lost", "fdatasync", path=PREPARED, lose="all", is_fatal=False),
    Case("the manifest's fsync fails, the edit is lost", "fdatasync", path="MANIFEST", lose="all", is_fatal=False),
    Case("the manifest's fsync fails, the edit survives", "fdatasync", path="MANIFEST", is_fatal=False),
    Case("the manifest's fsync fails for want of space", "fdatasync", path="MANIFEST", error=errno.ENOSPC, is_fatal=False),
    Case("an archive file's fsync fails", "fdatasync", path="/archive/", lose="some", is_fatal=False),
]


class FailingFsync:
    def __init__(self, options, folder, seed, terminal):
        self.options, self.folder, self.seed, self.terminal = options, folder, seed, terminal
        self.rng = random.Random(seed)
        self.server = Server(options.binary, os.path.join(folder, "data"), os.path.join(folder, "server.log"), [
            "--segment-bytes", str(options.segment_bytes), "--compact-every", "1s"])
        self.fleet = Fleet(self.server, os.path.join(folder, "clients"), seed, min(options.clients, 3), options.pace)
        self.trigger = os.path.join(folder, "fail-now")
        self.failed_calls = self.calls_seen = self.readings = self.checked = self.unknown = self.clear = 0
        self.number = 0

    def run(self):
        began = time.monotonic()
        cases = [case for case in CASES if case.is_telling or not self.options.quick]
        try:
            for case in cases:
                # The fsync that fails may be a footer's or a new file's, for which no client waits.
                if not any(self._run_case(case) for _ in range(TRIES)):
                    raise Failed(f"{case.what}: no client was waiting for the failed call in {TRIES} tries")
            self.server.start()
            self.fleet.wait_for_progress(5, SECONDS_MAX)
            self.fleet.stop()
            verdict = self._judge("at the end")
            if self.server.terminate() != 0:
                raise Failed("the server did not end with 0 after all was repaired")
            self.server.verify()
        finally:
            self.fleet.end()
            self.server.end()
        return {
            "seed": self.seed, "cases": len(cases), "calls_failed": self.failed_calls, "calls_watched": self.calls_seen,
            "blocks_answered_unknown": self.unknown, "blocks_refused_clearly": self.clear,
            "events_acknowledged": verdict.acknowledged, "events_checked": self.checked, "readings": self.readings,
            "lost": verdict.lost, "duplicated": verdict.duplicated, "moved": verdict.moved,
            "never_sent": verdict.unasked, "seconds": round(time.monotonic() - began, 1),
        }

    def _run_case(self, case):
        """Returns whether it came to what the case is about."""
        self._start(case)
        return self._fail(case)

    def _start(self, case):
        """The server's next life, in which the case's call will fail; the clients go on from where they were."""
        self.number += 1
        self.calls = os.path.join(self.folder, f"calls-{self.number}")
        settings = {"CALL": case.call, "PATH": case.path, "LOSE": case.lose, "TIMES": case.times, "SKIP": case.skip,
                    "ERROR": case.error, "TRIGGER": self.trigger, "LOG": self.calls, "SEED": self.rng.randrange(1 << 32)}
        if os.path.exists(self.trigger):
            os.remove(self.trigger)
        environment = {f"FAILING_DISK_{name}": str(value) for name, value in settings.items()}
        self.server.start({"LD_PRELOAD": self.options.failing_disk, **environment})
        if self.number == 1:
            self.fleet.begin()
        self.fleet.wait_for_progress(5, SECONDS_MAX)
        if self.number > 1:
            self._judge("after the restart")
        self._judge_what_came_back()

    def _fail(self, case):
        self.found = sum(ledger.found for ledger in self.fleet.ledgers)
        self.case, self.was_waited_for = case, True
        before = {ledger.producer: len(ledger.refused) for ledger in self.fleet.current()}
        open(self.trigger, "w").close()
        if case.is_fatal:
            self._expect_stop(case, before)
        else:
            self.fleet.wait_for(f"a failed call: {case.what}", lambda: self._failures() > 0, SECONDS_MAX)
            self.fleet.wait_for_progress(20, SECONDS_MAX)
            self._check_refusals(case, before)
            if any(self.server.health(service) != "SERVING" for service in SERVICES):
                raise Failed(f"{case.what}: health is {self.server.health('')} although appends go on")
        self._judge(case.what)
        self._check_calls(case)
        if self.rng.random() < 0.5:
            self.server.kill()
        else:
            # It may say by its exit status that the journal had failed.
            self.server.terminate()
        self.failed_calls += self._failures()
        return self.was_waited_for

    def _check_refusals(self, case, before):
        """Where appends go on, nobody is refused but for want of space or of a new segment, and then is told when to come
        again."""
        for ledger in self.fleet.current():
            for code, delay, text in ledger.refused[before[ledger.producer]:]:
                has_no_space = case.error == errno.ENOSPC and code == RESOURCE_EXHAUSTED
                has_no_segment = case.path == PREPARED and code == UNAVAILABLE and "nothing was written" in text
                if delay == 0 or not (has_no_space or has_no_segment):
                    raise Failed(f"{case.what}: a client was answered with code {code}, retry after {delay} ms: {text}")

    def _expect_stop(self, case, before):
        """Who waits is answered "unknown", who comes later is refused, and the server tells everyone."""
        told = lambda: all(len(ledger.refused) > before[ledger.producer] + 2 for ledger in self.fleet.current())
        self.fleet.wait_for(f"refusals for each client: {case.what}", told, SECONDS_MAX)
        acknowledged = self.fleet.refresh()
        unknown = clear = 0
        for ledger in self.fleet.current():
            for code, _, text in ledger.refused[before[ledger.producer]:]:
                if code != UNAVAILABLE:
                    raise Failed(f"{case.what}: a client was answered with code {code}: {text}")
                if "not known" in text:
                    unknown += 1
                elif "restart" in text:
                    clear += 1
                else:
                    raise Failed(f"{case.what}: an answer says neither that its block's fate is unknown nor what to do: {text}")
        if not clear:
            raise Failed(f"{case.what}: {unknown} answers were `unknown`, but no later one was a clear refusal")
        self.was_waited_for = unknown > 0
        self.unknown += unknown
        self.clear += clear
        for service in SERVICES:
            if (health := self.server.health(service)) != "NOT_SERVING":
                raise Failed(f"{case.what}: health of {service or 'the server'} is {health}")
        status = self.server.status()
        counters = {each.name: each.value for each in status.counters}
        if counters.get("poisoned") != 1:
            raise Failed(f"{case.what}: Status does not say that the journal is poisoned: {counters}")
        last = max(ledger.positions[-1] for ledger in self.fleet.ledgers)
        if status.durable_position != last:
            raise Failed(f"{case.what}: acknowledged up to {last}, durable up to {status.durable_position} says Status")
        time.sleep(0.5)
        if self.fleet.refresh() != acknowledged:
            raise Failed(f"{case.what}: a block was acknowledged after the journal had stopped")

    def _log(self):
        """The calls of this life of the server: name, path, inode, result."""
        try:
            with open(self.calls) as log:
                lines = log.read().splitlines()
        except FileNotFoundError:
            return []
        parts = (line.rsplit(" ", 2) for line in lines)
        return [(*call.split(" ", 1), inode, int(result)) for call, inode, result in parts]

    def _failures(self):
        return sum(1 for *_, result in self._log() if result < 0)

    def _check_calls(self, case):
        """Nothing is written to a file, and none is synced, once a call on it has failed."""
        failed = {}
        log = self._log()
        self.calls_seen += len(log)
        for name, path, inode, result in log:
            # Numbers of removed files are given out again, so it takes both. What had no space may be cut off and tried again,
            # and a segment in preparation, which always has the same name, may be begun anew.
            may_repeat = case.error == errno.ENOSPC or case.path == PREPARED
            if (path, inode) in failed and not may_repeat:
                raise Failed(f"{case.what}: {name} of {path} after its {failed[path, inode]} had failed")
            if result < 0:
                failed[path, inode] = name
        if not failed:
            raise Failed(f"{case.what}: no call failed; the server is not the one under test")

    def _judge_what_came_back(self):
        """Whether the blocks of the failed group were there after the restart follows from what the case lost."""
        if self.number == 1 or not self.case.is_fatal or not self.was_waited_for or self.case.call != "fdatasync":
            return
        found = sum(ledger.found for ledger in self.fleet.ledgers) - self.found
        if self.case.lose == "none" and not found:
            raise Failed(f"{self.case.what}: no block of the failed group was found after the restart")
        if self.case.lose == "all" and found:
            raise Failed(f"{self.case.what}: {found} blocks were found after the restart, but their bytes had been taken back")

    def _judge(self, when):
        verdict = check(self.server, self.fleet.ledgers)
        self.readings += 1
        self.checked += verdict.acknowledged
        if not verdict.is_good:
            raise Failed(f"{when}: " + "; ".join(verdict.complaints))
        if self.server.status().gaps:
            raise Failed(f"{when}: Status names gaps: {self.server.status().gaps}")
        self.terminal.line(f"{when}: {verdict.acknowledged:,} acknowledged events are there once, {verdict.events:,} in all")
        return verdict
