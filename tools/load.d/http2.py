"""HTTP/2 as a gRPC client speaks it, over an asyncio socket: small, and with every rule in reach of being broken.

`Connection` keeps to the rules: one task reads frames, answers settings and pings, and keeps the windows. Peers that
misbehave use its parts one by one, or write bytes of their own with `send`.
"""
import asyncio
import socket
import struct
from collections import defaultdict

import hpack

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, ACK, END_HEADERS = 0x1, 0x1, 0x4
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
INITIAL_WINDOW_SIZE, MAX_FRAME_SIZE = 4, 5
ERRORS = ["NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT", "STREAM_CLOSED",
          "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR", "ENHANCE_YOUR_CALM"]
STATUSES = ["OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
            "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
            "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED"]


class Ended(Exception):
    """The stream or connection ended; the text says how: a gRPC status, RST_STREAM, GOAWAY or the socket's end."""


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">IBBI", len(payload) << 8 | kind, flags, 0, 0)[:4] + struct.pack(">BI", flags, stream) + payload


def literal(name, value):
    """A header that goes into no table: no state, so any stream can send it at any time."""
    def text(string):
        data = string.encode()
        assert len(data) < 127
        return bytes([len(data)]) + data
    return b"\x00" + text(name) + text(value)


def request_headers(path, *more):
    headers = [(":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "load"), ("te", "trailers"),
               ("content-type", "application/grpc"), *more]
    return b"".join(literal(name, value) for name, value in headers)


def message(payload, length=None):
    """A gRPC message; `length`: what its prefix claims instead of the truth."""
    return struct.pack(">BI", 0, len(payload) if length is None else length) + payload


class Stream:
    def __init__(self, connection, number):
        self.connection, self.number = connection, number
        self.window = connection.peer_initial_window
        self.buffer = bytearray()
        self.messages = asyncio.Queue()
        self.status = None
        self.is_over = False

    async def send(self, data, end=False):
        """DATA frames as the windows let them; returns when all is with the socket."""
        connection, view, offset = self.connection, memoryview(data), 0
        while True:
            if self.is_over:
                raise Ended(self.status)
            room = min(self.window, connection.window, connection.peer_frame_max, len(view) - offset)
            if room <= 0 and offset < len(view):
                await connection.wait_for_window()
                continue
            chunk = view[offset:offset + room]
            offset += room
            self.window -= room
            connection.window -= room
            last = offset == len(view)
            await connection.send(frame(DATA, END_STREAM if end and last else 0, self.number, bytes(chunk)))
            if last:
                return

    async def receive(self):
        """The next whole message; None when the stream ended with status OK. Raises `Ended` otherwise."""
        item = await self.messages.get()
        if item is None:
            self.messages.put_nowait(None)
            if self.status == "OK":
                return None
            raise Ended(self.status)
        return item

    def take(self, data):
        self.buffer += data
        offset = 0
        while len(self.buffer) - offset >= 5:
            length = int.from_bytes(self.buffer[offset + 1:offset + 5], "big")
            if len(self.buffer) - offset - 5 < length:
                break
            self.messages.put_nowait(bytes(self.buffer[offset + 5:offset + 5 + length]))
            offset += 5 + length
        if offset:
            del self.buffer[:offset]

    def end(self, status):
        if not self.is_over:
            self.is_over, self.status = True, status
            self.messages.put_nowait(None)
            self.connection.wake()


class Connection:
    def __init__(self, address, window=1 << 20, frame_max=1 << 20, receive_buffer=None):
        self.address, self.own_window, self.frame_max = address, window, frame_max
        self.receive_buffer = receive_buffer
        self.socket = self.reader = None
        self.window, self.peer_initial_window, self.peer_frame_max = 65_535, 65_535, 16_384
        self.streams, self.next_stream = {}, 1
        self.decoder = hpack.Decoder()
        self.pending = bytearray()
        self.ended = None
        self.waiting = []
        self.unacknowledged = defaultdict(int)
        self.sending = asyncio.Lock()
        self.settled = asyncio.Event()

    async def open(self, read=True):
        """Connects and says hello. With `read` a task keeps the connection; without, nothing is read unless asked for."""
        made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if self.receive_buffer:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.receive_buffer)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        made.setblocking(False)
        self.socket = made
        await asyncio.get_running_loop().sock_connect(made, self.address)
        settings = struct.pack(">HIHI", INITIAL_WINDOW_SIZE, self.own_window, MAX_FRAME_SIZE, self.frame_max)
        hello = PREFACE + frame(SETTINGS, 0, 0, settings)
        if self.own_window > 65_535:
            hello += frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", self.own_window - 65_535))
        await self.send(hello)
        if read:
            self.reader = asyncio.create_task(self.read_on())
            await self.wait_for(self.settled)
        return self

    async def wait_for(self, event):
        await asyncio.wait_for(event.wait(), 30)
        if self.ended:
            raise Ended(self.ended)

    async def send(self, data):
        try:
            async with self.sending:
                await asyncio.get_running_loop().sock_sendall(self.socket, data)
        except OSError as error:
            self.end(f"socket: {error.strerror}")
            raise Ended(self.ended) from None

    async def request(self, path, *more):
        number, self.next_stream = self.next_stream, self.next_stream + 2
        stream = self.streams[number] = Stream(self, number)
        if self.ended:
            raise Ended(self.ended)
        await self.send(frame(HEADERS, END_HEADERS, number, request_headers(path, *more)))
        return stream

    async def call(self, path, payload):
        """A unary call: the answer's bytes. Raises `Ended` with the status of a refusal."""
        stream = await self.request(path)
        try:
            await stream.send(message(payload), end=True)
            answer = await stream.receive()
            while await stream.receive() is not None:
                pass
            return answer
        finally:
            self.streams.pop(stream.number, None)

    async def wait_for_window(self):
        if self.ended:
            raise Ended(self.ended)
        waiter = asyncio.get_running_loop().create_future()
        self.waiting.append(waiter)
        await waiter

    def wake(self):
        waiting, self.waiting = self.waiting, []
        for waiter in waiting:
            if not waiter.done():
                waiter.set_result(None)

    async def next_frame(self):
        """(kind, flags, stream, payload)"""
        while True:
            if len(self.pending) >= 9:
                length = int.from_bytes(self.pending[:3], "big")
                if len(self.pending) >= 9 + length:
                    kind, flags, stream = struct.unpack(">BBI", self.pending[3:9])
                    payload = bytes(self.pending[9:9 + length])
                    del self.pending[:9 + length]
                    return kind, flags, stream & 0x7FFFFFFF, payload
            try:
                data = await asyncio.get_running_loop().sock_recv(self.socket, 1 << 18)
            except OSError as error:
                raise Ended(f"socket: {error.strerror}") from None
            if not data:
                raise Ended(self.ended or "socket: closed by the server")
            self.pending += data

    async def read_on(self):
        try:
            while True:
                await self.handle(*await self.next_frame())
        except Ended as end:
            self.end(str(end))

    async def handle(self, kind, flags, number, payload):
        stream = self.streams.get(number)
        if kind == DATA:
            if stream:
                stream.take(payload)
            await self.give_window(number, len(payload))
            if flags & END_STREAM and stream:
                stream.end("ended without a status")
        elif kind == HEADERS:
            headers = dict(self.decoder.decode(payload))
            if flags & END_STREAM and stream:
                code = int(headers.get("grpc-status", 2))
                text = headers.get("grpc-message", "")
                stream.end("OK" if code == 0 else f"{STATUSES[code]}: {text}")
        elif kind == SETTINGS and not flags & ACK:
            for key, value in struct.iter_unpack(">HI", payload):
                if key == INITIAL_WINDOW_SIZE:
                    for each in self.streams.values():
                        each.window += value - self.peer_initial_window
                    self.peer_initial_window = value
                elif key == MAX_FRAME_SIZE:
                    self.peer_frame_max = value
            await self.send(frame(SETTINGS, ACK, 0))
            self.settled.set()
            self.wake()
        elif kind == PING and not flags & ACK:
            await self.send(frame(PING, ACK, 0, payload))
        elif kind == WINDOW_UPDATE:
            increment = int.from_bytes(payload, "big")
            if number == 0:
                self.window += increment
            elif stream:
                stream.window += increment
            self.wake()
        elif kind == RST_STREAM and stream:
            stream.end(f"RST_STREAM {self.name(payload)}")
        elif kind == GOAWAY:
            text = payload[8:].decode(errors="replace")
            self.ended = f"GOAWAY {self.name(payload[4:8])}" + (f": {text}" if text else "")
            self.settled.set()

    async def give_window(self, number, count):
        """The whole window back once half of it is used."""
        for each in (0, number):
            self.unacknowledged[each] += count
            if self.unacknowledged[each] >= self.own_window // 2:
                increment = self.unacknowledged.pop(each)
                await self.send(frame(WINDOW_UPDATE, 0, each, struct.pack(">I", increment)))

    @staticmethod
    def name(code):
        number = int.from_bytes(code, "big")
        return ERRORS[number] if number < len(ERRORS) else str(number)

    def end(self, reason):
        self.ended = self.ended or reason
        self.settled.set()
        for stream in self.streams.values():
            stream.end(self.ended)
        self.wake()

    def close(self, reset=False):
        """`reset`: an RST packet instead of a farewell, as from a process that was killed with data unread."""
        if self.reader:
            self.reader.cancel()
        if self.socket and self.socket.fileno() >= 0:
            # What waits for the socket goes with it: its number may be another's in a moment.
            loop = asyncio.get_running_loop()
            loop.remove_reader(self.socket)
            loop.remove_writer(self.socket)
            if reset:
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.socket.close()
        self.end("closed by this side")
