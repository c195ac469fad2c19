"""What a client writes down about its blocks, one line a fact, in a file that survives its SIGKILL:

  s SEQUENCE                      about to be sent for the first time
  a SEQUENCE POSITION DUPLICATE   acknowledged; DUPLICATE is 1 if the server had it already
  v SEQUENCE                      sent again after it was acknowledged, and answered with its first position
  r SEQUENCE CODE DELAY TEXT      refused, with the milliseconds the client was told to wait
  c                               a new stream
  ! TEXT                          an answer that must not be
"""
import os
from collections import Counter


class LedgerWriter:
    def __init__(self, path):
        self.file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)

    def write(self, *fields):
        # One write, so that a SIGKILL leaves the whole line or none of it.
        os.write(self.file, (" ".join(map(str, fields)) + "\n").encode())


class Ledger:
    """Reads what one life of a producer wrote; `refresh` takes in what came since."""

    def __init__(self, path, producer, epoch):
        self.path, self.producer, self.epoch = path, producer, epoch
        self.offset = 0
        self.sent = 0
        self.positions = []  # of the acknowledged blocks; sequence n stands at n - 1
        self.found = 0  # acknowledged as duplicates: the answer had been lost, not the block
        self.verified = 0
        self.streams = 0
        self.refusals = Counter()  # by code
        self.refused = []  # (code, delay, text)
        self.complaints = []

    @property
    def acknowledged(self):
        return len(self.positions)

    def refresh(self):
        try:
            with open(self.path, "rb") as file:
                file.seek(self.offset)
                data = file.read()
        except FileNotFoundError:
            return self
        data = data[:data.rfind(b"\n") + 1]
        self.offset += len(data)
        for line in data.decode().splitlines():
            self._take(line)
        return self

    def _take(self, line):
        what, _, rest = line.partition(" ")
        if what == "s":
            self.sent = int(rest)
        elif what == "a":
            sequence, position, duplicate = map(int, rest.split())
            if sequence != len(self.positions) + 1:
                self.complaints.append(f"block {sequence} was acknowledged after block {len(self.positions)}")
            self.positions.append(position)
            self.found += duplicate
        elif what == "v":
            self.verified += 1
        elif what == "c":
            self.streams += 1
        elif what == "r":
            _, code, delay, text = rest.split(" ", 3)
            self.refusals[int(code)] += 1
            self.refused.append((int(code), int(delay), text))
        else:
            self.complaints.append(rest)
