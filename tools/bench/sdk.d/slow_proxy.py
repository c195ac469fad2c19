"""Passes TCP on to another address, no faster than so many bytes a second in the direction of the server; the way back is
free. Small buffers, so that the client soon notices. Prints its port; ends with its standard input.

usage: slow_proxy.py HOST:PORT BYTES_A_SECOND
"""
import os
import socket
import sys
import threading
import time

PIECE = 8 << 10


class Throttle:
    """Over all connections together, as a narrow line is."""

    def __init__(self, rate):
        self.rate, self.lock, self.free_at = rate, threading.Lock(), 0.0

    def wait(self, count):
        with self.lock:
            begins = max(self.free_at, time.monotonic())
            self.free_at = begins + count / self.rate
        time.sleep(max(0.0, begins - time.monotonic()))


def pump(source, sink, throttle):
    try:
        while piece := source.recv(PIECE):
            if throttle:
                throttle.wait(len(piece))
            sink.sendall(piece)
    except OSError:
        pass
    for side in (source, sink):
        try:
            side.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def main():
    host, port = sys.argv[1].rsplit(":", 1)
    throttle = Throttle(float(sys.argv[2]))
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32 << 10)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    print(listener.getsockname()[1], flush=True)
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    while True:
        client, _ = listener.accept()
        server = socket.create_connection((host, int(port)))
        for source, sink, limit in ((client, server, throttle), (server, client, None)):
            threading.Thread(target=pump, args=(source, sink, limit), daemon=True).start()


if __name__ == "__main__":
    main()
