"""The server under load: starts the real binary, and watches its memory and descriptors from outside."""
import os
import signal
import subprocess
import threading
import time


class Server:
    def __init__(self, binary, folder, memory_max, stall):
        self.folder, self.log = folder, os.path.join(folder, "log")
        port_file = os.path.join(folder, "port")
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [binary, "serve", "--data", os.path.join(folder, "data"), "--listen", "127.0.0.1:0",
                 "--port-file", port_file, "--memory-max", str(memory_max), "--stall-timeout", f"{stall}s"],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log)
        deadline = time.monotonic() + 60
        while not os.path.exists(port_file) or not os.path.getsize(port_file):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"load: the server did not start:\n{self.last_words()}")
            time.sleep(0.02)
        with open(port_file) as file:
            self.address = ("127.0.0.1", int(file.read()))

    def last_words(self, count=20):
        with open(self.log, errors="replace") as log:
            return "".join(log.readlines()[-count:])

    @property
    def is_running(self):
        return self.process.poll() is None

    def _status(self, name):
        with open(f"/proc/{self.process.pid}/status") as file:
            for line in file:
                if line.startswith(name + ":"):
                    return int(line.split()[1]) << 10
        return 0

    @property
    def resident(self):
        return self._status("VmRSS")

    @property
    def peak(self):
        """The highest resident memory since `reset_peak`, as the kernel saw it."""
        return self._status("VmHWM")

    def reset_peak(self):
        with open(f"/proc/{self.process.pid}/clear_refs", "w") as file:
            file.write("5")

    @property
    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    @property
    def processor_seconds(self):
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        """SIGTERM; the exit status. A server that does not end in its time is killed, which counts as a failure."""
        if self.is_running:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return "killed: it did not end within 30 s of SIGTERM"


class Samples:
    """(seconds, resident bytes, descriptors) all along, by a thread of its own."""

    def __init__(self, server, interval=0.2):
        self.server, self.interval, self.rows = server, interval, []
        self.began = time.monotonic()
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while not self.stopped.wait(self.interval):
            try:
                self.rows.append((time.monotonic() - self.began, self.server.resident, self.server.descriptors))
            except OSError:
                return

    def stop(self):
        self.stopped.set()
        self.thread.join()
        return self.rows


def slope(points):
    """Least squares, per second, of (seconds, value)."""
    count = len(points)
    mean_x = sum(x for x, _ in points) / count
    mean_y = sum(y for _, y in points) / count
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0
