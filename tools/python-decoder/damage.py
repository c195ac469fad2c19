"""Damaged bytes: whatever they are, decoding ends soon, with values or with a FormatError and nothing else.

    damage.py GOLDEN DATA [SEED]

In files every damage must be found, since hashes cover every byte; in the bare bytes of columns, which have none, most is not.
"""
import random
import signal
import sys
from pathlib import Path

import files
from blocks import decode_block
from cursor import FormatError, require
from hindcast.v1 import block_pb2 as proto
from hindcast_decoder import Directory, Manifest

SECONDS_MAX = 20
FLIPS_IN_FILE, MUTATIONS_OF_BLOCK = 300, 400


def outcome(read):
    """What `read` raised, or None."""
    signal.alarm(SECONDS_MAX)
    try:
        read()
        return None
    except FormatError as error:
        return error
    finally:
        signal.alarm(0)


def took_too_long(*_):
    raise TimeoutError(f"decoding took more than {SECONDS_MAX} s")


def flipped(data, bit):
    result = bytearray(data)
    result[bit // 8] ^= 1 << bit % 8
    return bytes(result)


def check_file(name, data, read, rng, lengths):
    """Each bit of the first header, `FLIPS_IN_FILE` others and every length must be noticed."""
    require(outcome(lambda: read(data)) is None, f"{name} is damaged already")
    bits = list(range(8 * 128)) + [rng.randrange(8 * len(data)) for _ in range(FLIPS_IN_FILE)]
    unnoticed = [bit for bit in bits if outcome(lambda: read(flipped(data, bit))) is None]
    require(not unnoticed, f"{name}: nobody notices that the bits {unnoticed} are flipped")
    unnoticed = [length for length in lengths if outcome(lambda: read(data[:length])) is None]
    require(not unnoticed, f"{name}: nobody notices that it ends at {unnoticed}")
    print(f"ok   {name}: {len(bits)} flipped bits and {len(lengths)} lengths, each noticed")


def read_archive(name):
    segment = int(Path(name).stem[-16:], 16)
    return lambda data: list(files.read_sealed(data, segment).blocks())


def read_manifest(data):
    manifest = Manifest()
    for edit in files.read_edits(data):
        manifest.add(edit)


def mutated(data, rng):
    result = bytearray(data)
    for _ in range(rng.choice([1, 1, 1, 2, 5])):
        place = rng.randrange(len(result) + 1)
        change = rng.randrange(4)
        if change == 0 and place < len(result):
            result[place] ^= 1 << rng.randrange(8)
        elif change == 1 and place < len(result):
            result[place] = rng.choice([0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)])
        elif change == 2:
            result[place:place + rng.randrange(4)] = rng.randbytes(rng.randrange(4))
        else:
            del result[max(place, 1):]
    return bytes(result)


def check_columns(path, rng):
    """Mutations of each column's bytes; the first ones, which hold the tree, are hit more often."""
    original = proto.Block.FromString(bytes.fromhex(path.read_text()))
    if not original.columns[0].encoded:
        return
    refused = 0
    for _ in range(MUTATIONS_OF_BLOCK):
        block = proto.Block()
        block.CopyFrom(original)
        column = rng.choice(block.columns)
        front = rng.choice([8, 40, len(column.encoded)])
        column.encoded = mutated(column.encoded[:front], rng) + column.encoded[front:]
        refused += outcome(lambda: decode_block(block.SerializeToString())) is not None
    print(f"ok   {path.name}: {MUTATIONS_OF_BLOCK} mutations, {refused} refused")


def main():
    golden, data = Path(sys.argv[1]), Path(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(2**32)
    print(f"seed {seed}")
    rng = random.Random(seed)
    signal.signal(signal.SIGALRM, took_too_long)
    for path in sorted(golden.glob("block-*.hex")):
        check_columns(path, rng)

    names = Directory(data).manifest.archive
    smallest = min(names, key=lambda name: names[name].bytes)
    archive = (data / smallest).read_bytes()
    check_file(smallest, archive, read_archive(smallest), rng, range(0, len(archive), 97))
    manifest = (data / "MANIFEST").read_bytes()
    # A manifest may end behind each edit: that the later ones are missing is not to be seen.
    check_file("MANIFEST", manifest, read_manifest, rng, range(1, 128))


if __name__ == "__main__":
    main()
