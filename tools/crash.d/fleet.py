"""The clients of a crash test: a process a producer, each with a ledger a life."""
import os
import signal
import subprocess
import sys
import time

from ledger import Ledger
from server import Failed

CLIENT = os.path.join(os.path.dirname(__file__), "client.py")


class Fleet:
    def __init__(self, server, folder, seed, count, pace):
        self.server, self.folder, self.seed, self.pace = server, folder, seed, pace
        self.ledgers = []
        self.lives = [None] * count  # (process, ledger) of the life that is on
        self.killed = 0
        os.makedirs(folder, exist_ok=True)

    def begin(self):
        for producer in range(len(self.lives)):
            self._begin_life(producer, 1)

    def _begin_life(self, producer, epoch):
        path = os.path.join(self.folder, f"{producer}-{epoch}.ledger")
        ledger = Ledger(path, producer, epoch)
        with open(os.path.join(self.folder, "clients.log"), "ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-B", CLIENT, *map(str, (self.server.address, self.seed, producer, epoch, path, self.pace))],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.ledgers.append(ledger)
        self.lives[producer] = (process, ledger)

    def kill_one(self, producer):
        """SIGKILL for a client; its next life goes on with the next epoch."""
        process, ledger = self.lives[producer]
        process.kill()
        process.wait()
        self.killed += 1
        self._begin_life(producer, ledger.epoch + 1)

    def current(self):
        return [ledger for _, ledger in self.lives]

    def refresh(self):
        """Takes in what the clients wrote; throws what they complain of. Returns how many blocks are acknowledged."""
        for _, ledger in self.lives:
            ledger.refresh()
        complaints = [each for ledger in self.ledgers for each in ledger.complaints]
        if complaints:
            raise Failed("; ".join(complaints[:8]))
        for process, ledger in self.lives:
            if process.poll() not in (None, 0):
                raise Failed(
                    f"the client of producer {ledger.producer}, epoch {ledger.epoch} ended with {process.returncode}; see "
                    f"{self.folder}/clients.log")
        return sum(ledger.acknowledged for ledger in self.ledgers)

    def wait_for(self, what, condition, seconds):
        """Until `condition` holds for the ledgers."""
        deadline = time.monotonic() + seconds
        while True:
            self.refresh()
            if condition():
                return
            if time.monotonic() > deadline:
                raise Failed(f"{seconds} s passed without {what}")
            time.sleep(0.02)

    def wait_for_progress(self, blocks, seconds):
        """Until each client has so many more blocks acknowledged."""
        goals = [(ledger, ledger.acknowledged + blocks) for ledger in self.current()]
        is_done = lambda: all(ledger.acknowledged >= goal for ledger, goal in goals)
        self.wait_for(f"{blocks} acknowledgements for each client", is_done, seconds)

    def stop(self, seconds=120):
        """Lets each client finish: all that was sent is acknowledged."""
        for process, _ in self.lives:
            process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + seconds
        for process, ledger in self.lives:
            try:
                process.wait(timeout=max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                ledger.refresh()
                raise Failed(
                    f"producer {ledger.producer} has {ledger.sent - ledger.acknowledged} blocks that are not acknowledged "
                    f"{seconds} s after it stopped sending new ones") from None
        self.refresh()

    def end(self):
        for life in self.lives:
            if life is not None and life[0].poll() is None:
                life[0].kill()
                life[0].wait()
