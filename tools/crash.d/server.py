"""The server under test: `hindcast serve` on one directory and one port, through many lives."""
import os
import random
import signal
import socket
import subprocess
import time

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from hindcast.v1 import service_pb2 as s
from hindcast.v1 import service_pb2_grpc

START_SECONDS_MAX = 60


class Failed(Exception):
    """What the test found to be wrong."""


def free_port():
    """Below the ports that the system gives to outgoing connections: a client that tries to connect while the server is
    down could otherwise be given the server's port, and even connect to itself."""
    for _ in range(1_000):
        port = random.SystemRandom().randrange(20_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise Failed("no free port between 20000 and 32000")


class Server:
    def __init__(self, binary, data, log, arguments):
        self.binary, self.data, self.log, self.arguments = binary, data, log, arguments
        self.address = f"127.0.0.1:{free_port()}"
        self.process = None
        self.starts = 0
        self.start_seconds = 0.5  # of the last start that was waited for
        self._said = 0

    def spawn(self, environment=None):
        """Starts the process and returns at once."""
        with open(self.log, "ab") as log:
            self._said = log.tell()
            self.process = subprocess.Popen(
                [self.binary, "serve", "--data", self.data, "--listen", self.address, *self.arguments],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log,
                env={**os.environ, **(environment or {})})
        self.starts += 1

    def said(self):
        """What this life of the server has written so far."""
        with open(self.log, "rb") as log:
            log.seek(self._said)
            return log.read().decode(errors="replace")

    def is_ready(self):
        return "listening on" in self.said()

    def wait_until_ready(self):
        began = time.monotonic()
        while not self.is_ready():
            if self.process.poll() is not None:
                raise Failed(self.end_by_itself())
            if time.monotonic() - began > START_SECONDS_MAX:
                raise Failed(f"the server was not ready after {START_SECONDS_MAX} s: {self.said().strip()[-1000:]}")
            time.sleep(0.005)
        self.start_seconds = time.monotonic() - began

    def start(self, environment=None):
        self.spawn(environment)
        self.wait_until_ready()

    def kill(self):
        if self.process.poll() is not None:
            raise Failed(self.end_by_itself())
        self.process.kill()
        self.process.wait()

    def end_by_itself(self):
        """In words, of a process that has ended and should not have."""
        when = "while it served" if self.is_ready() else "at its start"
        return f"the server ended by itself with {self.process.returncode} {when}: {self.said().strip()[-1000:]}"

    def terminate(self):
        """SIGTERM; returns the exit status."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            raise Failed("the server did not end within 30 s of SIGTERM") from None

    def end(self):
        """On the way out of a test, whatever came of it."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def channel(self):
        options = [("grpc.max_receive_message_length", -1), ("grpc.use_local_subchannel_pool", 1)]
        return grpc.insecure_channel(self.address, options=options)

    def status(self):
        with self.channel() as channel:
            return service_pb2_grpc.HindcastStub(channel).Status(s.StatusRequest(), timeout=30)

    def health(self, service):
        """The word of the standard health interface."""
        with self.channel() as channel:
            answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(service=service), timeout=30)
            return health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status)

    def verify(self):
        """`hindcast verify`, which needs no server."""
        done = subprocess.run([self.binary, "verify", "--data", self.data, "--json"], capture_output=True, text=True)
        if done.returncode != 0:
            raise Failed(f"hindcast verify ended with {done.returncode}: {done.stdout.strip()[-2000:]} {done.stderr.strip()}")
        return done.stdout
