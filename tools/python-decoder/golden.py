"""Decodes the golden files of the repository and the examples of FORMAT.md, and compares them with what they must give.

    golden.py FOLDER
"""
import json
import struct
import sys
from pathlib import Path

import columns
from blocks import decode_block
from cursor import require
from frames import parse_header
from hindcast.v1 import block_pb2 as proto
from tree import SHAPES
from zones import require_statistics

# The ones in FORMAT.md: 10, 11, 12, 17 in two ways.
EXAMPLES = ["04 03 21 03 10 14 88 0e", "04 02 27 03 14 01 ff 3f" + " 00 80 00 00" * 4 + " 88 0e"]


def bits(value, type):
    """As compare.with_bits, of golden values: a number that JSON has no word for is its bits, in hexadecimal."""
    code = {proto.TYPE_FLOAT32: "f", proto.TYPE_VECTOR: "f", proto.TYPE_FLOAT64: "d", proto.TYPE_DOUBLE_LIST: "d"}.get(type)
    if value is None or code is None:
        return value
    if isinstance(value, str):
        return int(value, 16).to_bytes(struct.calcsize(code), "little")
    if isinstance(value, list):
        return [bits(element, proto.TYPE_FLOAT32 if code == "f" else proto.TYPE_FLOAT64) for element in value]
    return struct.pack(f"<{code}", value)


def check_block(path):
    """How many columns are right, and the codes of their steps."""
    block = decode_block(bytes.fromhex(path.read_text()))
    golden = json.loads(path.with_suffix(".json").read_text())
    require((block.model, block.version, block.rows) == (golden["model"], golden["version"], golden["rows"]),
            f"{path.name}: another block")
    codes = set()
    for column, wanted in zip(block.columns, golden["columns"], strict=True):
        require((column.name, proto.Role.Name(column.role), proto.Type.Name(column.type)) ==
                (wanted["name"], f"ROLE_{wanted['role'].upper()}", f"TYPE_{wanted['type'].upper()}"), "another column")
        found = [value.hex() if isinstance(value, bytes) else value for value in column.rows()]
        require([bits(value, column.type) for value in found] == [bits(value, column.type) for value in wanted["values"]],
                f"{path.name}: the column {column.name} has other values")
        if column.statistics:
            require_statistics(column, block.rows, column.statistics)
        codes.update(column.codes)
    return len(block.columns), codes


def check_header(path):
    """Every field of it, in the order of FORMAT.md; its checksum is checked already."""
    header = parse_header(bytes.fromhex(path.read_text()))
    wanted = (b"HCF1", 1, 2, 128, 0x01020304, 0x05060708, 0x1112131415161718, 0x2122232425262728, 0x4142434445464748,
              bytes(range(0x58, 0x50, -1)) + bytes(range(0x68, 0x60, -1)), 0x7172737475767778, 0x8182838485868788,
              0x9192939495969798, 0xA1A2A3A4, 1, 2, -0x3132333435363738, 0x4142434445464748,
              0xB1B2B3B4B5B6B7B8, 0x3132333435363738)
    require(header[:-1] == wanted, f"{path.name} has other fields")


def check_examples():
    for example in EXAMPLES:
        message = proto.Column(name="example", role=proto.ROLE_FEATURE, type=proto.TYPE_INT64, encoded=bytes.fromhex(example))
        require(columns.decode(message, 4, find=None).rows() == [10, 11, 12, 17], f"the example {example}")


def main():
    folder, covered = Path(sys.argv[1]), set()
    for path in sorted(folder.glob("block-*.hex")):
        count, codes = check_block(path)
        covered |= codes
        print(f"ok   {path.name}: {count} columns")
    check_header(folder / "frame-header.hex")
    print("ok   frame-header.hex: every field")
    check_examples()
    print("ok   the examples of FORMAT.md")
    missing = [SHAPES[code][0] for code in SHAPES.keys() - covered]
    require(not missing, f"no golden file has the steps {missing}")
    print(f"ok   all {len(SHAPES)} steps were there")


if __name__ == "__main__":
    main()
