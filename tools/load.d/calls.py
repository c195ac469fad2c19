"""The RPCs of hindcast.v1 that the load uses: paths, requests packed, answers read."""
import struct

import protobuf as p
import xxhash

SERVICE = "/hindcast.v1.Hindcast/"
APPEND, PUT, READ, STATUS = (SERVICE + name for name in ("Append", "Put", "Read", "Status"))
# A field that block.proto does not have: readers pass over it, and it makes every block one of its kind.
TAG_FIELD = 1000
TAG_BYTES = len(p.fixed64(TAG_FIELD, 0))


def tagged(template, tag):
    """The block with a tag behind it, which storage keeps with the rest."""
    return template + p.fixed64(TAG_FIELD, tag)


def tag_of(block):
    """The tag of a stored block; None: it has none."""
    if len(block) < TAG_BYTES or bytes(block[-TAG_BYTES:-8]) != p.fixed64(TAG_FIELD, 0)[:-8]:
        return None
    return struct.unpack("<Q", block[-8:])[0]


def append_request(block):
    return p.fixed64(4, xxhash.xxh3_64_intdigest(block)) + p.bytes_field(5, block)


def append_answer(message):
    """(position, None), or (None, (code, text, retry after seconds)) of a block that was refused."""
    values = dict(p.fields(message))
    if 4 in values:
        refusal = dict(p.fields(values[4]))
        text = bytes(refusal.get(2, b"")).decode()
        return None, (refusal.get(1, 0), text, refusal.get(4, 0) / 1000 if refusal.get(3) else None)
    return values.get(2, 0), None


def read_request(first=0, end=0, follow=False, plain=False):
    return (p.integer(1, first) if first else b"") + (p.integer(2, end) if end else b"") + \
        (p.integer(10, 1) if follow else b"") + (p.integer(11, 1) if plain else b"")


def read_item(message):
    """("block", position, block), ("gap", first, reason) or ("reached", position, None)."""
    for number, value in p.fields(memoryview(message)):
        if number == 1:
            stored = dict(p.fields(value))
            return "block", stored.get(1, 0), stored.get(3, b"")
        if number == 2:
            gap = dict(p.fields(value))
            return "gap", gap.get(1, 0), bytes(gap.get(3, b"")).decode()
        return "reached", value, None
    return "reached", 0, None


def status(message):
    """All figures by name."""
    figures, names = {}, {3: "durable_position", 10: "admitted_bytes", 11: "admitted_bytes_max"}
    for number, value in p.fields(message):
        if number == 13:
            counter = dict(p.fields(value))
            figures[bytes(counter[1]).decode()] = counter.get(2, 0)
        elif number in names:
            figures[names[number]] = value
    return figures


def small_block(first, rows=5, model=b"load-small"):
    """Plain predictions, as a generated stub would send them: the server encodes them."""
    def column(name, role, kind, values):
        return p.bytes_field(6, p.bytes_field(1, name) + p.integer(2, role) + p.integer(3, kind) + values)
    ids = b"".join(p.bytes_field(10, b"small-%d" % (first + row)) for row in range(rows))
    times = p.bytes_field(7, b"".join(p.varint((first + row) * 2_000_000) for row in range(rows)))
    scores = p.bytes_field(9, struct.pack(f"<{rows}d", *(row / rows for row in range(rows))))
    return p.integer(1, 1) + p.bytes_field(2, model) + p.bytes_field(3, b"1") + p.integer(4, 1) + p.integer(5, rows) + \
        column(b"id", 1, 5, ids) + column(b"time", 2, 7, times) + column(b"score", 4, 4, scores)
