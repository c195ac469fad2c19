"""What runs beside what is measured: the server, a slow line to it, a Kafka that is not one, NATS; and an address where nobody
listens. Each is used with `with`, and ends with it."""
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
START_SECONDS_MAX = 60
TICKS = os.sysconf("SC_CLK_TCK")


class Failed(Exception):
    """Something did not run as it must for the figures to mean anything."""


class Dead:
    """An address where nobody listens: the port is taken, so that nobody comes to it by chance, until `free`."""

    def __enter__(self):
        for _ in range(1_000):
            # Below the ports that the system gives to outgoing connections.
            port = random.SystemRandom().randrange(20_000, 32_000)
            self.socket = socket.socket()
            try:
                self.socket.bind(("127.0.0.1", port))
                self.port, self.address = port, f"127.0.0.1:{port}"
                return self
            except OSError:
                self.socket.close()
        raise Failed("no free port between 20000 and 32000")

    def free(self):
        self.socket.close()

    def __exit__(self, *_):
        self.free()


class Process:
    """One that is ended by its id, and whose words are kept in a file."""

    def start(self, words, log, **more):
        self.log = log
        with open(log, "ab") as file:
            self.process = subprocess.Popen(
                words, **{"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": file, **more})

    def wait_until(self, is_ready, what):
        deadline = time.monotonic() + START_SECONDS_MAX
        while not is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise Failed(f"{what} did not start: {self.last_words()}")
            time.sleep(0.01)

    def last_words(self):
        with open(self.log, errors="replace") as file:
            return file.read().strip()[-1_000:]

    @property
    def processor_seconds(self):
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class InFolder(Process):
    def __init__(self, parent):
        self.folder = tempfile.mkdtemp(dir=parent)

    def __exit__(self, *_):
        self.end()
        shutil.rmtree(self.folder, ignore_errors=True)


class Server(InFolder):
    """`hindcast serve` on a directory of its own."""

    def __init__(self, binary, parent, address="127.0.0.1:0"):
        super().__init__(parent)
        self.binary, self.listen = binary, address

    def __enter__(self):
        port_file = os.path.join(self.folder, "port")
        self.start([self.binary, "serve", "--data", os.path.join(self.folder, "data"), "--listen", self.listen,
                    "--port-file", port_file, "--quiet"], os.path.join(self.folder, "log"))
        self.wait_until(lambda: os.path.exists(port_file) and os.path.getsize(port_file), "hindcast serve")
        with open(port_file) as file:
            self.address = f"127.0.0.1:{int(file.read())}"
        return self


class Slow(Process):
    """A line of so many bytes a second to a server."""

    def __init__(self, server, rate):
        self.server, self.rate = server, rate

    def __enter__(self):
        self.start([sys.executable, os.path.join(HERE, "slow_proxy.py"), self.server.address, str(self.rate)],
                   os.path.join(self.server.folder, "proxy"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.address = f"127.0.0.1:{int(self.process.stdout.readline())}"
        return self

    def __exit__(self, *_):
        self.end()
        self.process.stdin.close()
        self.process.stdout.close()


class Kafka(InFolder):
    """librdkafka's mock cluster, in a process of its own."""

    def __init__(self, binary, parent):
        super().__init__(parent)
        self.binary = binary

    def __enter__(self):
        self.start([self.binary], os.path.join(self.folder, "log"), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                   text=True)
        self.address = self.process.stdout.readline().strip()
        if not self.address:
            raise Failed(f"the mock cluster did not start: {self.last_words()}")
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.stdout.close()
        super().__exit__()


class Nats(InFolder):
    """nats-server with JetStream; `sync` is its `sync_interval`, None: its default."""

    def __init__(self, binary, parent, sync):
        super().__init__(parent)
        self.binary, self.sync = binary, sync

    def __enter__(self):
        with Dead() as dead:
            port = dead.port
        path = os.path.join(self.folder, "nats.conf")
        with open(path, "w") as file:
            sync = f"  sync_interval: {self.sync}\n" if self.sync else ""
            file.write(f'listen: "127.0.0.1:{port}"\njetstream {{\n  store_dir: "{self.folder}/store"\n{sync}}}\n')
        self.start([self.binary, "-c", path], os.path.join(self.folder, "log"))
        self.address = f"nats://127.0.0.1:{port}"
        self.wait_until(lambda: self.is_listening(port), "nats-server")
        return self

    @staticmethod
    def is_listening(port):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return True
        except OSError:
            return False
