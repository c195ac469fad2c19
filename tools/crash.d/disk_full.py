"""A small disk that another program fills to the last byte, and frees: appends are refused and go on by themselves, reads go
on, the server starts on a full disk, and nothing that was acknowledged is lost."""
import errno
import os
import random
import shutil
import subprocess
import threading
import time

from check import check
from fleet import Fleet
from server import Failed, Server

# The server keeps 64 MiB of it free and 32 MiB in reserve.
DISK_BYTES = 128 << 20
RESOURCE_EXHAUSTED = 8
SECONDS_MAX = 60
ROOM_WITHOUT_RESERVE = 80 << 20
SECONDS_WITHOUT_RESERVE = 2
# How the server ends while the disk is full, and whether the other program also takes what is freed meanwhile.
FILLINGS = [("kill", False), ("kill", True), ("stay", False), ("terminate", True)]


class Filler:
    """The other program: one file that takes all there is. A greedy one also takes whatever is freed later."""

    def __init__(self, mount, is_greedy):
        self.mount, self.path = mount, os.path.join(mount, "somebody-elses-file")
        self.file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        self.stopped = threading.Event()
        self.fill()
        self.thread = threading.Thread(target=self._go_on, daemon=True) if is_greedy else None
        if self.thread:
            self.thread.start()

    def fill(self):
        for size in (1 << 20, 4096, 1):
            while True:
                try:
                    # A short write is the end of the space, too: the next one says so.
                    os.write(self.file, b"x" * size)
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                    break

    def _go_on(self):
        while not self.stopped.wait(0.002):
            self.fill()

    def _stop(self):
        self.stopped.set()
        if self.thread:
            self.thread.join()

    def leave(self, free):
        """Gives back so many bytes, and takes no more."""
        self._stop()
        os.ftruncate(self.file, os.fstat(self.file).st_size - free)
        os.lseek(self.file, 0, os.SEEK_END)

    def free(self):
        self._stop()
        os.close(self.file)
        os.remove(self.path)


class DiskFull:
    def __init__(self, options, folder, seed, terminal):
        self.options, self.folder, self.seed, self.terminal = options, folder, seed, terminal
        self.rng = random.Random(seed)
        self.mount = os.path.join(folder, "disk")
        data = os.path.join(self.mount, "data")
        self.server = Server(options.binary, data, os.path.join(folder, "server.log"), [
            "--segment-bytes", str(options.segment_bytes), "--compact-every", "1s"])
        self.fleet = Fleet(self.server, os.path.join(folder, "clients"), seed, min(options.clients, 3), options.pace)
        self.filler = None
        self.fillings = self.readings = self.checked = self.starts_when_full = 0

    def run(self):
        began = time.monotonic()
        os.makedirs(self.mount)
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", self.mount], capture_output=True, text=True)
        if mounted.returncode != 0:
            self.terminal.line(f"not run: mounting a tmpfs is not allowed here: {mounted.stderr.strip()}")
            return {"skipped": mounted.stderr.strip()}
        try:
            verdict = self._run()
        except BaseException:
            # The mount goes away; what it holds is wanted.
            self._stop()
            if os.path.exists(self.server.data):
                shutil.copytree(self.server.data, os.path.join(self.folder, "data"))
            raise
        finally:
            self._stop()
            subprocess.run(["umount", "-l", self.mount], check=True)
        refusals = [each for ledger in self.fleet.ledgers for each in ledger.refused]
        return {
            "seed": self.seed, "fillings": self.fillings, "starts_on_a_full_disk": self.starts_when_full,
            "appends_refused": len(refusals), "shortest_retry_delay_ms": min(delay for _, delay, _ in refusals),
            "events_acknowledged": verdict.acknowledged, "events_checked": self.checked, "readings": self.readings,
            "lost": verdict.lost, "duplicated": verdict.duplicated, "moved": verdict.moved,
            "never_sent": verdict.unasked, "seconds": round(time.monotonic() - began, 1),
        }

    def _stop(self):
        self.fleet.end()
        self.server.end()
        if self.filler:
            self.filler.free()
            self.filler = None

    def _run(self):
        self.server.start()
        self.fleet.begin()
        self.fleet.wait_for_progress(20, SECONDS_MAX)
        for end, is_greedy in FILLINGS[:2] if self.options.quick else FILLINGS:
            self._fill_and_free(end, is_greedy)
        self.fleet.stop()
        self._judge("at the end")
        self.server.kill()
        self.server.start()
        verdict = self._judge("after a restart")
        self.server.terminate()
        self.server.verify()
        return verdict

    def _fill_and_free(self, end, is_greedy):
        # Somewhere in a segment, a roll or a compaction.
        time.sleep(self.rng.uniform(0.2, 1.5))
        self.filler = Filler(self.mount, is_greedy)
        self.fillings += 1
        self._wait_for_refusals("when the disk was full")
        self._judge(f"disk full{', another program takes what is freed' if is_greedy else ''}")
        if end != "stay":
            if end == "kill":
                self.server.kill()
            else:
                self.server.terminate()
            self.filler.fill()
            if (free := os.statvfs(self.mount).f_bavail) != 0:
                raise Failed(f"the disk is not full: {free} blocks are free")
            self.server.start()
            self.starts_when_full += 1
            self._judge("started on the full disk")
            self._wait_for_refusals("after a start on a full disk")
            self.server.verify()
        # Not in the short run: a server that dies there does not start until there is room, see ARCHITECTURE.md.
        if is_greedy and end == "kill" and not self.options.quick:
            self._kill_without_reserve()
        self.filler.free()
        self.filler = None
        self.fleet.wait_for_progress(20, SECONDS_MAX)
        self._judge("space freed, appends go on by themselves")

    def _kill_without_reserve(self):
        """The server's own reserve went to the other program, which leaves enough room for appends and not for another reserve.
        Then the disk is full again, and the server dies: with a segment that is not sealed, if it went on, which it need not."""
        before = self.fleet.refresh()
        self.filler.leave(ROOM_WITHOUT_RESERVE)
        time.sleep(SECONDS_WITHOUT_RESERVE)
        if self.fleet.refresh() == before:
            self._wait_for_refusals("without room for a reserve")
        if os.path.exists(os.path.join(self.server.data, "RESERVE")):
            raise Failed("the server has a reserve, although there is no room for one")
        self.filler.fill()
        self.server.kill()
        self.filler.fill()
        self.server.start()
        self.starts_when_full += 1
        self._judge("started on the full disk, without a reserve")
        self._wait_for_refusals("after a start on a full disk without a reserve")

    def _wait_for_refusals(self, when):
        """Each client is told that the disk is full and when to come again, and nothing is acknowledged any more."""
        before = {ledger.producer: len(ledger.refused) for ledger in self.fleet.current()}
        told = lambda: all(len(ledger.refused) > before[ledger.producer] + 1 for ledger in self.fleet.current())
        self.fleet.wait_for(f"a refusal for each client {when}", told, SECONDS_MAX)
        for ledger in self.fleet.current():
            for code, delay, text in ledger.refused[before[ledger.producer]:]:
                if code != RESOURCE_EXHAUSTED or delay == 0:
                    raise Failed(f"{when} a client was answered with code {code}, retry after {delay} ms: {text}")

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
