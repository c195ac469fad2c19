"""What the blocks of a crash test hold: a function of who sends them and their numbers, so that whoever reads an event back
knows what it must be, and nobody has to keep the events.

An id is 16 bytes: producer, epoch, sequence of the block of predictions, row; four bytes each, big-endian. Every fourth block
of a life holds actuals: the truth about the predictions of the block before it.
"""
import hashlib

import numpy as np
from hindcast.v1 import block_pb2 as b

MODELS = ("payments", "loans", "churn")
COUNTRIES = np.array(["DE", "FR", "GB", "US", "日本", "", "São Tomé", "a longer name than the others have"])
ROWS_MIN, ROWS_MAX = 50, 300
# Noon, and a day long: a model's events belong to two days, so that compaction has two files to write.
START, SPAN = 1_760_011_200_000_000, 86_400_000_000

# A key is an event's identity in one number: producer, epoch, sequence of the predictions, kind, row.
PRODUCER_BITS, EPOCH_BITS, SEQUENCE_BITS, ROW_BITS = 8, 16, 28, 10
BLOCK_SHIFT = ROW_BITS


def producer_id(seed, producer):
    """The 16 bytes that name a producer to the server."""
    return hashlib.blake2b(f"{seed} {producer}".encode(), digest_size=16).digest()


def mix(values):
    """The finaliser of SplitMix64, over an array of uint64."""
    with np.errstate(over="ignore"):
        values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def block_keys(producers, epochs, sequences):
    """Keys of blocks, from arrays of equal length. The keys of a block's rows are `key << BLOCK_SHIFT | row`."""
    producers, epochs, sequences = (np.asarray(each, dtype=np.uint64) for each in (producers, epochs, sequences))
    actual = (sequences % np.uint64(4) == 0).astype(np.uint64)
    key = producers << np.uint64(EPOCH_BITS) | epochs
    key = key << np.uint64(SEQUENCE_BITS) | (sequences - actual)
    return key << np.uint64(1) | actual


def life_of(keys):
    """Of block keys: a number for producer and epoch, ascending with both, and the sequence."""
    source = (keys >> np.uint64(1)) & np.uint64((1 << SEQUENCE_BITS) - 1)
    return keys >> np.uint64(1 + SEQUENCE_BITS), source + (keys & np.uint64(1))


def describe(key):
    """A block key in words."""
    life, sequence = (int(each[0]) for each in life_of(np.array([key], dtype=np.uint64)))
    kind = "actuals" if key & 1 else "predictions"
    return f"producer {life >> EPOCH_BITS}, epoch {life & ((1 << EPOCH_BITS) - 1)}, block {sequence} ({kind})"


def row_counts(keys):
    """Of block keys. A block of actuals has as many rows as its predictions."""
    hashes = mix((keys >> np.uint64(1)) + np.uint64(0x9E3779B97F4A7C15))
    return (ROWS_MIN + hashes % np.uint64(ROWS_MAX - ROWS_MIN + 1)).astype(np.int64)


def model_numbers(keys):
    """Of block keys: places in MODELS. Actuals go to the model of their predictions."""
    return (mix(keys >> np.uint64(1)) % np.uint64(len(MODELS))).astype(np.int64)


def columns(row_keys):
    """The values of every column but the id, by role and name, of rows of one kind. None in `present`: all are."""
    kind = bool(row_keys[0] >> np.uint64(BLOCK_SHIFT) & np.uint64(1)) if len(row_keys) else False
    hashes = mix(row_keys + np.uint64(0xD1B54A32D192ED03))
    times = START + (hashes % np.uint64(SPAN)).astype(np.int64)
    again = mix(hashes)
    if kind:
        return {
            "time:time": (times + 3_600_000_000, None),
            "actual:value": ((again >> np.uint64(40)).astype(np.float64) / 64, None),
        }
    return {
        "time:time": (times, None),
        "feature:amount": ((hashes >> np.uint64(44)).astype(np.float64) / 100, None),
        "feature:country": (COUNTRIES[(again % np.uint64(len(COUNTRIES))).astype(np.int64)], None),
        "feature:age": ((again >> np.uint64(50)).astype(np.int64) - 5_000, hashes % np.uint64(5) != 0),
        "output:score": ((again >> np.uint64(11)).astype(np.float64) / (1 << 53), None),
    }


TYPES = {
    "time:time": b.TYPE_TIMESTAMP, "actual:value": b.TYPE_FLOAT64, "feature:amount": b.TYPE_FLOAT64,
    "feature:country": b.TYPE_STRING, "feature:age": b.TYPE_INT64, "output:score": b.TYPE_FLOAT64,
}
LISTS = {
    b.TYPE_TIMESTAMP: "int64s", b.TYPE_FLOAT64: "float64s", b.TYPE_STRING: "strings", b.TYPE_INT64: "int64s",
    b.TYPE_UUID: "byte_strings",
}


def row_keys(block_key):
    key = np.uint64(block_key)
    return (key << np.uint64(BLOCK_SHIFT)) + np.arange(row_counts(np.array([key]))[0], dtype=np.uint64)


def ids_of(keys):
    """An array of n times 16 bytes from the keys of rows."""
    parts = np.empty((len(keys), 4), dtype=">u4")
    row = np.uint64((1 << ROW_BITS) - 1)
    parts[:, 3] = keys & row
    blocks = keys >> np.uint64(BLOCK_SHIFT)
    parts[:, 2] = (blocks >> np.uint64(1)) & np.uint64((1 << SEQUENCE_BITS) - 1)
    lives = blocks >> np.uint64(1 + SEQUENCE_BITS)
    parts[:, 1] = lives & np.uint64((1 << EPOCH_BITS) - 1)
    parts[:, 0] = lives >> np.uint64(EPOCH_BITS)
    return parts.view(np.uint8).reshape(len(keys), 16)


def keys_of(ids, is_actual):
    """The other way round, from the bytes of all ids behind each other. None if a number is larger than a key can say:
    then the id is none of ours."""
    parts = np.frombuffer(ids, dtype=">u4").reshape(-1, 4).astype(np.uint64)
    bits = (PRODUCER_BITS, EPOCH_BITS, SEQUENCE_BITS, ROW_BITS)
    if any((parts[:, place] >> np.uint64(count)).any() for place, count in enumerate(bits)):
        return None
    key = parts[:, 0] << np.uint64(EPOCH_BITS) | parts[:, 1]
    key = key << np.uint64(SEQUENCE_BITS) | parts[:, 2]
    key = key << np.uint64(1) | np.uint64(is_actual)
    return key << np.uint64(ROW_BITS) | parts[:, 3]


def block(producer, epoch, sequence):
    """The block as it is sent, with plain columns."""
    key = int(block_keys([producer], [epoch], [sequence])[0])
    rows = row_keys(key)
    made = b.Block(
        kind=b.KIND_ACTUAL if key & 1 else b.KIND_PREDICTION, version="1",
        model=MODELS[model_numbers(np.array([key], dtype=np.uint64))[0]], environment=b.ENVIRONMENT_PRODUCTION, rows=len(rows))
    ids = ids_of(rows).tobytes()
    made.columns.add(name="id", role=b.ROLE_ID, type=b.TYPE_UUID).byte_strings.extend(
        ids[start:start + 16] for start in range(0, len(ids), 16))
    for qualified, (values, present) in columns(rows).items():
        role, name = qualified.split(":")
        column = made.columns.add(name=name, role=b.Role.Value("ROLE_" + role.upper()), type=TYPES[qualified])
        if present is not None:
            column.validity = np.packbits(present, bitorder="little").tobytes()
        getattr(column, LISTS[column.type]).extend(values.tolist())
    return made
