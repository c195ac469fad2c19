"""Moments in the life of a data directory at which to kill its server, and what a kill left behind."""
import os
import time

# What is waited for, and how often each is chosen. `start` is a kill before the server is ready, `call` one at a chosen call
# that changes the disk.
WEIGHTS = {"any": 4, "start": 3, "roll": 2, "archive": 3, "commit": 3, "release": 2, "call": 8}
# Of `call`: the files, and how far into a life's calls on them it goes.
CALLS = [("", 1_000), ("", 30), ("/archive/", 80), ("/journal/", 1_000), ("MANIFEST", 6)]
TRAILER = b"HCFT"


class Moments:
    def __init__(self, data, rng):
        self.data, self.rng = data, rng
        self.journal = os.path.join(data, "journal")
        self.archive = os.path.join(data, "archive")
        self.manifest = os.path.join(data, "MANIFEST")

    def choose(self):
        return self.rng.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]

    def call(self, shim, log):
        """What a server's environment must say for it to die at a call: a call of its start as likely as a late one."""
        part, last = self.rng.choice(CALLS)
        number = int(last ** self.rng.random())
        settings = {"PATH": part or self.data, "AT": number, "SEED": self.rng.randrange(1 << 32), "LOG": log}
        return {"LD_PRELOAD": shim, **{f"DYING_{name}": str(value) for name, value in settings.items()}}

    def wait(self, moment, seconds):
        """Until the moment has come, and a breath longer. Returns whether it came."""
        if moment == "any":
            time.sleep(self.rng.uniform(0, seconds))
            return True
        look = {
            "roll": self._newest, "archive": self._archive_changes, "commit": self._manifest, "release": self._oldest,
        }[moment]
        before, deadline = look(), time.monotonic() + seconds
        while look() == before:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.0002)
        # What follows the change takes milliseconds: its end is hit as well as its beginning.
        time.sleep(min(self.rng.expovariate(1 / 0.003), 0.05))
        return True

    def segments(self):
        try:
            return sorted(name for name in os.listdir(self.journal) if name.endswith(".segment"))
        except FileNotFoundError:
            return []

    def _newest(self):
        return self.segments()[-1:]

    def _oldest(self):
        return self.segments()[:1]

    def _manifest(self):
        try:
            status = os.stat(self.manifest)
            return status.st_size, status.st_ino
        except FileNotFoundError:
            return None

    def _archive_changes(self):
        """A file was begun, finished or removed in some folder of the archive."""
        try:
            with os.scandir(self.archive) as folders:
                return sorted((folder.name, folder.stat().st_mtime_ns) for folder in folders)
        except FileNotFoundError:
            return []

    def left_behind(self):
        """In words, what a kill interrupted."""
        left = []
        segments = self.segments()
        if segments and not self._is_sealed(os.path.join(self.journal, segments[-1])):
            left.append("a segment that is not sealed")
        try:
            for folder in os.listdir(self.archive):
                if any(name.endswith(".temporary") for name in os.listdir(os.path.join(self.archive, folder))):
                    left.append("an archive file that is not finished")
                    break
        except FileNotFoundError:
            pass
        return left

    @staticmethod
    def _is_sealed(path):
        with open(path, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            if size < 16:
                return False
            file.seek(size - 16)
            return file.read(16)[8:12] == TRAILER
